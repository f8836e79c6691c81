// Patches.swift - how does a picture become a row of vectors?
//
// Cut into squares of P×P pixels, each square one vector of P·P·3 numbers (arXiv 2010.11929, section 3.1). Nothing is lost: it is a
// reordering, and `pixels` is its inverse.

import Tensors

/// [B,T,H,W,3] in 0...1 -> [B,T,N,P·P·3] in -1...1. Patches are row-major, and so are the pixels inside one.
public func patches(of frames: Tensor, size p: Int) -> Tensor {
    let (b, t, h, w) = (frames.size(0), frames.size(1), frames.size(2), frames.size(3))
    return (frames * 2 - 1)
        .reshaped([b * t, h / p, p, w / p, p * 3])       // rows of patches, rows of pixels, patches, pixels
        .permuted([0, 1, 3, 2, 4])                        // -> rows of patches, patches, rows of pixels, pixels
        .reshaped([b, t, (h / p) * (w / p), p * p * 3])
}

/// [B,T,N,P·P·3] in -1...1 -> [B,T,H,W,3] in 0...1, for square frames.
public func pixels(of patches: Tensor, size p: Int) -> Tensor {
    let (b, t, n) = (patches.size(0), patches.size(1), patches.size(2))
    let side = Int(Double(n).squareRoot())
    return (patches
        .reshaped([b * t, side, side, p, p * 3])
        .permuted([0, 1, 3, 2, 4])
        .reshaped([b, t, side * p, side * p, 3]) + 1) * 0.5
}
