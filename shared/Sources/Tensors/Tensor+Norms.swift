// Tensor+Norms.swift - RMS norm and layer norm over the last dimension, each fused into one pass.
//
// Written with the elementwise operations, RMS norm would be nine tensors and as many passes over memory, and more
// backwards. Fused, a row stays in the cache from its first use to its last; two numbers a row are kept for backward.

extension Tensor {
    /// y = x / √(mean(x²) + ε) · weight: [.., E] -> [.., E], `weight` [E] (arXiv 1910.07467, equation 4).
    public func rmsNorm(_ weight: Tensor, epsilon: Float = 1e-6) -> Tensor {
        normalized(weight, bias: nil, isCentered: false, epsilon)
    }

    /// y = (x - mean(x)) / √(variance(x) + ε) · weight + bias: [.., E] -> [.., E], `weight`, `bias` [E] (arXiv 1607.06450).
    public func layerNorm(_ weight: Tensor, _ bias: Tensor, epsilon: Float = 1e-5) -> Tensor {
        normalized(weight, bias: bias, isCentered: true, epsilon)
    }

    /// Both norms: with n = (x - m)·r for each row, y = n·weight + bias. RMS norm leaves the mean alone: m = 0.
    private func normalized(_ weight: Tensor, bias: Tensor?, isCentered: Bool, _ epsilon: Float) -> Tensor {
        let width = size(-1), rows = count / width
        precondition(
            weight.shape == [width] && (bias == nil || bias!.shape == [width]),
            "norm: \(shape) does not fit the weight \(weight.shape)\(bias.map { " and the bias \($0.shape)" } ?? "")")
        let result = Tensor(uninitialized: shape)
        let means = Buffer(count: rows), inverses = Buffer(count: rows)
        let x = pointer, w = weight.pointer, y = result.pointer
        let minimum = max(1, 8192 / width)  // rows that are worth a thread

        Workers.split(rows, minimum: minimum) { _, range in
            for row in range {
                let x = x + row * width, y = y + row * width
                let m = isCentered ? total(x, width) / Float(width) : 0
                let squares = isCentered ? squaredDistances(x, from: m, width) : dot(x, x, width)
                let r = 1 / (squares / Float(width) + epsilon).squareRoot()
                means.pointer[row] = m
                inverses.pointer[row] = r
                if let b = bias?.pointer {
                    for i in 0 ..< width { y[i] = (x[i] - m) * r * w[i] + b[i] }
                } else {
                    for i in 0 ..< width { y[i] = x[i] * r * w[i] }
                }
            }
        }

        return result.recorded(from: [self, weight] + (bias.map { [$0] } ?? [])) { [self] result in
            // With g = w·dy:  dx = r·(g - mean(g) - n·mean(g·n)), without mean(g) for RMS norm;  dw = Σ dy·n;  db = Σ dy.
            let dy = result.gradientPointer
            let parts = Workers.count, scratch = Buffer(count: parts * 4 * width)  // g, n, dw, db for each worker
            scratch.pointer.update(repeating: 0, count: parts * 4 * width)
            func walk(dx: UnsafeMutablePointer<Float>, beta: Float) {
                Workers.split(rows, minimum: minimum) { part, range in
                    let g = scratch.pointer + part * 4 * width, n = g + width, dw = n + width, db = dw + width
                    for row in range {
                        let x = x + row * width, dy = dy + row * width, dx = dx + row * width
                        let m = means.pointer[row], r = inverses.pointer[row]
                        for i in 0 ..< width {
                            n[i] = (x[i] - m) * r
                            g[i] = w[i] * dy[i]
                            dw[i] += dy[i] * n[i]
                            db[i] += dy[i]
                        }
                        let meanG = isCentered ? total(g, width) / Float(width) : 0
                        let meanGN = dot(g, n, width) / Float(width)
                        if beta == 0 {
                            for i in 0 ..< width { dx[i] = r * (g[i] - meanG - n[i] * meanGN) }
                        } else {
                            for i in 0 ..< width { dx[i] += r * (g[i] - meanG - n[i] * meanGN) }
                        }
                    }
                }
            }
            // The weights want their shares even where the input wants none.
            if requiresGradient {
                accumulate(walk)
            } else {
                let unwanted = Buffer(count: count)
                withExtendedLifetime(unwanted) { walk(dx: unwanted.pointer, beta: 0) }
            }
            // The workers' shares, always in the same order.
            for (parameter, offset) in [(weight, 2), (bias, 3)] {
                parameter?.accumulate { gradient, beta in
                    for i in 0 ..< width {
                        var sum: Float = 0
                        for part in 0 ..< parts { sum += scratch.pointer[(part * 4 + offset) * width + i] }
                        gradient[i] = (beta == 0 ? 0 : gradient[i]) + sum
                    }
                }
            }
        }
    }
}

/// Σ x[i] over `count` elements, in sixteen partial sums.
@inline(__always)
private func total(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    var sums = Vector.zero, i = 0
    while i &+ 16 <= count {
        sums += x.vector(at: i)
        i &+= 16
    }
    var sum = sums.sum()
    while i < count {
        sum += x[i]
        i &+= 1
    }
    return sum
}

/// Σ (x[i] - m)². Not Σ x² - count·m²: where m is large, that subtracts two nearly equal numbers and keeps their rounding
/// errors.
@inline(__always)
private func squaredDistances(_ x: UnsafeMutablePointer<Float>, from m: Float, _ count: Int) -> Float {
    var sums = Vector.zero, i = 0
    while i &+ 16 <= count {
        let d = x.vector(at: i) - m
        sums += d * d
        i &+= 16
    }
    var sum = sums.sum()
    while i < count {
        sum += (x[i] - m) * (x[i] - m)
        i &+= 1
    }
    return sum
}
