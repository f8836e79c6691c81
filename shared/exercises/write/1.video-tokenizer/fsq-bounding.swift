// fsq-bounding - how is a number squeezed so that rounding gives exactly L values?
//
// Section 7 of 1.video-tokenizer/README.md. tanh squeezes to a range that is L - 1 wide; for even L the range is moved down by half a step,
// and the number is moved before the tanh so that 0 still comes out as 0 (arXiv 2309.15505, `bound` in the appendix).

import Foundation

/// Squeezed z, still unrounded: `Int(bounded(z, levels: 8).rounded())` is -4 ... 3, with 5 levels it is -2 ... 2. `levels` is 3 or more.
public func bounded(_ z: Float, levels L: Int) -> Float {
    // hole: return z
    let half = Float(L - 1) * (1 - 1e-3) / 2
    let offset: Float = L % 2 == 0 ? 0.5 : 0
    let shift = atanhf(offset / half)
    return tanhf(z + shift) * half - offset
    // end of hole
}

// hint 1: half is half of the range's width, (L - 1)/2, taken a thousandth smaller, so that its ends are never quite reached. What
//         does tanh(z)·half round to for L = 8, at both ends?
// hint 2: Even L need -4 ... 3: subtract an offset of ½. Then f(0) is -½, on the border of two codes. Move z so that tanh gives
//         offset/half at 0.
// hint 3: half = Float(L - 1) * (1 - 1e-3) / 2; offset = ½ for even L, else 0; tanhf(z + atanhf(offset / half)) * half - offset.
