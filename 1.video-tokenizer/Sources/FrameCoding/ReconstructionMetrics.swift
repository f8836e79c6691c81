// ReconstructionMetrics.swift - how good is a reconstruction, in numbers that others use too?

import Foundation
import Tensors

/// Mean squared error of each frame: two tensors [.., H, W, 3] in 0...1 -> one number a frame. What `frames` has outside
/// 0...1 is cut off first, as in a picture.
public func squaredErrors(_ frames: Tensor, _ truth: Tensor) -> [Double] {
    precondition(frames.shape == truth.shape, "frames \(frames.shape) and truth \(truth.shape) have one shape")
    let size = frames.size(-3) * frames.size(-2) * 3
    return (0 ..< frames.count / size).map { frame in
        var sum = 0.0
        for i in frame * size ..< (frame + 1) * size {
            let difference = Double(max(0, min(1, frames.pointer[i])) - truth.pointer[i])
            sum += difference * difference
        }
        return sum / Double(size)
    }
}

/// Peak signal-to-noise ratio in decibels, 10·log10(1 / error), for values in 0...1. With 20 dB pixels are off by a tenth,
/// with 40 dB by a hundredth. At most 100 dB, so that equal frames have a number too.
public func psnr(_ squaredError: Double) -> Double { -10 * log10(max(squaredError, 1e-10)) }

/// Structural similarity of each frame, -1...1: [.., H, W, 3] -> one number a frame. Means, variances and covariance in 8x8 windows
/// (every second one), on the mean of the three channels; Wang et al. 2004, equation 13. Sides are at least 8 pixels.
public func structuralSimilarities(_ frames: Tensor, _ truth: Tensor) -> [Double] {
    precondition(frames.shape == truth.shape, "frames \(frames.shape) and truth \(truth.shape) have one shape")
    let (height, width) = (frames.size(-3), frames.size(-2)), size = height * width
    let window = 8, c1 = 0.01 * 0.01, c2 = 0.03 * 0.03
    func gray(_ tensor: Tensor, _ frame: Int) -> [Double] {
        (0 ..< size).map { i in
            let p = tensor.pointer + (frame * size + i) * 3
            return Double(max(0, min(1, p[0])) + max(0, min(1, p[1])) + max(0, min(1, p[2]))) / 3
        }
    }
    return (0 ..< frames.count / (size * 3)).map { frame in
        let a = gray(frames, frame), b = gray(truth, frame)
        var total = 0.0, windows = 0.0
        for y in stride(from: 0, through: height - window, by: 2) {
            for x in stride(from: 0, through: width - window, by: 2) {
                var (sa, sb, saa, sbb, sab) = (0.0, 0.0, 0.0, 0.0, 0.0)
                for row in y ..< y + window {
                    for i in row * width + x ..< row * width + x + window {
                        sa += a[i]; sb += b[i]
                        saa += a[i] * a[i]; sbb += b[i] * b[i]; sab += a[i] * b[i]
                    }
                }
                let n = Double(window * window), ma = sa / n, mb = sb / n
                let va = saa / n - ma * ma, vb = sbb / n - mb * mb, covariance = sab / n - ma * mb
                total += (2 * ma * mb + c1) * (2 * covariance + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
                windows += 1
            }
        }
        return total / windows
    }
}
