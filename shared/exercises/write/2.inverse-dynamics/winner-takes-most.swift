// winner-takes-most - eight maps explain one step: which of them should learn from it?
//
// The one that explains it best, and at first the others a little, or the first to win by chance would win for ever. Shares are a softmax
// of the errors, as large or small as they are beside their mean. Read section 4 of 2.inverse-dynamics/README.md; the house's own is
// MotionMaps.swift.

import Foundation

/// The errors of all maps on one transition, and a temperature above 0 -> softmax(-error / (mean error · temperature)).
public func shares(_ errors: [Float], temperature: Float) -> [Float] {
    // hole: return errors
    let mean = errors.reduce(0, +) / Float(errors.count), least = errors.min()!
    let each = errors.map { expf(-($0 - least) / (mean * temperature)) }, sum = each.reduce(0, +)
    return each.map { $0 / sum }
    // end of hole
}

// hint 1: The least error gets the largest share. What happens to the shares when all errors are ten times as large? (Nothing
//         should.)
// hint 2: Divide by the mean error first; then the temperature says how unequal the shares are. A softmax is e^x / Σ e^x.
// hint 3: each = errors.map { expf(-($0 - least) / (mean * temperature)) }, divided by each.reduce(0, +). Subtracting the least
//         error first keeps the exponentials from all being 0.
