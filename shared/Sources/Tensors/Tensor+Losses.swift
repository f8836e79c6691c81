// Tensor+Losses.swift - softmax, and the losses that compare a prediction with the truth.

import Foundation

extension Tensor {
    /// exp(x) / Σ exp(x) over the last dimension; the largest element is subtracted first, so that nothing overflows.
    public func softmax() -> Tensor {
        let n = size(-1), result = Tensor(uninitialized: shape)
        let x = pointer, y = result.pointer
        Workers.split(count / n, minimum: max(1, 8192 / n)) { _, rows in
            for row in rows { _ = Tensor.softmaxRow(x + row * n, into: y + row * n, n) }
        }
        return result.recorded(from: [self]) { [self] result in
            let y = result.pointer, dy = result.gradientPointer
            accumulate { dx, beta in  // dx = y·(dy - Σ y·dy)
                Workers.split(count / n, minimum: max(1, 8192 / n)) { _, rows in
                    for row in rows {
                        let y = y + row * n, dy = dy + row * n, dx = dx + row * n
                        let inner = dot(y, dy, n)
                        for i in 0 ..< n { dx[i] = (beta == 0 ? 0 : dx[i]) + y[i] * (dy[i] - inner) }
                    }
                }
            }
        }
    }

    /// x - log Σ exp(x) over the last dimension: the logarithm of `softmax`, also where that is too small for a Float.
    public func logSoftmax() -> Tensor { self - logSumExp() }

    /// log Σ exp(x) over the last dimension, which stays with size 1: [.., n] -> [.., 1]. The likelihood of a mixture is one of these.
    public func logSumExp() -> Tensor {
        let n = size(-1), rows = count / n, probabilities = Tensor(uninitialized: shape)
        let result = Tensor(uninitialized: shape.dropLast() + [1])
        let x = pointer, p = probabilities.pointer, y = result.pointer
        Workers.split(rows, minimum: max(1, 8192 / n)) { _, range in
            for row in range { y[row] = Tensor.softmaxRow(x + row * n, into: p + row * n, n) }
        }
        return result.recorded(from: [self]) { [self] result in
            let p = probabilities.pointer, dy = result.gradientPointer
            accumulate { dx, beta in  // dx = dy·softmax(x)
                for row in 0 ..< rows {
                    for i in row * n ..< (row + 1) * n { dx[i] = (beta == 0 ? 0 : dx[i]) + dy[row] * p[i] }
                }
            }
        }
    }

    /// -log softmax(x)[target], averaged over the rows: [.., V] and one target a row -> []. Rows whose target is -1 do not count.
    /// With `weights`, one a symbol, a row counts as much as its target's (as `weight` of `torch.nn.functional.cross_entropy`).
    public func crossEntropy(_ targets: [Int], weights: [Float]? = nil) -> Tensor {
        let n = size(-1), rows = count / n
        precondition(targets.count == rows, "crossEntropy: \(targets.count) targets for \(rows) rows of \(shape)")
        precondition(targets.allSatisfy { $0 < n && $0 >= -1 }, "crossEntropy: targets are -1 (ignored) or below \(n)")
        precondition(weights.map { $0.count == n } ?? true, "crossEntropy: \(weights!.count) weights for \(n) symbols")
        func weight(_ target: Int) -> Float { target < 0 ? 0 : weights?[target] ?? 1 }
        let total = targets.reduce(0.0) { $0 + Double(weight($1)) }, counted = total > 0 ? total : 1
        let probabilities = Buffer(count: count), losses = Buffer(count: rows)
        let x = pointer, p = probabilities.pointer
        Workers.split(rows, minimum: max(1, 8192 / n)) { _, range in
            for row in range {
                let logSum = Tensor.softmaxRow(x + row * n, into: p + row * n, n)
                losses.pointer[row] = targets[row] < 0 ? 0 : weight(targets[row]) * (logSum - x[row * n + targets[row]])
            }
        }
        var sum = 0.0
        for row in 0 ..< rows { sum += Double(losses.pointer[row]) }
        return Tensor(Float(sum / counted)).recorded(from: [self]) { [self] result in
            // d/dx = weight · (softmax(x) - onehot(target)) / sum of weights
            let scale = result.gradientPointer[0] / Float(counted)
            accumulate { dx, beta in
                Workers.split(rows, minimum: max(1, 8192 / n)) { _, range in
                    for row in range {
                        let dx = dx + row * n, p = probabilities.pointer + row * n
                        let scale = scale * weight(targets[row])
                        for i in 0 ..< n { dx[i] = (beta == 0 ? 0 : dx[i]) + scale * p[i] }
                        if targets[row] >= 0 { dx[targets[row]] -= scale }
                    }
                }
            }
        }
    }

