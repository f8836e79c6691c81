// mixture-likelihood - a door is left or right: how well did five Gaussians say so?
//
// A network says, for one number, K weights, K means and K deviations. The loss is -ln of the density at what came: -ln Σ π_k·N(x;
// µ_k, σ_k). Read 3.dynamics-model/chapters/recurrent-memory.md; the house's own is GaussianMixture.swift (arXiv 1803.10122,
// appendix A.2).

import Foundation

/// K logits of the weights (a softmax makes weights of them), K means, K logarithms of deviations, and the number that came.
public func negativeLogLikelihood(_ x: Float, logits: [Float], means: [Float], logDeviations: [Float]) -> Float {
    // hole: return 0
    func logSumExp(_ values: [Float]) -> Float {
        let largest = values.max()!
        return largest + logf(values.reduce(0) { $0 + expf($1 - largest) })
    }
    let each = logits.indices.map { k -> Float in
        let z = (x - means[k]) / expf(logDeviations[k])
        return logits[k] - logDeviations[k] - 0.5 * z * z
    }
    return logSumExp(logits) - logSumExp(each) + 0.5 * logf(2 * .pi)
    // end of hole
}

// hint 1: ln N(x; µ, σ) = -½·((x - µ)/σ)² - ln σ - ½·ln 2π. The logarithm of a softmax is the logit less ln Σ e^logit.
// hint 2: Stay in logarithms: a sum of densities is a logSumExp of their logarithms, and far from all means each density is 0 in a
//         Float.
// hint 3: each[k] = logits[k] - logDeviations[k] - ½·z², with z = (x - means[k]) / expf(logDeviations[k]); logSumExp(logits) -
//         logSumExp(each) + 0.5 * logf(2 * .pi).
