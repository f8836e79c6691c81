// Tensor+Broadcast.swift - how does [B,T,N,E] + [E] know what to add where?
//
// As in NumPy: shapes are aligned at the end, and a size of 1 (or a missing one) is repeated. We write the repeats out
// and then work on equal shapes. The gradient of "use this number n times" is the sum of the n gradients.

extension Tensor {
    /// The shape that both broadcast to.
    static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
        if a == b { return a }
        let rank = max(a.count, b.count)
        let longA = Array(repeating: 1, count: rank - a.count) + a
        let longB = Array(repeating: 1, count: rank - b.count) + b
        return zip(longA, longB).map { x, y in
            precondition(x == y || x == 1 || y == 1, "shapes \(a) and \(b) do not broadcast")
            return x == 1 ? y : x
        }
    }

    /// Repeats dimensions of size 1 (and missing leading ones) until the shape is `target`, as `torch.expand`, but as a copy.
    public func expanded(to target: [Int]) -> Tensor {
        if shape == target { return self }
        precondition(Tensor.broadcastShape(shape, target) == target, "\(shape) does not expand to \(target)")
        let rank = target.count
        let padded = Array(repeating: 1, count: rank - shape.count) + shape
        var strides = [Int](repeating: 0, count: rank), stride = 1
        for axis in (0 ..< rank).reversed() {
            strides[axis] = padded[axis] == 1 ? 0 : stride
            stride *= padded[axis]
        }
        let result = Tensor(uninitialized: target)
        let x = pointer, y = result.pointer
        forEachRow(of: target, strides: strides) { start, source, length, step in
            if step == 1 { (y + start).update(from: x + source, count: length) }
            else { (y + start).update(repeating: x[source], count: length) }
        }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in
                if beta == 0 { dx.update(repeating: 0, count: count) }
                forEachRow(of: target, strides: strides) { start, source, length, step in
                    if step == 1 {
                        for i in 0 ..< length { dx[source + i] += dy[start + i] }
                    } else {
                        var total: Float = 0
                        for i in 0 ..< length { total += dy[start + i] }
                        dx[source] += total
                    }
                }
            }
        }
    }
}

/// Walks the rows (last dimension) of a row-major array of `shape` and says where each starts in memory that is laid out by
/// `strides`, and how far apart its elements lie there.
func forEachRow(of shape: [Int], strides: [Int], _ body: (_ start: Int, _ source: Int, _ length: Int, _ step: Int) -> Void) {
    guard let length = shape.last else { return body(0, 0, 1, 1) }
    guard !shape.contains(0) else { return }
    let outer = shape.count - 1
    var index = [Int](repeating: 0, count: outer), source = 0, start = 0
    while true {
        body(start, source, length, strides[outer])
        start += length
        var axis = outer - 1
        while axis >= 0 {
            index[axis] += 1
            source += strides[axis]
            if index[axis] < shape[axis] { break }
            source -= strides[axis] * shape[axis]
            index[axis] = 0
            axis -= 1
        }
        if axis < 0 { return }
    }
}
