// best-moment - a future is a row of rewards: which one number says how good it is?
//
// A robot that plans anew at every step need not stay in a future to its end: what counts is the best place that it passes through, and a
// later one a little less. The mean counts what it would never carry out. Read section 11 of 4.reward-model/README.md; the house's own is
// Objective.swift.

import Foundation

/// h rewards in their order. `best`: the largest γ^t·r_t. `mean`: Σ γ^t·r_t / Σ γ^t. t begins at 0.
public func worth(of rewards: [Float], discount γ: Float = 0.97) -> (best: Float, mean: Float) {
    // hole: return (0, 0)
    let weights = rewards.indices.map { powf(γ, Float($0)) }
    let discounted = zip(rewards, weights).map { $0 * $1 }
    return (discounted.max() ?? 0, discounted.reduce(0, +) / weights.reduce(0, +))
    // end of hole
}

// hint 1: Make the weights first: 1, γ, γ², ... Both numbers need the rewards times their weights.
// hint 2: powf(γ, Float(t)) is γ^t. Divide the mean by the sum of the weights, not by h: a future of nothing but ones is worth 1.
// hint 3: weights = rewards.indices.map { powf(γ, Float($0)) }; discounted = zip(rewards, weights).map { $0 * $1 }; the max of it,
//         and its sum divided by the sum of the weights.
