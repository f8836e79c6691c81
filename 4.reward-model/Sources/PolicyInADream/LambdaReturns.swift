// LambdaReturns.swift - what is a moment of a dream worth, if the dream ends before the story does?
//
// The rewards that were dreamed, and at the end what the value head believes is still to come. λ says how far to trust the dream before
// asking the value head (Dreamer 4, arXiv 2509.24527, section 3.3; after Sutton & Barto, section 12.1):
//
//   R_t = r_t + γ·c_t·((1-λ)·v_{t+1} + λ·R_{t+1}),   R_T = v_T
//
// The paper prints v_t where v_{t+1} stands here. But r_t is what moment t brings, and what it leads to is worth v_{t+1}: with v_t a moment
// would be worth something for being worth something. Both public rebuilds do as we do.

/// Returns of H dreamed moments.
/// - Parameters:
///   - rewards: r_0 ... r_{H-1}; `goesOn`: c, 0 where the story ends after the moment, nil where it never does.
///   - values: v_0 ... v_H, one more: the last is of the moment after the dream.
public func lambdaReturns(rewards: [Float], values: [Float], discount: Float, lambda: Float, goesOn: [Float]? = nil) -> [Float] {
    precondition(values.count == rewards.count + 1 && (goesOn.map { $0.count == rewards.count } ?? true),
                 "\(rewards.count) rewards and \(values.count) values: there is one more of these")
    var returns = rewards, after = values.last!
    for t in rewards.indices.reversed() {
        after = rewards[t] + discount * (goesOn?[t] ?? 1) * ((1 - lambda) * values[t + 1] + lambda * after)
        returns[t] = after
    }
    return returns
}