    /// One row of softmax; returns log Σ exp(x).
    private static func softmaxRow(_ x: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<Float>, _ n: Int) -> Float {
        // Sixteen partial maxima and sums: one after the other, each would wait for the one before.
        var tops = Vector(repeating: -.infinity), sums = Vector.zero, i = 0
        while i &+ 16 <= n {
            let v = x.vector(at: i)
            tops.replace(with: v, where: v .> tops)
            i &+= 16
        }
        var top = tops.max()
        for j in i ..< n { top = max(top, x[j]) }
        i = 0
        while i &+ 16 <= n {
            let e = Vector.exp(x.vector(at: i) - top)
            y.setVector(at: i, e)
            sums += e
            i &+= 16
        }
        var sum = sums.sum()
        if i < n {
            var v = Vector(repeating: -.infinity)
            for j in i ..< n { v[j - i] = x[j] }
            let e = Vector.exp(v - top)
            for j in i ..< n {
                y[j] = e[j - i]
                sum += e[j - i]
            }
        }
        let scale = 1 / sum
        for i in 0 ..< n { y[i] *= scale }
        return top + logf(sum)
    }

    /// Binary cross-entropy of a logit with a truth in 0...1, averaged: the sigmoid loss. Written as
    /// max(x,0) - x·t + log(1 + e^-|x|), which never overflows. No gradient flows to `truth`.
    public func sigmoidCrossEntropy(_ truth: Tensor) -> Tensor {
        precondition(shape == truth.shape, "sigmoidCrossEntropy: shapes \(shape) and \(truth.shape) are equal")
        let t = truth.pointer
        let losses = Tensor(uninitialized: shape)
        for i in 0 ..< count {
            let x = pointer[i]
            losses.pointer[i] = max(x, 0) - x * t[i] + log1pf(expf(-abs(x)))
        }
        return losses.recorded(from: [self]) { [self] result in
            let x = pointer, dy = result.gradientPointer
            accumulate(vectors: { dy.vector($0) * (Vector.sigmoid(x.vector($0)) - truth.pointer.vector($0)) })
        }.mean()
    }

    /// mean((x - truth)²), shape []. One pass each way, and no array of differences. No gradient flows to `truth`: for one to both sides
    /// write `(x - truth).squared().mean()`.
    public func meanSquaredError(_ truth: Tensor) -> Tensor {
        meanLoss(truth, { $0 * $0 }, slope: { 2 * $0 })
    }

    /// mean(|x - truth|), shape []. No gradient flows to `truth`.
    public func meanAbsoluteError(_ truth: Tensor) -> Tensor {
        meanLoss(truth, { $0.replacing(with: -$0, where: $0 .< 0) }, slope: {
            Vector.zero.replacing(with: 1, where: $0 .> 0).replacing(with: -1, where: $0 .< 0)
        })
    }

    /// Smooth L1 (arXiv 1504.08083, equation 3): half the square of differences below 1, beyond that |d| - 1/2. A square near 0, where it
    /// is gentle, and a straight line far out, where a square would let one outlier rule. No
    /// gradient flows to `truth`.
    public func meanSmoothAbsoluteError(_ truth: Tensor) -> Tensor {
        func limited(_ d: Vector) -> Vector { d.replacing(with: -1, where: d .< -1).replacing(with: 1, where: d .> 1) }
        return meanLoss(truth, { limited($0) * ($0 - 0.5 * limited($0)) }, slope: limited)
    }

    /// mean(f(x - truth)), with `slope` the derivative of f. No gradient flows to `truth`.
    @inline(__always)
    private func meanLoss(_ truth: Tensor, _ f: (Vector) -> Vector, slope: @escaping (Vector) -> Vector) -> Tensor {
        precondition(shape == truth.shape, "a loss compares equal shapes, not \(shape) and \(truth.shape)")
        let x = pointer, t = truth.pointer
        var sum = 0.0, i = 0
        while i &+ 16 <= count {
            sum += Double(f(x.vector(at: i) - t.vector(at: i)).sum())
            i &+= 16
        }
        while i < count {
            sum += Double(f(Vector(repeating: x[i] - t[i]))[0])
            i &+= 1
        }
        return Tensor(Float(sum / Double(count))).recorded(from: [self]) { [self] result in
            let scale = result.gradientPointer[0] / Float(count), x = pointer
            accumulate(vectors: { slope(x.vector($0) - truth.pointer.vector($0)) * scale })
        }
    }
}
