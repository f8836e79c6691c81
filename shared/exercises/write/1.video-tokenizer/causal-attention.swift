// causal-attention - how does one make sure that nobody hears the future?
//
// Attention over time averages the messages of all frames. Frame i may listen to frames 0 ... i, and to those its weights are a softmax of
// its scores; the future has the weight 0. Read section 2 of 1.video-tokenizer/README.md; the house's own is AttentionKernel.swift.

import Foundation

/// L rows of L scores, row i says how well each frame answers frame i -> L rows of weights ≥ 0, each row adding up to 1.
public func causalWeights(_ scores: [[Float]]) -> [[Float]] {
    // hole: return scores
    return scores.enumerated().map { i, row in
        let past = row[...i], largest = past.max()!
        let each = past.map { expf($0 - largest) }, sum = each.reduce(0, +)
        return each.map { $0 / sum } + Array(repeating: 0, count: row.count - i - 1)
    }
    // end of hole
}

// hint 1: A softmax over the whole row, with the future set to 0 afterwards, adds up to less than 1, and how much less depends on
//         the future.
// hint 2: So leave the future out before the exponentials are added up. And subtract the largest score first: e^1000 is infinite.
// hint 3: For row i: past = row[...i]; each = past.map { expf($0 - largest) }; divide by each.reduce(0, +), and append the zeros of
//         the future: Array(repeating: 0, count: row.count - i - 1).
