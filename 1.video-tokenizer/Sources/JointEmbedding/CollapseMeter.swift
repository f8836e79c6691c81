// CollapseMeter.swift - how do you see that a loss of zero is no success?
//
// Features that are the same for every frame are predicted perfectly. The loss says so with a beautiful curve; these four numbers tell.
// They are taken on the same held-out frames every time:
//
//   spread         the mean over features of their standard deviation over frames: 0 is collapse
//   still          the share of features whose standard deviation is below 0.1 of the largest
//   RankMe         exp(entropy of the singular values): how many directions are in use (arXiv 2210.02885);
//                  centered, so that a common offset is none
//   copy ratio     |ẑ' - z'|² / |z - z'|²: below 1, or the prediction is no better than "nothing moved"

import Foundation
import Tensors

public struct CollapseMeter {
    public let spread: Double, still: Double, rankMe: Double
    /// nil where nothing is predicted.
    public let copyRatio: Double?

    /// Vectors of frames [F,D]; and where there is a transition, those of the frames after them, and what was predicted.
    public init(_ z: Tensor, next: Tensor? = nil, predicted: Tensor? = nil) {
        let (F, D) = (z.size(0), z.size(1))
        let centered = Tensor.withoutGradients { z - z.mean(axis: 0) }
        let deviations = (0 ..< D).map { d in
            ((0 ..< F).reduce(0.0) { $0 + Double(centered.pointer[$1 * D + d]) * Double(centered.pointer[$1 * D + d]) } / Double(F))
                .squareRoot()
        }
        spread = deviations.reduce(0, +) / Double(D)
        let largest = deviations.max()!
        still = Double(deviations.filter { $0 < 0.1 * largest || $0 < 1e-6 }.count) / Double(D)
        rankMe = Double(CollapseMeter.rankMe(centered))
        copyRatio = next.flatMap { next in
            predicted.map { Double($0.meanSquaredError(next).item) / max(1e-30, Double(z.meanSquaredError(next).item)) }
        }
    }

    /// exp(-Σ p_k ln p_k), p_k the k-th singular value's share, of [F,D].
    public static func rankMe(_ z: Tensor) -> Double {
        let squares = z.transposed().matmul(z).values.map(Double.init)
        let values = symmetricEigenvalues(squares, z.size(1)).values.map { max(0, $0).squareRoot() }
        let sum = values.reduce(0, +)
        return exp(-values.reduce(0) { total, value in
            let p = value / max(sum, 1e-30) + 1e-7
            return total + p * log(p)
        })
    }

    public var logged: [String: Double] {
        var all = ["spread": spread, "still_features": still, "rankme": rankMe]
        all["copy_ratio"] = copyRatio
        return all
    }

    public var line: String {
        String(format: "spread %.3f, still %.0f %%, RankMe %.1f", spread, still * 100, rankMe)
            + (copyRatio.map { String(format: ", copy ratio %.2f", $0) } ?? "")
    }
}
