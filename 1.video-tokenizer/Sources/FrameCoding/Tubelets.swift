// Tubelets.swift - how do several frames share one row of vectors?
//
// A patch that goes on for r frames, one vector of r·P·P·3 numbers: a tubelet (arXiv 2103.15691, section 3.2). The first frame of a video
// has a row of its own, filled with copies of it, and a picture is a video of one frame:
//
//   x0 | x1 ... xr | x(r+1) ... x(2r) | ...           1 + k·r frames, 1 + k rows
//
// So no row knows of a frame after its own last one: causal, as Cosmos's tokenizer (arXiv 2501.03575, section 4), which repeats x0 in the
// same way to fill the first.

import Tensors

/// [B,T,H,W,3] in 0...1 -> [B,T',N,r·P·P·3] in -1...1, T = 1 + k·r and T' = 1 + k.
public func tubelets(of frames: Tensor, length r: Int, size: Int) -> Tensor {
    guard r > 1 else { return patches(of: frames, size: size) }
    let (b, t) = (frames.size(0), frames.size(1)), rows = 1 + (t - 1) / r
    precondition((t - 1) % r == 0, "\(t) frames are not 1 + k·\(r)")
    let first = Array(repeating: frames.sliced(axis: 1, 0 ..< 1), count: r - 1)
    let cut = patches(of: .concatenated(first + [frames], axis: 1), size: size), n = cut.size(2)              // [B,T'·r,N,P·P·3]
    return cut.reshaped([b, rows, r, n, cut.size(3)]).permuted([0, 1, 3, 2, 4]).reshaped([b, rows, n, r * cut.size(3)])
}

/// [B,T',N,r·P·P·3] in -1...1 -> [B,T,H,W,3] in 0...1, for square frames. `isStart`: the first row is that of one frame.
public func frames(of tubelets: Tensor, length r: Int, size: Int, isStart: Bool) -> Tensor {
    guard r > 1 else { return pixels(of: tubelets, size: size) }
    let (b, rows, n) = (tubelets.size(0), tubelets.size(1), tubelets.size(2)), width = tubelets.size(3) / r
    let frames = pixels(
        of: tubelets.reshaped([b, rows, n, r, width]).permuted([0, 1, 3, 2, 4]).reshaped([b, rows * r, n, width]), size: size)
    return isStart ? frames.sliced(axis: 1, r - 1 ..< rows * r) : frames
}
