// lambda-returns - what is a moment of a dream worth, if the dream ends before the story does?
//
// The rewards that were dreamed, and then what the value head believes. λ says how far to trust the dream before asking the value head:
//   R_t = r_t + γ·((1-λ)·v_{t+1} + λ·R_{t+1}),   R_T = v_T
// Read the header of LambdaReturns.swift in stage 4, the house's own (arXiv 2509.24527, section 3.3).

/// rewards r_0 ... r_{H-1}, values v_0 ... v_H -> R_0 ... R_{H-1}.
public func returns(rewards: [Float], values: [Float], discount γ: Float, lambda λ: Float) -> [Float] {
    // hole: return rewards
    var result = rewards, after = values.last!
    for t in rewards.indices.reversed() {
        after = rewards[t] + γ * ((1 - λ) * values[t + 1] + λ * after)
        result[t] = after
    }
    return result
    // end of hole
}

// hint 1: R_t needs R_{t+1}. In which direction must the loop go, and what does it begin with?
// hint 2: Backwards, beginning with after = v_H. It is v_{t+1} that stands in the formula, the worth of where one gets to, not v_t.
// hint 3: for t in rewards.indices.reversed() { after = rewards[t] + γ * ((1 - λ) * values[t + 1] + λ * after); result[t] = after
//         }.
