// SymmetricMatrix.swift - the solution of an equation with a symmetric matrix: what is left of least
// squares when all frames have been added up.

import Foundation
import Tensors

/// [n,n], in double precision.
public struct SymmetricMatrix {
    public let size: Int
    public private(set) var elements: [Double]

    public init(_ tensor: Tensor) {
        size = tensor.size(-1)
        elements = tensor.values.map(Double.init)
        precondition(elements.count == size * size, "\(tensor.shape) is no square matrix")
    }

    /// X of (A + λ·1)·X = Y, for Y [n,m] row-major: A is taken apart into L·Lᵀ (Cholesky), and two triangles are solved.
    public func solve(_ y: [Double], columns m: Int, adding lambda: Double) -> [Double] {
        let n = size
        var l = elements, x = y
        for i in 0 ..< n { l[i * n + i] += lambda }
        l.withUnsafeMutableBufferPointer { l in
            for j in 0 ..< n {
                for i in j ..< n {
                    var sum = l[i * n + j]
                    var lanes = SIMD8<Double>.zero, k = 0
                    while k + 8 <= j {
                        let a = UnsafeRawPointer(l.baseAddress! + i * n + k).loadUnaligned(as: SIMD8<Double>.self)
                        lanes += a * UnsafeRawPointer(l.baseAddress! + j * n + k).loadUnaligned(as: SIMD8<Double>.self)
                        k += 8
                    }
                    while k < j { sum -= l[i * n + k] * l[j * n + k]; k += 1 }
                    sum -= lanes.sum()
                    l[i * n + j] = i == j ? max(sum, 1e-12).squareRoot() : sum / l[j * n + j]
                }
            }
            for c in 0 ..< m {
                for i in 0 ..< n {
                    for k in 0 ..< i { x[i * m + c] -= l[i * n + k] * x[k * m + c] }
                    x[i * m + c] /= l[i * n + i]
                }
                for i in (0 ..< n).reversed() {
                    for k in i + 1 ..< max(n, i + 1) { x[i * m + c] -= l[k * n + i] * x[k * m + c] }
                    x[i * m + c] /= l[i * n + i]
                }
            }
        }
        return x
    }
}
