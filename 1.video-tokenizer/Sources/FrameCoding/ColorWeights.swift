// ColorWeights.swift - what does a mean squared error not care about?
//
// About anything small. A toy of 20 pixels among 4,096 may be missing altogether, and the error has hardly changed: with a plain mean this
// tokenizer reaches 30 dB and erases every toy that is not close by. But the toy is what the robot is looking for. So half of the weight is
// shared out evenly, and half by how unusual a pixel's color is in its frame. Nothing here knows of toys: whatever has a rare color counts
// (a rare green two fifths of a rare red, as red and blue are what is looked at).

import Tensors

/// Weights with mean 1 for the pixels of frames [.., H, W, 3] -> [.., H, W, 1]: 1 - s + s·d²/mean(d²), where d is how far a pixel's red and
/// blue, less its brightness, lie from their means in its frame, and s the `share` that goes by it, a half if nobody says otherwise.
///
/// With a `reach` the largest d² of all pixels at most so far away, across and down, is taken for each: whoever must guess the
/// next frame may be told by the last one where to be careful, and what was seen there has moved.
public func colorWeights(of frames: Tensor, share: Float = 0.5, reach: Int = 0) -> Tensor {
    let (height, width) = (frames.size(-3), frames.size(-2)), pixels = height * width
    let weights = Tensor(uninitialized: frames.shape.dropLast() + [1])
    let count = frames.count / (3 * pixels), x = frames.pointer, w = weights.pointer
    Workers.split(count, minimum: 4) { _, frames in
        for frame in frames {
            let first = x + frame * pixels * 3, w = w + frame * pixels
            /// Red and blue against the mean of all three; green follows from them.
            func color(_ i: Int) -> SIMD2<Float> {
                let brightness = (first[3 * i] + first[3 * i + 1] + first[3 * i + 2]) / 3
                return SIMD2(first[3 * i] - brightness, first[3 * i + 2] - brightness)
            }
            var mean = SIMD2<Float>.zero, total: Float = 0
            for i in 0 ..< pixels { mean += color(i) }
            mean /= Float(pixels)
            for i in 0 ..< pixels {
                let d = color(i) - mean
                w[i] = (d * d).sum()
            }
            if reach > 0 { spread(w, height, width, reach) }
            for i in 0 ..< pixels { total += w[i] }
            let scale = total > 1e-9 ? share * Float(pixels) / total : 0
            for i in 0 ..< pixels { w[i] = scale > 0 ? 1 - share + scale * w[i] : 1 }
        }
    }
    return weights
}

/// Each number becomes the largest of a square around it: first along rows, then along columns.
private func spread(_ w: UnsafeMutablePointer<Float>, _ height: Int, _ width: Int, _ reach: Int) {
    func largest(count: Int, stride: Int, from first: Int) {
        let line = (0 ..< count).map { w[first + $0 * stride] }
        for i in 0 ..< count { w[first + i * stride] = line[max(0, i - reach) ... min(count - 1, i + reach)].max()! }
    }
    for y in 0 ..< height { largest(count: width, stride: 1, from: y * width) }
    for x in 0 ..< width { largest(count: height, stride: width, from: x) }
}

extension Tensor {
    /// mean(weights · (x - truth)²), shape []; `weights` has one number where the others have a pixel
    /// of three. Without weights the plain mean.
    public func squaredError(_ truth: Tensor, weights: Tensor?) -> Tensor {
        weights.map { ((self - truth).squared() * $0).mean() } ?? meanSquaredError(truth)
    }
}
