// GaussianMixture.swift - a door is left or right: which one number says so?
//
// None: the mean of two doors is a wall. So each latent number of the next frame gets K normal distributions, each with a weight, a mean
// and a deviation. Their likelihood is what is trained, and one of them is drawn from, in a dream. A temperature makes a dream bolder or
// tamer than the world. Bishop, "Mixture Density Networks" (1994); in dreams: arXiv 1803.10122, section 2.2 and appendix A.2, and Ha & Eck,
// arXiv 1704.03477, for the temperature.

import Foundation
import Randomness
import Tensors

/// For each of n·D numbers, K normal distributions: [n,D,K] each.
struct GaussianMixture {
    let logWeights: Tensor, means: Tensor, logDeviations: Tensor

    /// From the 3·D·K numbers that a network says: [n,3·D·K].
    init(_ numbers: Tensor, count K: Int) {
        let parts = numbers.reshaped([numbers.size(0), 3, -1, K])
        func part(_ i: Int) -> Tensor { parts.sliced(axis: 1, i ..< i + 1).reshaped([numbers.size(0), -1, K]) }
        logWeights = part(0).logSoftmax()
        means = part(1)
        // e^-5 of a deviation that is 1: nothing is known better than that, and a likelihood without a bound invites to know it.
        logDeviations = part(2).clamped(-5, 5)
    }

    /// -log p of `values` [n,D], a number of it, averaged: -mean log Σ_k π_k · N(x; µ_k, σ_k)              (arXiv 1803.10122, appendix A.2)
    func negativeLogLikelihood(_ values: Tensor) -> Tensor {
        let x = values.reshaped(values.shape + [1])                                                               // [n,D] -> [n,D,1]
        let z = (x - means) * (-logDeviations).exp()
        let each = logWeights - logDeviations - z.squared() * 0.5
        return each.logSumExp().mean() * -1 + 0.5 * logf(2 * .pi)
    }

    /// One draw of each number, [n,D]. Weights are sharpened by 1/T, deviations shrunk by √T; at 0 the mean of all.
    func drawn(temperature: Float, using generator: inout SeededGenerator) -> Tensor {
        let K = means.size(2), shape = Array(means.shape.dropLast())
        if temperature == 0 { return (logWeights.exp() * means).sum(axis: 2).reshaped(shape) }
        let result = Tensor(uninitialized: shape), weights = (logWeights / temperature).softmax(), spread = temperature.squareRoot()
        for i in 0 ..< result.count {
            var left = generator.uniform(), k = 0
            while k < K - 1, left >= weights.pointer[i * K + k] {
                left -= weights.pointer[i * K + k]
                k += 1
            }
            result.pointer[i] = means.pointer[i * K + k] + expf(logDeviations.pointer[i * K + k]) * spread * generator.normal()
        }
        return result
    }
}
