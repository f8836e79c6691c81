// AttentionKernel.swift - the arithmetic of one attention head over one sequence, forward and backward.
//
// Everything here is a few kilobytes: L×hd queries, keys and values, L×L weights. Rows are padded to whole vectors of
// 16 with zeros. Forward: S = Q·Kᵀ, W = softmax(S/√hd), Y = W·V. Backward, line by line the derivative of that:
// dV = Wᵀ·dY, dW = dY·Vᵀ, dS = W·(dW - Σ W·dW)/√hd, dQ = dS·K, dK = dSᵀ·Q. Turning by an angle is undone by the opposite.

typealias Floats = UnsafeMutablePointer<Float>

/// What all heads of one attention call have in common.
struct AttentionPlan {
    /// L, the positions that are listened to; of these the first `pastLength` lie in another array and ask nothing themselves.
    let length: Int, pastLength: Int, headWidth: Int, isCausal: Bool
    /// [L, padded L] numbers that are added to the scores, 0 or -∞, or nil.
    let mask: Floats?
    /// The rotary table's numbers, [L, hd/2] each, or nil. Plain pointers: copying a reference to an object would count it up
    /// and down for every head, and that took a tenth of a training step. The caller keeps the table alive.
    let cosines: Floats?, sines: Floats?
    /// Distances between two positions of a sequence, in the qkv array and in the result.
    let inputStep: Int, outputStep: Int

    /// Positions that ask.
    var queries: Int { length - pastLength }
    /// L and hd, rounded up to whole vectors.
    var paddedLength: Int { (length + 15) / 16 * 16 }
    var paddedWidth: Int { (headWidth + 15) / 16 * 16 }
    /// Numbers that hold the attention weights of one head, a row for each position that asks.
    var weightsCount: Int { queries * paddedLength }

    /// `pastK` and `pastV` are where the past's rows begin; nil where there is no past.
    func forward(
        _ s: AttentionScratch, q: Floats, k: Floats, v: Floats, pastK: Floats? = nil, pastV: Floats? = nil, y: Floats, weights: Floats
    ) {
        let past = 0 ..< pastLength, present = pastLength ..< length, scale = 1 / Float(headWidth).squareRoot()
        gather(q, inputStep, into: s.q, turned: true, at: present)
        if let pastK { gather(pastK, inputStep, into: s.rows, turned: true, at: past) }
        gather(k, inputStep, into: s.rows + pastLength * paddedWidth, turned: true, at: present)
        if queries == 1 {  // the next frame, with a memory of the others: vectors, not matrices
            for j in 0 ..< length { weights[j] = dot(s.q, s.rows + j * paddedWidth, headWidth) }
            softmax(weights, visible: length, mask, scale)
            for i in 0 ..< headWidth { y[i] = 0 }
            for j in 0 ..< length {
                let v = j < pastLength ? pastV! + j * inputStep : v, w = weights[j]
                for i in 0 ..< headWidth { y[i] += w * v[i] }
            }
            return
        }
        transpose(s.rows, into: s.columns)
        multiply(queries, paddedLength, headWidth, s.q, paddedWidth, 1, s.columns, paddedLength, weights)
        for i in 0 ..< queries {
            softmax(weights + i * paddedLength, visible: isCausal ? pastLength + i + 1 : length, mask.map { $0 + i * paddedLength }, scale)
        }
        if let pastV { gather(pastV, inputStep, into: s.rows, turned: false, at: past) }
        gather(v, inputStep, into: s.rows + pastLength * paddedWidth, turned: false, at: present)
        multiply(queries, paddedWidth, length, weights, paddedLength, 1, s.rows, paddedWidth, s.result)
        scatter(s.result, to: y, outputStep, turned: false, beta: 0)
    }

