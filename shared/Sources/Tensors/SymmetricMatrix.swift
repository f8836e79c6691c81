// SymmetricMatrix.swift - along which directions does a cloud of points stretch, and how far?
//
// A covariance matrix C is symmetric, so C = V·diag(λ)·Vᵀ with perpendicular directions V (the columns) and a variance λ along each. Jacobi's method (1846) finds them by turning
// two axes at a time until the entry between them is zero: each turn makes all others together smaller, and after some ten rounds nothing is left. Double
// precision, for matrices of some hundred rows; not for the inside of a training step.

import Foundation

/// A symmetric matrix of D·D numbers, row by row.
public struct SymmetricMatrix {
    public let values: [Double], side: Int

    public init(_ values: [Double], side: Int) {
        precondition(values.count == side * side, "\(values.count) numbers are not \(side) rows of \(side)")
        (self.values, self.side) = (values, side)
    }

    public var trace: Double { (0 ..< side).reduce(0) { $0 + values[$1 * side + $1] } }

    public var eigenvalues: [Double] { decomposition.eigenvalues }

    /// λ, and V row by row: eigenvector k is column k. In no particular order.
    public var decomposition: (eigenvalues: [Double], vectors: [Double]) {
        let n = side
        // Rows of `v` are the eigenvectors while we turn: rows lie together in memory.
        var a = values, v = (0 ..< n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
        let scale = max(1e-300, values.reduce(0) { max($0, abs($1)) })
        a.withUnsafeMutableBufferPointer { a in
            v.withUnsafeMutableBufferPointer { v in
                for _ in 0 ..< 60 {
                    var largest = 0.0
                    for p in 0 ..< n {
                        for q in p + 1 ..< max(p + 1, n) {
                            let apq = a[p * n + q]
                            largest = max(largest, abs(apq))
                            if abs(apq) < 1e-15 * scale { continue }
                            // The angle that makes the entry zero: t = tan, of the two the smaller one (Golub & Van Loan, section 8.5.2).
                            let theta = (a[q * n + q] - a[p * n + p]) / (2 * apq)
                            let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                            let c = 1 / (t * t + 1).squareRoot(), s = t * c
                            for k in 0 ..< n {                       // rows p and q
                                let (x, y) = (a[p * n + k], a[q * n + k])
                                (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y)
                                let (u, w) = (v[p * n + k], v[q * n + k])
                                (v[p * n + k], v[q * n + k]) = (c * u - s * w, s * u + c * w)
                            }
                            for k in 0 ..< n {                       // columns p and q
                                let (x, y) = (a[k * n + p], a[k * n + q])
                                (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y)
                            }
                        }
                    }
                    if largest < 1e-12 * scale { break }
                }
            }
        }
        return ((0 ..< n).map { a[$0 * n + $0] }, (0 ..< n * n).map { v[$0 % n * n + $0 / n] })
    }

    /// V·diag(f(λ))·Vᵀ
    public func mapped(_ f: (Double) -> Double) -> SymmetricMatrix {
        let (eigenvalues, vectors) = decomposition, n = side, mapped = eigenvalues.map(f)
        var result = Array(repeating: 0.0, count: n * n)
        for i in 0 ..< n {
            for k in 0 ..< n {
                let scaled = vectors[i * n + k] * mapped[k]
                for j in 0 ..< n { result[i * n + j] += scaled * vectors[j * n + k] }
            }
        }
        return SymmetricMatrix(result, side: n)
    }

    /// Of a matrix with no negative eigenvalues; what lies below 0 by rounding counts as 0.
    public var squareRoot: SymmetricMatrix { mapped { max(0, $0).squareRoot() } }

    /// The product of two matrices; symmetric only if the caller knows that it is.
    public func product(_ other: SymmetricMatrix) -> SymmetricMatrix {
        let n = side
        var result = Array(repeating: 0.0, count: n * n)
        for i in 0 ..< n {
            for k in 0 ..< n {
                let x = values[i * n + k]
                for j in 0 ..< n { result[i * n + j] += x * other.values[k * n + j] }
            }
        }
        return SymmetricMatrix(result, side: n)
    }
}
