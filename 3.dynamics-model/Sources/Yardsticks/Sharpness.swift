// Sharpness.swift - is it fog?
//
// PSNR loves fog: the mean of all places where a door may be is nearer to the truth than a door at the wrong place. What fog lacks is
// edges. So count how much the brightness changes from pixel to pixel: in imagined frames, as a share of what it does in the true ones. 1
// is as sharp as life, 0.3 is fog whatever its PSNR; above 1 is noise.

import Tensors

/// The mean gradient magnitude of `frames` [.., H, W, 3] over that of `truth`: √(dx² + dy²) of the mean of the three channels, dx and dy
/// between neighbors.
public func sharpness(_ frames: Tensor, of truth: Tensor) -> Double { meanGradient(frames) / max(1e-9, meanGradient(truth)) }

func meanGradient(_ frames: Tensor) -> Double {
    let (height, width) = (frames.size(-3), frames.size(-2)), size = height * width
    var total = 0.0
    for frame in 0 ..< frames.count / (3 * size) {
        let first = frames.pointer + frame * size * 3
        let gray = (0 ..< size).map { i in
            (max(0, min(1, first[3 * i])) + max(0, min(1, first[3 * i + 1])) + max(0, min(1, first[3 * i + 2]))) / 3
        }
        for y in 0 ..< height - 1 {
            for x in 0 ..< width - 1 {
                let i = y * width + x, dx = gray[i + 1] - gray[i], dy = gray[i + width] - gray[i]
                total += Double((dx * dx + dy * dy).squareRoot())
            }
        }
    }
    return total / Double(frames.count / (3 * size) * (height - 1) * (width - 1))
}
