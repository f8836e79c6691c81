// straight-through - how does a gradient get through rounding?
//
// The slope of rounding is 0 nearly everywhere, so nothing before it would ever learn. Round on the way forward, and on the way
// back let the gradient pass as if nothing had happened (arXiv 1308.3432). Read section 9 of 1.video-tokenizer/README.md.

import Tensors

/// The numbers of x, rounded; the gradient of the result goes to x unchanged. `stopGradient()` is there for you: the same numbers, through
/// which nothing flows back. So are x.values and Tensor(values, shape:).
public func roundedStraightThrough(_ x: Tensor) -> Tensor {
    // hole: return x
    let rounded = Tensor(x.values.map { $0.rounded() }, shape: x.shape)
    return x + (rounded - x).stopGradient()
    // end of hole
}

// hint 1: A tensor made of x.values.map { $0.rounded() } has the right numbers, but no way back to x. What must be added to x to
//         get it?
// hint 2: x + (rounded - x) has the numbers of `rounded`. Of its two parts, one shall let the gradient through, the other not.
// hint 3: x + (rounded - x).stopGradient()
