// SIGReg.swift - what if features simply had to look like random normal numbers?
//
// Collapsed features are all alike; repeated ones lie on a line; a normal distribution is neither. LeJEPA (arXiv 2511.08544) asks for it
// and for nothing else: look at the batch from a random direction, and compare what you see, B numbers, with the normal distribution. Two
// distributions are equal when their characteristic functions E[exp(i·t·h)] are, and the normal one's is φ(t) = exp(-t²/2). With
//
//   C(t) = mean cos(t·h),  S(t) = mean sin(t·h):     T = B · ∫ φ(t) · ((C(t) - φ(t))² + S(t)²) dt       over 17 knots in 0...3, both signs
//
// Perfect samples give about 1, whatever B is; B points in one place 0.4·B. The factor B is in the authors' code: a weight that you copy
// from a paper belongs to its batch size. No teacher, no stop-gradient, one number to choose.

import Foundation
import Randomness
import Tensors

public enum SIGReg {
    static let knots = (0 ... 16).map { Float($0) * 3 / 16 }
    static let targets = knots.map { expf(-$0 * $0 / 2) }
    /// The trapezoid rule: half as much at the ends; doubled for the negative t, where everything is the same.
    static let weights = knots.indices.map { k in targets[k] * (k == 0 || k == 16 ? 1 : 2) * 3 / 16 }

    /// `count` unit vectors [M,D], drawn anew for each step: in the end no direction is safe.
    public static func directions(_ count: Int, width: Int, using generator: inout SeededGenerator) -> Tensor {
        let u = Tensor.normal([count, width], standardDeviation: 1, using: &generator)
        for m in 0 ..< count {
            let row = u.pointer + m * width
            var norm: Float = 0
            for d in 0 ..< width { norm += row[d] * row[d] }
            for d in 0 ..< width { row[d] /= max(norm.squareRoot(), 1e-12) }
        }
        return u
    }

    /// Vectors [T,B,D] -> the mean of T over directions [M,D] and times, shape []. The gradient is by hand:
    ///
    ///   dT/dh_b = 2 Σ_k w_k t_k (S_k cos(t_k h_b) - (C_k - φ_k) sin(t_k h_b)),    dT/dz_b = Σ over directions of dT/dh_b · u
    public static func loss(_ z: Tensor, directions: Tensor) -> Tensor {
        let (T, B) = (z.size(0), z.size(1)), M = directions.size(0)
        let (value, slope) = Tensor.withoutGradients { () -> (Float, Tensor) in
            let h = z.linear(directions).transposed()                   // [T,M,B]: what a direction sees, side by side
            let slopes = Tensor(uninitialized: h.shape)
            var values = [Float](repeating: 0, count: T * M)
            values.withUnsafeMutableBufferPointer { values in
                let values = values.baseAddress!
                Workers.split(T * M, minimum: 4) { _, rows in
                    for row in rows { values[row] = statistic(h.pointer + row * B, B, slopes: slopes.pointer + row * B) }
                }
            }
            let mean = 1 / Float(T * M)
            return (values.reduce(0, +) * mean, slopes.transposed().matmul(directions) * mean)   // [T,B,M]·[M,D]
        }
        return z.scalar(value, slope: slope)
    }

    /// T of B numbers, and its slope by each.
    private static func statistic(_ h: UnsafePointer<Float>, _ B: Int, slopes: UnsafeMutablePointer<Float>) -> Float {
        var value: Float = 0
        slopes.update(repeating: 0, count: B)
        for (k, t) in knots.enumerated() {
            var C: Float = 0, S: Float = 0
            for b in 0 ..< B { C += cosf(t * h[b]); S += sinf(t * h[b]) }
            let c = C / Float(B) - targets[k], s = S / Float(B)
            value += Float(B) * weights[k] * (c * c + s * s)
            for b in 0 ..< B { slopes[b] += 2 * weights[k] * t * (s * cosf(t * h[b]) - c * sinf(t * h[b])) }
        }
        return value
    }
}
