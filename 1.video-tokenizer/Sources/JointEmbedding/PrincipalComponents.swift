// PrincipalComponents.swift - the directions in which vectors differ most: a rival without any learning, and three of them make a color.

import Foundation
import Randomness
import Tensors

public struct PrincipalComponents {
    /// [D], and the directions [K,D], the one of the largest variance first.
    public let mean: Tensor, directions: Tensor

    /// Of vectors [n,D]. All directions at once by turning axes where D is small; else by powers: a random block of directions, multiplied
    /// by the covariance and made orthogonal again, turns towards those of the largest variance ("orthogonal iteration").
    public init(_ x: Tensor, count: Int) {
        let n = x.size(0), D = x.size(1)
        mean = x.mean(axis: 0).reshaped([D])
        let centered = x - mean, covariance = centered.transposed().matmul(centered) / Float(n)     // [D,D]
        if D <= 256 {
            let (values, vectors) = symmetricEigenvalues(covariance.values.map(Double.init), D)
            let order = values.indices.sorted { values[$0] > values[$1] }.prefix(count)
            directions = Tensor(order.flatMap { i in (0 ..< D).map { Float(vectors[$0 * D + i]) } }, shape: [order.count, D])
        } else {
            var generator = SeededGenerator(seed: 1)
            var block = Tensor.normal([count, D], standardDeviation: 1, using: &generator)
            for _ in 0 ..< 15 { block = PrincipalComponents.orthogonalized(block.matmul(covariance)) }
            directions = block
        }
    }

    /// Vectors [n,D] -> their components [n,K].
    public func callAsFunction(_ x: Tensor) -> Tensor { (x - mean).linear(directions) }

    /// Gram and Schmidt: from each row what the rows above have, then length 1.
    private static func orthogonalized(_ rows: Tensor) -> Tensor {
        let (K, D) = (rows.size(0), rows.size(1)), x = Tensor(rows.values, shape: rows.shape)
        for i in 0 ..< K {
            let a = x.pointer + i * D
            for j in 0 ..< i {
                let b = x.pointer + j * D
                var dot: Float = 0
                for d in 0 ..< D { dot += a[d] * b[d] }
                for d in 0 ..< D { a[d] -= dot * b[d] }
            }
            var norm: Float = 0
            for d in 0 ..< D { norm += a[d] * a[d] }
            let scale = 1 / max(norm.squareRoot(), 1e-20)
            for d in 0 ..< D { a[d] *= scale }
        }
        return x
    }
}
