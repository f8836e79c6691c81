// Tensor+Products.swift - matrix products: the fused linear layer, and batches of matrices.
//
// For Y = X·Wᵀ the two gradients are products again: dX = dY·W and dW = dYᵀ·X. A training step
// therefore costs three times the forward products: 2·N·D operations forward, 4·N·D backward, for N
// weights and D tokens (arXiv 2001.08361, section 2.1).

extension Tensor {
    /// y = x·Wᵀ + bias + residual: [.., I] -> [.., O], with `weight` [O, I] as in PyTorch, `bias` [O], `residual` [.., O].
    ///
    /// Fused: the result starts as the residual (or the bias), and the product is added by OpenBLAS while it writes;
    /// separate additions would each read and write the whole array once more.
    public func linear(_ weight: Tensor, bias: Tensor? = nil, residual: Tensor? = nil) -> Tensor {
        let (output, input) = (weight.shape[0], weight.shape[1]), rows = count / input
        precondition(size(-1) == input, "linear: \(shape) does not fit the weight \(weight.shape)")
        precondition(bias == nil || bias!.shape == [output], "linear: the bias \(bias!.shape) is not [\(output)]")
        let result = Tensor(uninitialized: shape.dropLast() + [output])
        precondition(residual == nil || residual!.shape == result.shape, "linear: the residual has the shape \(result.shape)")
        let y = result.pointer

        if let residual { Tensor.copy(residual.pointer, to: y, count: result.count) }
        if let bias { Tensor.addToRows(y, rows, output, bias.pointer, beta: residual == nil ? 0 : 1) }
        OpenBLAS.multiply(
            rows, output, input, pointer, lda: input, weight.pointer, ldb: input, transposeB: true,
            y, ldc: output, beta: bias == nil && residual == nil ? 0 : 1)

        return result.recorded(from: [self, weight] + [bias, residual].compactMap { $0 }) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in  // dX = dY·W
                OpenBLAS.multiply(rows, input, output, dy, lda: output, weight.pointer, ldb: input, dx, ldc: input, beta: beta)
            }
            weight.accumulate { dw, beta in  // dW = dYᵀ·X
                OpenBLAS.multiply(
                    output, input, rows, dy, lda: output, transposeA: true, pointer, ldb: input, dw, ldc: input, beta: beta)
            }
            bias?.accumulate { db, beta in Tensor.sumRows(dy, rows, output, into: db, beta: beta) }
            residual?.adoptGradient(of: result)
        }
    }

    /// Products of the last two dimensions: [.., M, K] × [.., K, N] -> [.., M, N]. The leading dimensions are equal, or
    /// the right side has none and serves for all.
    public func matmul(_ other: Tensor) -> Tensor {
        let (m, k, n) = (size(-2), size(-1), other.size(-1))
        precondition(other.size(-2) == k, "matmul: \(shape) and \(other.shape) do not fit")
        let isShared = other.shape.count == 2
        precondition(isShared || other.shape.dropLast(2) == shape.dropLast(2), "matmul: batches of \(shape) and \(other.shape) differ")
        // One matrix on the right: all the rows on the left make one tall matrix.
        let (batches, rows) = isShared ? (1, count / k) : (count / (m * k), m)
        let result = Tensor(uninitialized: shape.dropLast() + [n])
        // One small product is not worth two threads, but a batch of them is. (The stopwatch is made for one.)
        func forEach(_ product: (Int) -> Void) {
            Workers.split(batches, minimum: OpenBLAS.isMeasuring ? batches : max(1, 250_000 / max(1, rows * k * n))) { _, part in
                part.forEach(product)
            }
        }
        forEach { b in
            OpenBLAS.multiply(
                rows, n, k, pointer + b * rows * k, lda: k, other.pointer + b * k * n, ldb: n, result.pointer + b * rows * n, ldc: n)
        }
        return result.recorded(from: [self, other]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in
                forEach { b in
                    OpenBLAS.multiply(
                        rows, k, n, dy + b * rows * n, lda: n, other.pointer + b * k * n, ldb: n, transposeB: true,
                        dx + b * rows * k, ldc: k, beta: beta)
                }
            }
            other.accumulate { dw, beta in
                forEach { b in
                    OpenBLAS.multiply(
                        k, n, rows, pointer + b * rows * k, lda: k, transposeA: true, dy + b * rows * n, ldb: n,
                        dw + b * k * n, ldc: n, beta: beta)
                }
            }
        }
    }

    /// Swaps the last two dimensions.
    public func transposed() -> Tensor {
        var axes = Array(shape.indices)
        axes.swapAt(axes.count - 1, axes.count - 2)
        return permuted(axes)
    }

    static func copy(_ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
        Workers.split(count, minimum: 1 << 15) { _, range in
            (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
        }
    }

    /// y[row] = beta·y[row] + values, for every row.
    static func addToRows(_ y: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int, _ values: UnsafeMutablePointer<Float>, beta: Float) {
        Workers.split(rows, minimum: max(1, (1 << 15) / width)) { _, range in
            for row in range {
                let y = y + row * width
                if beta == 0 { y.update(from: values, count: width) } else { for j in 0 ..< width { y[j] += values[j] } }
            }
        }
    }

    /// sums = beta·sums + Σ over rows of x. Each worker has its own columns, so the order of the additions is fixed.
    static func sumRows(_ x: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int, into sums: UnsafeMutablePointer<Float>, beta: Float) {
        Workers.split(width, minimum: 16, multiple: 16) { _, columns in
            if beta == 0 { for j in columns { sums[j] = 0 } }
            for row in 0 ..< rows {
                let x = x + row * width
                for j in columns { sums[j] += x[j] }
            }
        }
    }
}
