// Calibration.swift - how much better must a picture fit one sentence than the other, for a reward of 0.9?
//
// The cosine difference ranks pictures, but 0.05 more of it may be a little or everything. Guess the scale too large and all rewards are
// 0 or 1, and rank nothing any more; too small, and all are about 0.5. So fit scale and offset to labels that training has not seen:
//
//     minimize  -Σ y·log r + (1-y)·log(1-r)      r = sigmoid(scale·d + offset)
//
// Platt, "Probabilistic outputs for support vector machines" (1999), section 2, with labels in 0...1.

import Foundation

public struct Calibration: Equatable {
    public var scale: Double, offset: Double

    /// Fits `labels` to the cosine `differences` by Newton's method. The loss is convex; a weak pull of the scale towards `expected` keeps
    /// ten labels from sending it to infinity when they happen to be perfectly ordered.
    public init(_ differences: [Float], _ labels: [Float], expected: Double) {
        precondition(differences.count == labels.count && expected > 0, "\(differences.count) differences for \(labels.count) labels")
        // In units of `expected`, so that both unknowns are about 1.
        var (a, b) = (1.0, 0.0)
        func loss(_ a: Double, _ b: Double) -> Double {
            zip(differences, labels).reduce(0.1 * ((a - 1) * (a - 1) + b * b)) { sum, sample in
                let x = a * expected * Double(sample.0) + b
                return sum + max(x, 0) - x * Double(sample.1) + log1p(exp(-abs(x)))
            }
        }
        for _ in 0 ..< 100 {
            var (gradientA, gradientB) = (0.2 * (a - 1), 0.2 * b), (aa, ab, bb) = (0.2, 0.0, 0.2)
            for (difference, label) in zip(differences, labels) {
                let d = expected * Double(difference), r = 1 / (1 + exp(-(a * d + b))), curvature = r * (1 - r)
                gradientA += (r - Double(label)) * d
                gradientB += r - Double(label)
                aa += curvature * d * d
                ab += curvature * d
                bb += curvature
            }
            let determinant = aa * bb - ab * ab
            let (stepA, stepB) = ((bb * gradientA - ab * gradientB) / determinant, (aa * gradientB - ab * gradientA) / determinant)
            // Newton may overshoot: halve the step until it goes down.
            var share = 1.0
            while share > 1e-6 && loss(a - share * stepA, b - share * stepB) > loss(a, b) { share /= 2 }
            (a, b) = (a - share * stepA, b - share * stepB)
            if abs(stepA) + abs(stepB) < 1e-9 { break }
        }
        // A scorer that ranks the held-out labels upside down is still not asked to turn its sentences round.
        (scale, offset) = (max(a, 0.01) * expected, b)
    }
}
