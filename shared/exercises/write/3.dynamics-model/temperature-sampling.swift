// temperature-sampling - how is one token drawn, boldly or tamely?
//
// Logits are divided by the temperature and go through a softmax; each token then has a piece of the line from 0 to 1, as long as its
// probability, and a uniform number falls on one of them. At temperature 0 it is the likeliest. Read section 5 of
// 3.dynamics-model/README.md; the house's own is `draw` in Sampling.swift.

import Foundation

/// One token of V logits; `u` is uniform in 0 ..< 1. Pieces lie in the order of the tokens.
public func drawnToken(_ logits: [Float], temperature: Float, u: Float) -> Int {
    // hole: return -1
    let largest = logits.max()!
    if temperature == 0 { return logits.firstIndex(of: largest)! }
    let each = logits.map { expf(($0 - largest) / temperature) }, sum = each.reduce(0, +)
    var left = u * sum
    for token in logits.indices.dropLast() {
        if left < each[token] { return token }
        left -= each[token]
    }
    return logits.count - 1
    // end of hole
}

// hint 1: Walk along the line: is u inside the first piece? If not, take its length away from u and ask the next.
// hint 2: The pieces are expf((logit - largest) / temperature), divided by their sum. Temperature 0 is a case of its own. The last
//         token gets what is left, or rounding could leave nobody.
// hint 3: var left = u * sum; for token in logits.indices.dropLast() { if left < each[token] { return token }; left -= each[token]
//         }; return logits.count - 1.