    func backward(
        _ s: AttentionScratch, q: Floats, k: Floats, v: Floats, weights: Floats,
        dy: Floats, dq: Floats, dk: Floats, dv: Floats, beta: Float
    ) {
        gather(dy, outputStep, into: s.dy, turned: false, at: 0 ..< length)
        multiply(length, paddedWidth, length, weights, 1, paddedLength, s.dy, paddedWidth, s.result)  // dV = Wᵀ·dY
        scatter(s.result, to: dv, inputStep, turned: false, beta: beta)

        gather(v, inputStep, into: s.rows, turned: false, at: 0 ..< length)
        transpose(s.rows, into: s.columns)
        multiply(length, paddedLength, headWidth, s.dy, paddedWidth, 1, s.columns, paddedLength, s.scores)  // dW = dY·Vᵀ
        let scale = 1 / Float(headWidth).squareRoot()
        for i in 0 ..< length {  // dS = W·(dW - Σ W·dW)/√hd
            let w = weights + i * paddedLength, ds = s.scores + i * paddedLength
            let inner = dot(w, ds, paddedLength)
            for j in 0 ..< paddedLength { ds[j] = w[j] * (ds[j] - inner) * scale }
        }

        gather(k, inputStep, into: s.rows, turned: true, at: 0 ..< length)
        multiply(length, paddedWidth, length, s.scores, paddedLength, 1, s.rows, paddedWidth, s.result)  // dQ = dS·K
        scatter(s.result, to: dq, inputStep, turned: true, beta: beta)
        gather(q, inputStep, into: s.q, turned: true, at: 0 ..< length)
        multiply(length, paddedWidth, length, s.scores, 1, paddedLength, s.q, paddedWidth, s.result)  // dK = dSᵀ·Q
        scatter(s.result, to: dk, inputStep, turned: true, beta: beta)
    }

    /// Copies rows of one head to contiguous memory, turned by the rotary angles of their positions.
    private func gather(_ source: Floats, _ step: Int, into target: Floats, turned: Bool, at positions: Range<Int>) {
        let half = headWidth / 2, first = positions.lowerBound
        for p in 0 ..< positions.count {
            let x = source + p * step, y = target + p * paddedWidth
            if turned, let cosines, let sines {
                turn(x, into: y, half, cosines + (first + p) * half, sines + (first + p) * half, sign: 1)
            } else {
                for i in 0 ..< headWidth { y[i] = x[i] }
            }
        }
    }

    /// Writes (beta 0) or adds (beta 1) one head's rows of the positions that ask back, turned by the opposite angles.
    private func scatter(_ source: Floats, to target: Floats, _ step: Int, turned: Bool, beta: Float) {
        let half = headWidth / 2
        for p in 0 ..< queries {
            let x = source + p * paddedWidth, y = target + p * step
            if turned, let cosines, let sines {
                turn(x, into: x, half, cosines + p * half, sines + p * half, sign: -1)
            }
            if beta == 0 { for i in 0 ..< headWidth { y[i] = x[i] } } else { for i in 0 ..< headWidth { y[i] += x[i] } }
        }
    }

    /// Turns the pairs (i, i + half) of one row by their angles, or back. (Sixteen at a time, and &+: a loop that checks its sums for
    /// overflow stays a loop over single numbers, and was a tenth of an imagined frame.)
    @inline(__always)
    private func turn(_ x: Floats, into y: Floats, _ half: Int, _ cosines: Floats, _ sines: Floats, sign: Float) {
        var i = 0
        while i &+ 16 <= half {
            let (a, b) = (x.vector(at: i), x.vector(at: i &+ half)), (c, s) = (cosines.vector(at: i), sines.vector(at: i) * sign)
            y.setVector(at: i, a * c - b * s)
            y.setVector(at: i &+ half, b * c + a * s)
            i &+= 16
        }
        while i < half {
            let (a, b) = (x[i], x[i &+ half]), (c, s) = (cosines[i], sines[i] * sign)
            y[i] = a * c - b * s
            y[i &+ half] = b * c + a * s
            i &+= 1
        }
    }

    /// [L, hd] -> [hd, L].
    private func transpose(_ rows: Floats, into columns: Floats) {
        for p in 0 ..< length {
            for i in 0 ..< headWidth { columns[i * paddedLength + p] = rows[p * paddedWidth + i] }
        }
    }

    /// softmax(scale · row) over the first `visible` elements, zero in the others and where the mask is -∞.
    private func softmax(_ row: Floats, visible: Int, _ mask: Floats?, _ scale: Float) {
        for j in visible ..< paddedLength { row[j] = -.infinity }
        if let mask { for j in 0 ..< visible { row[j] += mask[j] } }
        var top = row.vector(at: 0)
        for j in stride(from: 16, to: paddedLength, by: 16) {
            let next = row.vector(at: j)
            top.replace(with: next, where: next .> top)
        }
        let highest = top.max()
        var sums = Vector.zero
        for j in stride(from: 0, to: paddedLength, by: 16) {
            let e = Vector.exp((row.vector(at: j) - highest) * scale)
            row.setVector(at: j, e)
            sums += e
        }
        let inverse = 1 / sums.sum()  // what e^-∞ leaves behind is below 1e-37 and not seen in the sum
        for j in 0 ..< visible { row[j] *= inverse }
        for j in visible ..< paddedLength { row[j] = 0 }
        if let mask { for j in 0 ..< visible where mask[j] != 0 { row[j] = 0 } }
    }
}

