// Tensor+Recurrent.swift - LSTM and GRU over a whole clip, each fused into one operation.
//
// What the input says to the gates is one large product over all frames, made before (a linear layer). What is left goes frame by frame,
// because each state needs the one before: a small product, and a pass over the gates. Backward walks the frames from the last to the
// first, and leaves the gradient of the recurrent weights for the end, where it is again one large product over all frames. Inside, frames
// come first ([T,B,..] for [B,T,..]): the rows of one frame then lie side by side, which makes its product half as long again as fast.
//
// LSTM: Hochreiter & Schmidhuber (1997), with forget gate; GRU: arXiv 1406.1078. Gates in PyTorch's order: i f g o, and r z n.

extension Tensor {
    /// The gates' inputs [B,T,4H], recurrent `weight` [4H,H], the state before [B,2H] -> the state after each frame, [B,T,2H]: h, then c.
    ///
    ///     i, f, o = σ(..)   g = tanh(..)   of   x + W·h        c' = f·c + i·g        h' = o·tanh(c')
    public func lstm(_ weight: Tensor, state: Tensor) -> Tensor {
        let (b, t, H) = (size(0), size(1), weight.size(1)), all = b * H
        precondition(shape == [b, t, 4 * H] && weight.shape == [4 * H, H] && state.shape == [b, 2 * H],
                     "lstm: gates \(shape), weight \(weight.shape) and state \(state.shape) do not fit")
        let gates = Buffer(count: count), hidden = Buffer(count: (t + 1) * all), cells = Buffer(count: (t + 1) * all)
        let a = gates.pointer, h = hidden.pointer, c = cells.pointer, result = Tensor(uninitialized: [b, t, 2 * H])
        swapBatchAndTime(pointer, b, t, 4 * H, into: a)
        for row in 0 ..< b {
            (h + row * H).update(from: state.pointer + row * 2 * H, count: H)
            (c + row * H).update(from: state.pointer + row * 2 * H + H, count: H)
        }
        for step in 0 ..< t {
            let h = h + step * all, c = c + step * all, a = a + step * 4 * all  // h and c: from here to `all` numbers further on
            OpenBLAS.multiply(b, 4 * H, H, h, lda: H, weight.pointer, ldb: H, transposeB: true, a, ldc: 4 * H, beta: 1)
            forEachUnit(b, H) { row, j, n in
                let a = a + row * 4 * H + j, c = c + row * H + j, next = h + all + row * H + j
                let i = Vector.sigmoid(a.vector(at: 0, count: n)), f = Vector.sigmoid(a.vector(at: H, count: n))
                let g = Vector.tanh(a.vector(at: 2 * H, count: n)), o = Vector.sigmoid(a.vector(at: 3 * H, count: n))
                let cell = f * c.vector(at: 0, count: n) + i * g
                a.setVector(at: 0, count: n, i)
                a.setVector(at: H, count: n, f)
                a.setVector(at: 2 * H, count: n, g)
                a.setVector(at: 3 * H, count: n, o)
                c.setVector(at: all, count: n, cell)
                next.setVector(at: 0, count: n, o * Vector.tanh(cell))
            }
        }
        for row in 0 ..< b {
            for step in 0 ..< t {
                let y = result.pointer + (row * t + step) * 2 * H, from = (step + 1) * all + row * H
                y.update(from: h + from, count: H)
                (y + H).update(from: c + from, count: H)
            }
        }
        return result.recorded(from: [self, weight, state]) { [self] result in
            let a = gates.pointer, c = cells.pointer
            let slopes = Buffer(count: count), carried = Tensor(repeating: 0, shape: [b, 2 * H])  // d gates; d state, handed back in time
            for step in (0 ..< t).reversed() {
                let a = a + step * 4 * all, da = slopes.pointer + step * 4 * all, c = c + step * all
                forEachUnit(b, H) { row, j, n in
                    let a = a + row * 4 * H + j, da = da + row * 4 * H + j, c = c + row * H + j
                    let dy = result.gradientPointer + (row * t + step) * 2 * H + j, carried = carried.pointer + row * 2 * H + j
                    let i = a.vector(at: 0, count: n), f = a.vector(at: H, count: n), g = a.vector(at: 2 * H, count: n),
                        o = a.vector(at: 3 * H, count: n)
                    let dh = dy.vector(at: 0, count: n) + carried.vector(at: 0, count: n), tanhC = Vector.tanh(c.vector(at: all, count: n))
                    let dc = dy.vector(at: H, count: n) + carried.vector(at: H, count: n) + dh * o * (1 - tanhC * tanhC)  // h' = o·tanh(c')
                    da.setVector(at: 0, count: n, dc * g * i * (1 - i))
                    da.setVector(at: H, count: n, dc * c.vector(at: 0, count: n) * f * (1 - f))
                    da.setVector(at: 2 * H, count: n, dc * i * (1 - g * g))
                    da.setVector(at: 3 * H, count: n, dh * tanhC * o * (1 - o))
                    carried.setVector(at: H, count: n, dc * f)  // c' = f·c + ..
                }
                OpenBLAS.multiply(b, H, 4 * H, da, lda: 4 * H, weight.pointer, ldb: H, carried.pointer, ldc: 2 * H)
            }
            weight.accumulate { dw, beta in
                OpenBLAS.multiply(
                    4 * H, H, b * t, slopes.pointer, lda: 4 * H, transposeA: true, hidden.pointer, ldb: H, dw, ldc: H, beta: beta)
            }
            state.accumulate(vectors: { carried.pointer.vector($0) })
            accumulate { swapBatchAndTime(slopes.pointer, t, b, 4 * H, into: $0, beta: $1) }
        }
    }

