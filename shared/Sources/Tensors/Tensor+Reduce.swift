// Tensor+Reduce.swift - sums and means over everything, or along one axis.

extension Tensor {
    /// The shape seen as [outer, size(axis), inner], which is all that an operation along one axis needs to know.
    func around(_ axis: Int) -> (outer: Int, length: Int, inner: Int) {
        let axis = axis < 0 ? shape.count + axis : axis
        precondition(shape.indices.contains(axis), "axis \(axis) is not one of the shape \(shape)")
        return (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    }

    /// The sum of all elements, shape `[]`. Added up in double precision: a million Floats would lose digits.
    public func sum() -> Tensor {
        var total = 0.0
        for i in 0 ..< count { total += Double(pointer[i]) }
        return Tensor(Float(total)).recorded(from: [self]) { [self] result in
            let dy = Vector(repeating: result.gradientPointer[0])
            accumulate(vectors: { _ in dy })
        }
    }

    /// The mean of all elements, shape `[]`.
    public func mean() -> Tensor { sum() / Float(count) }

    /// The sum along `axis`, which stays with size 1: [.., n, ..] -> [.., 1, ..].
    public func sum(axis: Int) -> Tensor {
        let (outer, length, inner) = around(axis)
        var shape = self.shape
        shape[axis < 0 ? shape.count + axis : axis] = 1
        let result = Tensor(uninitialized: shape)
        let x = pointer, y = result.pointer
        for o in 0 ..< outer {
            for j in 0 ..< inner { y[o * inner + j] = 0 }
            for i in 0 ..< length {
                let row = x + (o * length + i) * inner
                for j in 0 ..< inner { y[o * inner + j] += row[j] }
            }
        }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in
                for o in 0 ..< outer {
                    for i in 0 ..< length {
                        let row = dx + (o * length + i) * inner
                        for j in 0 ..< inner { row[j] = (beta == 0 ? 0 : row[j]) + dy[o * inner + j] }
                    }
                }
            }
        }
    }

    /// The mean along `axis`, which stays with size 1.
    public func mean(axis: Int) -> Tensor { sum(axis: axis) / Float(size(axis)) }

    /// Where each row (last dimension) has its largest element: `count / size(-1)` indices.
    public func argmax() -> [Int] {
        let n = size(-1)
        return (0 ..< count / n).map { row in
            (0 ..< n).max { pointer[row * n + $0] < pointer[row * n + $1] } ?? 0
        }
    }
}
