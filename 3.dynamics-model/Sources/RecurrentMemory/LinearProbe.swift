// LinearProbe.swift - does a state know something, or could anything be read from it by a reader who is clever enough?
//
// Only a reader that is not clever can tell: one row of weights, by least squares with a little shrinkage (ridge regression). Fitted on
// some episodes, judged on others.

import Foundation
import Tensors

struct LinearProbe {
    private let weights: [Double], means: [Double], scales: [Double]

    /// The weights that make Σ (w·x + b - y)² + λ·n·|w|² least, with features of mean 0 and deviation 1. `features` [n,F], n numbers.
    init(_ features: Tensor, _ truth: [Float], shrinkage: Double = 0.3) {
        let (n, F) = (features.size(0), features.size(1)), x = features.pointer
        var means = [Double](repeating: 0, count: F), scales = means
        for row in 0 ..< n { for i in 0 ..< F { means[i] += Double(x[row * F + i]) / Double(n) } }
        for row in 0 ..< n { for i in 0 ..< F { scales[i] += pow(Double(x[row * F + i]) - means[i], 2) / Double(n) } }
        scales = scales.map { $0 > 1e-10 ? 1 / $0.squareRoot() : 0 }
        // (XᵀX + λn)·w = Xᵀy, with a column of ones at the end for b.
        let size = F + 1
        var a = [Double](repeating: 0, count: size * size), b = [Double](repeating: 0, count: size), line = b
        for row in 0 ..< n {
            for i in 0 ..< F { line[i] = (Double(x[row * F + i]) - means[i]) * scales[i] }
            line[F] = 1
            for i in 0 ..< size {
                b[i] += line[i] * Double(truth[row])
                for j in 0 ... i { a[i * size + j] += line[i] * line[j] }
            }
        }
        for i in 0 ..< F { a[i * size + i] += shrinkage * Double(n) }
        // Cholesky: A = L·Lᵀ, then two triangles.
        for i in 0 ..< size {
            for j in 0 ... i {
                var sum = a[i * size + j]
                for k in 0 ..< j { sum -= a[i * size + k] * a[j * size + k] }
                a[i * size + j] = i == j ? max(sum, 1e-12).squareRoot() : sum / a[j * size + j]
            }
        }
        for i in 0 ..< size {
            for k in 0 ..< i { b[i] -= a[i * size + k] * b[k] }
            b[i] /= a[i * size + i]
        }
        for i in (0 ..< size).reversed() {
            for k in i + 1 ..< max(size, i + 1) { b[i] -= a[k * size + i] * b[k] }
            b[i] /= a[i * size + i]
        }
        (weights, self.means, self.scales) = (b, means, scales)
    }

    func callAsFunction(_ features: Tensor) -> [Float] {
        let F = features.size(1)
        return (0 ..< features.size(0)).map { row in
            var sum = weights[F]
            for i in 0 ..< F { sum += weights[i] * (Double(features.pointer[row * F + i]) - means[i]) * scales[i] }
            return Float(sum)
        }
    }

    /// 1 - Σ(y - ŷ)² / Σ(y - mean)²: 1 is all, 0 as good as always saying the mean; and the mean of |y - ŷ|.
    func judged(_ features: Tensor, _ truth: [Float]) -> (r2: Double, error: Double) {
        let guesses = self(features), mean = truth.reduce(0, +) / Float(max(1, truth.count))
        let rest = zip(truth, guesses).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let all = truth.reduce(0.0) { $0 + Double(($1 - mean) * ($1 - mean)) }
        return (1 - rest / max(1e-9, all), zip(truth, guesses).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) } / Double(max(1, truth.count)))
    }
}