    /// The gates' inputs [B,T,3H], recurrent `weight` [3H,H] and `bias` [3H], the state before
    /// [B,H] -> the state after each frame, [B,T,H].
    ///
    ///     s = W·h + bias     r, z = σ(x + s)     n = tanh(x + r·s)     h' = (1 - z)·n + z·h
    public func gru(_ weight: Tensor, bias: Tensor, state: Tensor) -> Tensor {
        let (b, t, H) = (size(0), size(1), weight.size(1)), all = b * H
        precondition(shape == [b, t, 3 * H] && weight.shape == [3 * H, H] && bias.shape == [3 * H] && state.shape == [b, H],
                     "gru: gates \(shape), weight \(weight.shape), bias \(bias.shape) and state \(state.shape) do not fit")
        let gates = Buffer(count: count), shares = Buffer(count: count), hidden = Buffer(count: (t + 1) * all)  // r z n; s; h
        let a = gates.pointer, s = shares.pointer, h = hidden.pointer, result = Tensor(uninitialized: [b, t, H])
        swapBatchAndTime(pointer, b, t, 3 * H, into: a)
        h.update(from: state.pointer, count: all)
        for row in 0 ..< t * b { (s + row * 3 * H).update(from: bias.pointer, count: 3 * H) }
        for step in 0 ..< t {
            let h = h + step * all, a = a + step * 3 * all, s = s + step * 3 * all
            OpenBLAS.multiply(b, 3 * H, H, h, lda: H, weight.pointer, ldb: H, transposeB: true, s, ldc: 3 * H, beta: 1)
            forEachUnit(b, H) { row, j, n in
                let a = a + row * 3 * H + j, s = s + row * 3 * H + j, h = h + row * H + j
                let r = Vector.sigmoid(a.vector(at: 0, count: n) + s.vector(at: 0, count: n))
                let z = Vector.sigmoid(a.vector(at: H, count: n) + s.vector(at: H, count: n))
                let new = Vector.tanh(a.vector(at: 2 * H, count: n) + r * s.vector(at: 2 * H, count: n))
                a.setVector(at: 0, count: n, r)
                a.setVector(at: H, count: n, z)
                a.setVector(at: 2 * H, count: n, new)
                h.setVector(at: all, count: n, (1 - z) * new + z * h.vector(at: 0, count: n))
            }
        }
        swapBatchAndTime(h + all, t, b, H, into: result.pointer)
        return result.recorded(from: [self, weight, bias, state]) { [self] result in
            let a = gates.pointer, s = shares.pointer, h = hidden.pointer
            let slopes = Buffer(count: count), ofShares = Buffer(count: count), carried = Tensor(repeating: 0, shape: [b, H])
            for step in (0 ..< t).reversed() {
                let at = step * 3 * all, a = a + at, s = s + at, da = slopes.pointer + at, ds = ofShares.pointer + at, h = h + step * all
                forEachUnit(b, H) { row, j, n in
                    let at = row * 3 * H + j, a = a + at, s = s + at, da = da + at, ds = ds + at
                    let dy = result.gradientPointer + (row * t + step) * H + j, carried = carried.pointer + row * H + j
                    let r = a.vector(at: 0, count: n), z = a.vector(at: H, count: n), new = a.vector(at: 2 * H, count: n)
                    let dh = dy.vector(at: 0, count: n) + carried.vector(at: 0, count: n)
                    let dNew = dh * (1 - z) * (1 - new * new)
                    let dr = dNew * s.vector(at: 2 * H, count: n) * r * (1 - r)
                    let dz = dh * ((h + row * H + j).vector(at: 0, count: n) - new) * z * (1 - z)
                    da.setVector(at: 0, count: n, dr)
                    da.setVector(at: H, count: n, dz)
                    da.setVector(at: 2 * H, count: n, dNew)
                    ds.setVector(at: 0, count: n, dr)
                    ds.setVector(at: H, count: n, dz)
                    ds.setVector(at: 2 * H, count: n, dNew * r)
                    carried.setVector(at: 0, count: n, dh * z)  // h' = .. + z·h
                }
                OpenBLAS.multiply(b, H, 3 * H, ds, lda: 3 * H, weight.pointer, ldb: H, carried.pointer, ldc: H, beta: 1)
            }
            weight.accumulate { dw, beta in
                OpenBLAS.multiply(3 * H, H, b * t, ofShares.pointer, lda: 3 * H, transposeA: true, h, ldb: H, dw, ldc: H, beta: beta)
            }
            bias.accumulate { db, beta in Tensor.sumRows(ofShares.pointer, b * t, 3 * H, into: db, beta: beta) }
            state.accumulate(vectors: { carried.pointer.vector($0) })
            accumulate { swapBatchAndTime(slopes.pointer, t, b, 3 * H, into: $0, beta: $1) }
        }
    }
}

/// [n,m,width] -> [m,n,width], written over or added to what is there.
private func swapBatchAndTime(
    _ x: UnsafeMutablePointer<Float>, _ n: Int, _ m: Int, _ width: Int, into y: UnsafeMutablePointer<Float>, beta: Float = 0
) {
    for i in 0 ..< n {
        for j in 0 ..< m {
            let x = x + (i * m + j) * width, y = y + (j * n + i) * width
            if beta == 0 { y.update(from: x, count: width) } else { for k in 0 ..< width { y[k] += x[k] } }
        }
    }
}

/// Calls `body` for each row and each vector of up to 16 of its `width` units: the row, the first unit, and how many.
@inline(__always)
private func forEachUnit(_ rows: Int, _ width: Int, _ body: (_ row: Int, _ first: Int, _ count: Int) -> Void) {
    Workers.split(rows, minimum: max(1, 4096 / width)) { _, range in
        for row in range {
            var j = 0
            while j < width {
                body(row, j, min(16, width - j))
                j += 16
            }
        }
    }
}
