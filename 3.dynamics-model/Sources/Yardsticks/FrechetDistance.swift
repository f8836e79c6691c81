// FrechetDistance.swift - do imagined frames, taken together, look like real ones?
//
// PSNR asks whether this frame is that one. This asks whether the two *crowds* have the same shape: mean and covariance of the frames, seen
// through an eye that knows what matters in a picture. Images have the Inception network for that (FID, arXiv 1706.08500, section 4); our
// eye is stage 1's tokenizer, the same for all models.
//
//     d² = |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2·(Σ₁Σ₂)^½)             (Dowson & Landau 1982)
//
// Few frames make a covariance of 256 numbers rough, and the distance grows with that. So both sides have the same number of frames, and
// beside it stands the distance between two halves of the real frames.

import FrameCoding
import Tensors

/// Mean and covariance of rows.
struct Gaussian {
    /// [D], and [D,D] row by row.
    let mean: [Double], covariance: [Double]

    /// `rows` [F,D] of F frames.
    init(_ rows: [[Float]]) {
        let d = rows[0].count, n = Double(rows.count)
        let mean = (0 ..< d).map { j in rows.reduce(0) { $0 + Double($1[j]) } / n }
        var sums = Array(repeating: 0.0, count: d * d)
        for row in rows {
            let centered = zip(row, mean).map { Double($0) - $1 }
            for i in 0 ..< d {
                for j in 0 ..< d { sums[i * d + j] += centered[i] * centered[j] }
            }
        }
        (self.mean, covariance) = (mean, sums.map { $0 / max(1, n - 1) })
    }

    /// d², as above. tr (Σ₁Σ₂)^½ is the sum of the square roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric.
    func frechetDistance(to other: Gaussian) -> Double {
        let d = mean.count, (values, vectors) = symmetricEigenvalues(covariance, d)
        let scaled = (0 ..< d * d).map { vectors[$0] * max(0, values[$0 % d]).squareRoot() }
        let root = product(scaled, transposed(vectors, d), d), between = product(product(root, other.covariance, d), root, d)
        let shift = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let spread = (0 ..< d).reduce(0) { $0 + covariance[$1 * d + $1] + other.covariance[$1 * d + $1] }
        return max(0, shift + spread - 2 * symmetricEigenvalues(between, d).values.reduce(0) { $0 + max(0, $1).squareRoot() })
    }
}

private func transposed(_ a: [Double], _ n: Int) -> [Double] { (0 ..< n * n).map { a[$0 % n * n + $0 / n] } }

private func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    var result = Array(repeating: 0.0, count: n * n)
    for i in 0 ..< n {
        for k in 0 ..< n {
            let x = a[i * n + k]
            for j in 0 ..< n { result[i * n + j] += x * b[k * n + j] }
        }
    }
    return result
}

/// The Fréchet distance of the frames of two clips [B,T,H,W,3] in the latents of an eye.
public func frechetDistance(_ a: Tensor, _ b: Tensor, in eye: any FrameEncoder) -> Double {
    Gaussian(latentRows(a, eye)).frechetDistance(to: Gaussian(latentRows(b, eye)))
}

/// The same between the clips of even and of odd number: what is left when there is no difference. Nil for one clip.
public func frechetDistanceOfHalves(_ clips: Tensor, in eye: any FrameEncoder) -> Double? {
    guard clips.size(0) > 1 else { return nil }
    let rows = latentRows(clips, eye), length = clips.size(1)
    func half(_ rest: Int) -> [[Float]] { rows.indices.filter { $0 / length % 2 == rest }.map { rows[$0] } }
    return Gaussian(half(0)).frechetDistance(to: Gaussian(half(1)))
}

/// [B,T,H,W,3] -> B·T rows of N·Z latents.
private func latentRows(_ clips: Tensor, _ eye: any FrameEncoder) -> [[Float]] {
    let size = eye.latentShape.places * eye.latentShape.width
    return (0 ..< clips.size(0)).flatMap { clip in
        stride(from: 0, to: clips.size(1), by: eye.frames).flatMap { start -> [[Float]] in
            let part = clips.sliced(axis: 0, clip ..< clip + 1).sliced(axis: 1, start ..< min(start + eye.frames, clips.size(1))).clamped(
                0, 1)
            let values = eye.latents(of: part).values
            return (0 ..< part.size(1)).map { Array(values[$0 * size ..< ($0 + 1) * size]) }
        }
    }
}
