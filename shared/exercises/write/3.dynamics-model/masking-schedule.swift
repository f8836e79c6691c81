// masking-schedule - which share of the tokens is still masked after each look?
//
// A frame of nothing but masks is filled in K looks: few tokens at first, when nothing is known, and many at the end. After look k, a share
// cos(π/2·k/K) of the N tokens is still masked, rounded down, and none after the last. Read section 5 of 3.dynamics-model/README.md; the
// house's own is `masked(after:of:tokens:)` in Sampling.swift (MaskGIT, arXiv 2202.04200, section 3.2).

import Foundation

/// How many of N tokens become known in each of K looks: K numbers that add up to N.
public func filledInEachLook(tokens N: Int, looks K: Int) -> [Int] {
    // hole: return []
    var masked = N
    return (1 ... K).map { k in
        let left = k == K ? 0 : Int(Float(N) * cosf(.pi / 2 * Float(k) / Float(K)))
        defer { masked = left }
        return masked - left
    }
    // end of hole
}

// hint 1: First: how many are masked after each look? Then what became known is the difference to the look before.
// hint 2: left = Int(Float(N) * cosf(.pi / 2 * Float(k) / Float(K))) for k = 1 ... K - 1, and 0 for k = K (cos(π/2) is not quite 0
//         in a Float).
// hint 3: var masked = N; in (1 ... K).map: compute left, return masked - left, and set masked = left. `defer { masked = left }`
//         does the last after the return.
