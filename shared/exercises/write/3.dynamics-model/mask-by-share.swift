// mask-by-share - what does the model have to guess, and what is the truth of it?
//
// A share of a frame's tokens is masked, at places drawn by chance, and what stood there is what must be guessed. One public
// project read the targets after it had masked: its model learned to predict the mask. Read section 4 of
// 3.dynamics-model/README.md; the house's own is MaskDraw.swift.

import Randomness

/// Of N tokens, N·share are masked, rounded up and at least one, at random places -> the frame with masks, and the true tokens under the
/// masks in the order of their places. `generator.permutation(n)` is 0 ..< n in random order.
public func masked(
    _ tokens: [Int], share: Float, mask: Int, using generator: inout SeededGenerator
) -> (guessed: [Int], targets: [Int]) {
    // hole: return (tokens, [])
    let count = max(1, Int((share * Float(tokens.count)).rounded(.up)))
    var guessed = tokens
    for place in generator.permutation(tokens.count).prefix(count) { guessed[place] = mask }
    let targets = tokens.indices.filter { guessed[$0] == mask }.map { tokens[$0] }
    return (guessed, targets)
    // end of hole
}

// hint 1: Make a copy of the tokens, and mask in the copy. The truth is in the other one.
// hint 2: count = max(1, Int((share * Float(tokens.count)).rounded(.up))); the first `count` numbers of a permutation are places,
//         none twice.
// hint 3: for place in generator.permutation(tokens.count).prefix(count) { guessed[place] = mask }; then tokens.indices.filter {
//         guessed[$0] == mask }.map { tokens[$0] }.