/// A worker's own memory for one head.
final class AttentionScratch {
    private let buffer: Buffer
    /// [L, hd] each; `columns` is [hd, L], `scores` [L, L].
    let q: Floats, rows: Floats, dy: Floats, result: Floats, columns: Floats, scores: Floats

    init(_ plan: AttentionPlan) {
        let rowsCount = plan.length * plan.paddedWidth, columnsCount = plan.paddedWidth * plan.paddedLength
        let total = 4 * rowsCount + columnsCount + plan.weightsCount
        buffer = Buffer(count: total)
        // Padding is never written and stays zero; where there is none, everything is written.
        let isPadded = plan.paddedWidth != plan.headWidth || plan.paddedLength != plan.length
        if isPadded { buffer.pointer.update(repeating: 0, count: total) }
        q = buffer.pointer
        rows = q + rowsCount
        dy = rows + rowsCount
        result = dy + rowsCount
        columns = result + rowsCount
        scores = columns + columnsCount
    }
}

/// C[m,n] = A[m,k]·B[k,n] for small matrices, `n` a multiple of 16. Element (i, p) of A is at `a[i·aRow + p·aColumn]`, so that a
/// transposed A needs no copy.
///
/// Skip this on a first reading. It is no more than
///
///     for i in 0 ..< m {
///         for j in 0 ..< n {
///             c[i * n + j] = (0 ..< k).reduce(0) { $0 + a[i * aRow + $1 * aColumn] * b[$1 * bRow + j] }
///         }
///     }
///
/// in an order in which eight sums stay in registers: four rows by two vectors of 16 columns at once.
@inline(__always)
private func multiply(_ m: Int, _ n: Int, _ k: Int, _ a: Floats, _ aRow: Int, _ aColumn: Int, _ b: Floats, _ bRow: Int, _ c: Floats) {
    var j = 0
    while j < n {
        let isPair = j &+ 32 <= n  // two vectors of columns, or the last one alone
        var i = 0
        while i < m {
            let rows = min(4, m &- i)
            // Rows beyond the last repeat it; their sums are not stored.
            let a0 = a + i &* aRow, a1 = a + (i &+ min(1, rows &- 1)) &* aRow
            let a2 = a + (i &+ min(2, rows &- 1)) &* aRow, a3 = a + (i &+ rows &- 1) &* aRow
            var c00 = Vector.zero, c10 = c00, c20 = c00, c30 = c00, c01 = c00, c11 = c00, c21 = c00, c31 = c00
            if isPair {
                for p in 0 ..< k {
                    let b0 = b.vector(at: p &* bRow &+ j), b1 = b.vector(at: p &* bRow &+ j &+ 16), at = p &* aColumn
                    let s0 = Vector(repeating: a0[at]), s1 = Vector(repeating: a1[at])
                    let s2 = Vector(repeating: a2[at]), s3 = Vector(repeating: a3[at])
                    c00.addProduct(s0, b0); c01.addProduct(s0, b1)
                    c10.addProduct(s1, b0); c11.addProduct(s1, b1)
                    c20.addProduct(s2, b0); c21.addProduct(s2, b1)
                    c30.addProduct(s3, b0); c31.addProduct(s3, b1)
                }
            } else {
                for p in 0 ..< k {
                    let b0 = b.vector(at: p &* bRow &+ j), at = p &* aColumn
                    c00.addProduct(Vector(repeating: a0[at]), b0)
                    c10.addProduct(Vector(repeating: a1[at]), b0)
                    c20.addProduct(Vector(repeating: a2[at]), b0)
                    c30.addProduct(Vector(repeating: a3[at]), b0)
                }
            }
            let target = c + (i &* n &+ j)
            target.setVector(at: 0, c00)
            if rows > 1 { target.setVector(at: n, c10) }
            if rows > 2 { target.setVector(at: 2 &* n, c20) }
            if rows > 3 { target.setVector(at: 3 &* n, c30) }
            if isPair {
                target.setVector(at: 16, c01)
                if rows > 1 { target.setVector(at: n &+ 16, c11) }
                if rows > 2 { target.setVector(at: 2 &* n &+ 16, c21) }
                if rows > 3 { target.setVector(at: 3 &* n &+ 16, c31) }
            }
            i &+= 4
        }
        j &+= isPair ? 32 : 16
    }
}
