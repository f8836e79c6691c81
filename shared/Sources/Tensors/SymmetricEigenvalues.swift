// SymmetricEigenvalues.swift - along which axes does a cloud of points lie, and how long is it along each?
//
// C = B·D²·Bᵀ: the columns of B are the axes, the squares of D the variances along them. Jacobi's method: turn two axes at a time, so that
// their covariance becomes 0; that spoils others a little, so sweep over all pairs until nothing is left. Two dozen lines, and exact
// enough. Jacobi, Crelle's Journal 30 (1846); Golub & Van Loan, Matrix Computations, section 8.5.

/// - Parameter matrix: symmetric, n·n numbers row by row.
/// - Returns: n values, and n·n numbers of which column `i` is the unit vector of value `i`.
public func symmetricEigenvalues(_ matrix: [Double], _ n: Int) -> (values: [Double], vectors: [Double]) {
    precondition(matrix.count == n * n, "\(matrix.count) numbers are no matrix of \(n)x\(n)")
    var a = matrix, v = [Double](repeating: 0, count: n * n)
    for i in 0 ..< n { v[i * n + i] = 1 }
    let scale = (0 ..< n).reduce(0) { $0 + abs(a[$1 * n + $1]) } / Double(max(1, n))
    a.withUnsafeMutableBufferPointer { a in
        v.withUnsafeMutableBufferPointer { v in
            for _ in 0 ..< 30 {
                var rest = 0.0
                for p in 0 ..< n { for q in 0 ..< p { rest += a[p * n + q] * a[p * n + q] } }
                if rest.squareRoot() <= 1e-13 * scale * Double(n) { break }
                for p in 0 ..< n {
                    for q in p + 1 ..< n where a[p * n + q] != 0 {
                        // tan of the angle that makes a[p,q] vanish: t² + 2t·θ - 1 = 0, the smaller root.
                        let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
                        let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                        let c = 1 / (t * t + 1).squareRoot(), s = t * c
                        for k in 0 ..< n {  // rows p and q, then columns p and q; and the axes themselves, kept as rows
                            let x = a[p * n + k], y = a[q * n + k]
                            (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y)
                        }
                        for k in 0 ..< n {
                            let x = a[k * n + p], y = a[k * n + q]
                            (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y)
                        }
                        for k in 0 ..< n {
                            let x = v[p * n + k], y = v[q * n + k]
                            (v[p * n + k], v[q * n + k]) = (c * x - s * y, s * x + c * y)
                        }
                    }
                }
            }
        }
    }
    let values = (0 ..< n).map { a[$0 * n + $0] }
    return (values, (0 ..< n * n).map { v[$0 % n * n + $0 / n] })
}
