// RidgeProbe.swift - is what we want to know still in there, and near the surface?
//
// A linear map from features to the truth, with its weights held small: W = (XᵀX + λ·n·1)⁻¹·XᵀY ("ridge", Hoerl and Kennard 1970).
// It has a closed form, no learning rate and no seed. How much it shrinks, λ, is chosen on frames that were held out of the fit;
// what it is worth is told on others again.

import Foundation
import Tensors

public struct RidgeProbe {
    private let means: [Float], scales: [Float], weights: Tensor, offsets: [Float]

    /// Fits K truths, each [n], from features [n,D]. `isHeldOut` says which of the n choose λ, for each truth alone.
    public init(_ features: Tensor, _ truths: [[Float]], isHeldOut: [Bool]) {
        let (n, D, K) = (features.size(0), features.size(1), truths.count)
        let fit = (0 ..< n).filter { !isHeldOut[$0] }, held = (0 ..< n).filter { isHeldOut[$0] }
        // Every feature with mean 0 and variance 1, so that one λ is as hard on each.
        var means = [Float](repeating: 0, count: D), variances = means
        for i in fit { for d in 0 ..< D { means[d] += features.pointer[i * D + d] / Float(fit.count) } }
        for i in fit { for d in 0 ..< D { let x = features.pointer[i * D + d] - means[d]; variances[d] += x * x / Float(fit.count) } }
        (self.means, scales) = (means, variances.map { 1 / max($0.squareRoot(), 1e-6) })
        offsets = truths.map { truth in Float(fit.reduce(0.0) { $0 + Double(truth[$1]) } / Double(fit.count)) }

        let x = RidgeProbe.standardized(features.rows(at: fit), means, scales), offsets = offsets
        let y = Tensor(fit.flatMap { i in (0 ..< K).map { truths[$0][i] - offsets[$0] } }, shape: [fit.count, K])
        let columns = x.transposed(), gram = SymmetricMatrix(columns.matmul(x)), right = columns.matmul(y).values.map(Double.init)
        let check = RidgeProbe.standardized(features.rows(at: held), means, scales)
        var best = [Double](repeating: .infinity, count: K)
        weights = Tensor(repeating: 0, shape: [D, K])
        for lambda in [1e-3, 1e-2, 1e-1, 1] {
            let w = Tensor(gram.solve(right, columns: K, adding: lambda * Double(fit.count)).map { Float($0) }, shape: [D, K])
            let guesses = check.matmul(w)
            for k in 0 ..< K {
                let error = held.enumerated().reduce(0.0) { total, item in
                    let d = Double(truths[k][item.element] - offsets[k] - guesses.pointer[item.offset * K + k])
                    return total + d * d
                }
                if error < best[k] {
                    best[k] = error
                    for d in 0 ..< D { weights.pointer[d * K + k] = w.pointer[d * K + k] }
                }
            }
        }
    }

    /// Features [n,D] -> for each truth, what is read of it.
    public func callAsFunction(_ features: Tensor) -> [[Float]] {
        let guesses = RidgeProbe.standardized(features, means, scales).matmul(weights), K = offsets.count
        return (0 ..< K).map { k in (0 ..< features.size(0)).map { guesses.pointer[$0 * K + k] + offsets[k] } }
    }

    private static func standardized(_ x: Tensor, _ means: [Float], _ scales: [Float]) -> Tensor {
        (x - Tensor(means, shape: [means.count])) * Tensor(scales, shape: [scales.count])
    }
}
