// Tensor+Shape.swift - the same numbers in another shape, another order, or in part.

extension Tensor {
    /// The same numbers under another shape; nothing is copied. One size may be -1: it is what is left.
    public func reshaped(_ shape: [Int]) -> Tensor {
        var shape = shape
        if let free = shape.firstIndex(of: -1) {
            shape[free] = count / max(1, shape.reduce(1, *) * -1)
        }
        precondition(shape.reduce(1, *) == count, "\(self.shape) does not reshape to \(shape)")
        return Tensor(buffer: buffer, shape: shape).recorded(from: [self]) { [self] in adoptGradient(of: $0) }
    }

    /// Reorders the dimensions: dimension `i` of the result is dimension `axes[i]` of this one, as `torch.permute`.
    public func permuted(_ axes: [Int]) -> Tensor {
        precondition(axes.sorted() == Array(shape.indices), "\(axes) is not an order of the axes of \(shape)")
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        // Trailing axes that stay in place are copied as one run.
        var kept = shape.count
        while kept > 0 && axes[kept - 1] == kept - 1 { kept -= 1 }
        let run = shape[kept...].reduce(1, *)
        let walk = axes[..<kept].map { shape[$0] } + [run], walkStrides = axes[..<kept].map { strides[$0] } + [1]

        let result = Tensor(uninitialized: axes.map { shape[$0] })
        let x = pointer, y = result.pointer
        if run != 1 || kept == 0 {
            forEachRow(of: walk, strides: walkStrides) { start, source, n, _ in (y + start).update(from: x + source, count: n) }
        } else {
            forEachRow(of: Array(walk.dropLast()), strides: Array(walkStrides.dropLast())) { start, source, n, step in
                for i in 0 ..< n { y[start + i] = x[source + i * step] }
            }
        }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in  // a permutation touches every element once, so writing is as good as adding
                forEachRow(of: walk, strides: walkStrides) { start, source, n, _ in
                    for i in 0 ..< n { dx[source + i] = (beta == 0 ? 0 : dx[source + i]) + dy[start + i] }
                }
            }
        }
    }

    /// The part of dimension `axis` in `range`: [.., n, ..] -> [.., range.count, ..].
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        let (outer, length, inner) = around(axis)
        precondition(range.lowerBound >= 0 && range.upperBound <= length, "\(range) is not inside axis \(axis) of \(shape)")
        var shape = self.shape
        shape[axis < 0 ? shape.count + axis : axis] = range.count
        let result = Tensor(uninitialized: shape)
        let block = range.count * inner
        for o in 0 ..< outer {
            (result.pointer + o * block).update(from: pointer + (o * length + range.lowerBound) * inner, count: block)
        }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in
                if beta == 0 { dx.update(repeating: 0, count: count) }
                for o in 0 ..< outer {
                    let target = dx + (o * length + range.lowerBound) * inner
                    for i in 0 ..< block { target[i] += dy[o * block + i] }
                }
            }
        }
    }

    /// Puts tensors one after the other along `axis`; all other sizes are equal.
    public static func concatenated(_ tensors: [Tensor], axis: Int) -> Tensor { concatenated(tensors, axis: axis, roomFor: 0) }

    /// The same in a place with room for `roomFor` numbers, where that is more than there are.
    public static func concatenated(_ tensors: [Tensor], axis: Int, roomFor room: Int) -> Tensor {
        let axis = axis < 0 ? tensors[0].shape.count + axis : axis
        var shape = tensors[0].shape
        shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
        for tensor in tensors {
            var other = tensor.shape
            other[axis] = shape[axis]
            precondition(other == shape, "\(tensor.shape) does not join \(tensors[0].shape) along axis \(axis)")
        }
        let result = Tensor(buffer: Buffer(count: max(room, shape.reduce(1, *))), shape: shape)
        let (outer, length, inner) = result.around(axis)
        var start = 0
        var starts: [Int] = []
        for tensor in tensors {
            let block = tensor.shape[axis] * inner
            for o in 0 ..< outer {
                (result.pointer + o * length * inner + start).update(from: tensor.pointer + o * block, count: block)
            }
            starts.append(start)
            start += block
        }
        return result.recorded(from: tensors) { result in
            let dy = result.gradientPointer
            for (tensor, start) in zip(tensors, starts) {
                let block = tensor.shape[axis] * inner
                tensor.accumulate { dx, beta in
                    for o in 0 ..< outer {
                        let source = dy + o * length * inner + start
                        for i in 0 ..< block { dx[o * block + i] = (beta == 0 ? 0 : dx[o * block + i]) + source[i] }
                    }
                }
            }
        }
    }

    /// Adds zeros before and after along `axis`: [.., n, ..] -> [.., before + n + after, ..].
    public func padded(axis: Int, before: Int, after: Int) -> Tensor {
        func zeros(_ size: Int) -> Tensor {
            var shape = self.shape
            shape[axis < 0 ? shape.count + axis : axis] = size
            return Tensor(repeating: 0, shape: shape)
        }
        return Tensor.concatenated([zeros(before), self, zeros(after)], axis: axis)
    }

    /// Picks entries of the first dimension, any of them any number of times: [n, ..] -> [indices.count, ..]. With a table of
    /// vectors as the tensor this is an embedding; its gradient is added up row by row.
    public func rows(at indices: [Int]) -> Tensor {
        let (_, length, inner) = around(0)
        precondition(indices.allSatisfy { 0 ..< length ~= $0 }, "an index is outside 0..<\(length): \(indices.max() ?? 0)")
        let result = Tensor(uninitialized: [indices.count] + shape.dropFirst())
        for (i, index) in indices.enumerated() {
            (result.pointer + i * inner).update(from: pointer + index * inner, count: inner)
        }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in
                if beta == 0 { dx.update(repeating: 0, count: count) }
                for (i, index) in indices.enumerated() {
                    for j in 0 ..< inner { dx[index * inner + j] += dy[i * inner + j] }
                }
            }
        }
    }

    /// Picks one element of each row (last dimension): [.., n] -> [..], as `torch.gather` with one index a row.
    public func gathered(_ indices: [Int]) -> Tensor {
        let n = size(-1)
        precondition(indices.count == count / n && indices.allSatisfy { 0 ..< n ~= $0 }, "one index below \(n) for each row of \(shape)")
        let result = Tensor(uninitialized: Array(shape.dropLast()))
        for (row, index) in indices.enumerated() { result.pointer[row] = pointer[row * n + index] }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in
                if beta == 0 { dx.update(repeating: 0, count: count) }
                for (row, index) in indices.enumerated() { dx[row * n + index] += dy[row] }
            }
        }
    }
}
