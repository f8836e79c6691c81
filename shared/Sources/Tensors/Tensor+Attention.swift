// Tensor+Attention.swift - how can one kernel attend over space, over time, or over any other axis?
//
// Attention mixes L positions with each other: y_i = Σ_j softmax_j(q_i·k_j / √hd) v_j (arXiv 1706.03762, equation 1). In
// [B,T,N,3E] the positions of one frame lie side by side, those of one patch through time lie N·3E numbers apart. The usual
// way transposes the array so that L comes to the end, and back. Here each worker gathers one head of one sequence, L rows
// wherever they lie, into a few kilobytes, and turns them by their rotary angle on the way; the rest is small products.
//
// Shapes: qkv [outer.., L, inner.., 3·nh·hd] -> [outer.., L, inner.., nh·hd]; the last dimension holds q, k, v, each nh
// heads of hd.

import Foundation

/// The angles of rotary position embedding (arXiv 2104.09864, equation 15): one for each pair of dimensions of a head, at
/// each position.
///
/// Pairs are (i, i + hd/2), "rotate half". `cosines` and `sines` are [L, hd/2].
public struct RotaryTable {
    let cosines: Buffer, sines: Buffer
    public let length: Int, pairs: Int

    /// `angles[p][i]` turns pair `i` at position `p`, in radians.
    public init(angles: [[Float]]) {
        precondition(Set(angles.map(\.count)).count <= 1, "rotary table: all positions have as many angles")
        length = angles.count
        pairs = angles.first?.count ?? 0
        cosines = Buffer(count: length * pairs)
        sines = Buffer(count: length * pairs)
        for (p, row) in angles.enumerated() {
            for (i, angle) in row.enumerated() {
                cosines.pointer[p * pairs + i] = cosf(angle)
                sines.pointer[p * pairs + i] = sinf(angle)
            }
        }
    }
}

/// Who sees whom, where "everybody" and "only the past" do not say it.
public struct AttentionMask {
    let numbers: Buffer
    public let length: Int

    /// `sees(i, j)` says whether position i listens to position j; each must listen to one at least.
    public init(length: Int, sees: (Int, Int) -> Bool) {
        let padded = (length + 15) / 16 * 16
        self.length = length
        numbers = Buffer(count: length * padded)
        for i in 0 ..< length {
            precondition((0 ..< length).contains { sees(i, $0) }, "attention mask: position \(i) sees nothing")
            for j in 0 ..< padded { numbers.pointer[i * padded + j] = j < length && sees(i, j) ? 0 : -.infinity }
        }
    }
}

extension Tensor {
    /// Multi-head attention along `axis` of a [.., L, .., 3·nh·hd] tensor of queries, keys and values -> [.., L, .., nh·hd].
    ///
    /// With `isCausal` position i sees only positions up to i; `mask`, for exactly L positions, can say anything else. `rotary`, when
    /// given, has at least as many positions as there are, and hd/2 pairs.
    /// `past` holds queries, keys and values of earlier positions, [.., M, .., 3·nh·hd]: they are listened to and need not be computed
    /// again (a "key/value cache"). Without gradients only.
    public func attention(
        axis: Int, heads: Int, isCausal: Bool, rotary: RotaryTable? = nil, mask: AttentionMask? = nil, past: Tensor? = nil
    ) -> Tensor {
        let width = size(-1) / 3, headWidth = width / heads
        let (outer, queries, rest) = around(axis)
        let pastLength = past?.size(axis) ?? 0, length = pastLength + queries
        let inner = rest / (3 * width)
        precondition(size(-1) == 3 * heads * headWidth, "attention: \(size(-1)) channels are not 3 · \(heads) heads")
        precondition(rotary == nil || (rotary!.length >= length && rotary!.pairs * 2 == headWidth),
            "attention: the rotary table is \(rotary!.length) positions × \(rotary!.pairs) pairs, needed are \(length) × \(headWidth / 2)")
        precondition(mask == nil || mask!.length == length && past == nil, "attention: a mask for \(mask!.length) positions, not \(length)")
        precondition(past == nil || past!.around(axis).outer == outer && past!.around(axis).inner == rest,
                     "attention: the past \(past!.shape) does not fit \(shape)")
        precondition(past == nil || !Tensor.isRecording || !(requiresGradient || past!.requiresGradient),
                     "attention with a past records no graph: use withoutGradients")
        let result = Tensor(uninitialized: shape.dropLast() + [width])
        let plan = AttentionPlan(
            length: length, pastLength: pastLength, headWidth: headWidth, isCausal: isCausal, mask: mask?.numbers.pointer,
            cosines: rotary?.cosines.pointer, sines: rotary?.sines.pointer,
            inputStep: inner * 3 * width, outputStep: inner * width)
        let weights = Buffer(count: outer * inner * heads * plan.weightsCount)

        /// Cuts the heads among the workers: a single frame is but one sequence. A sequence begins at a row of [outer, L, inner].
        func forEachHead(_ body: (_ scratch: AttentionScratch, _ input: Int, _ past: Int, _ output: Int, _ weights: Int) -> Void) {
            let work = (2 * queries + 4) * length * headWidth  // two products for each position that asks, and fetching the rows
            Workers.split(outer * inner * heads, minimum: max(1, 100_000 / work)) { _, range in
                let scratch = AttentionScratch(plan)
                for at in range {
                    let (sequence, head) = (at / heads, at % heads)
                    let row = sequence / inner * queries * inner + sequence % inner
                    let pastRow = sequence / inner * pastLength * inner + sequence % inner
                    body(
                        scratch, row * 3 * width + head * headWidth, pastRow * 3 * width + head * headWidth, row * width + head * headWidth,
                        at * plan.weightsCount)
                }
            }
        }

        let x = pointer, y = result.pointer, p = past?.pointer
        forEachHead { scratch, input, past, output, at in
            plan.forward(scratch, q: x + input, k: x + input + width, v: x + input + 2 * width,
                pastK: p.map { $0 + past + width }, pastV: p.map { $0 + past + 2 * width }, y: y + output, weights: weights.pointer + at)
        }
        guard past == nil else { return result }
        return result.recorded(from: [self]) { [self] result in
            let x = pointer, dy = result.gradientPointer
            defer { withExtendedLifetime((rotary, mask)) {} }
            accumulate { dx, beta in
                forEachHead { scratch, input, _, output, at in
                    plan.backward(
                        scratch, q: x + input, k: x + input + width, v: x + input + 2 * width, weights: weights.pointer + at,
                        dy: dy + output, dq: dx + input, dk: dx + input + width, dv: dx + input + 2 * width, beta: beta)
                }
            }
        }
    }
}
