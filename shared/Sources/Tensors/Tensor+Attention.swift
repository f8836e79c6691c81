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

extension Tensor {
    /// Multi-head attention along `axis` of a [.., L, .., 3·nh·hd] tensor of queries, keys and values -> [.., L, .., nh·hd].
    /// With `isCausal` position i sees only positions up to i. `rotary`, when given, has at least L positions and hd/2 pairs.
    public func attention(axis: Int, heads: Int, isCausal: Bool, rotary: RotaryTable? = nil) -> Tensor {
        let width = size(-1) / 3, headWidth = width / heads
        let (outer, length, rest) = around(axis)
        let inner = rest / (3 * width)
        precondition(size(-1) == 3 * heads * headWidth, "attention: \(size(-1)) channels are not 3 · \(heads) heads")
        precondition(rotary == nil || (rotary!.length >= length && rotary!.pairs * 2 == headWidth),
                     "attention: the rotary table is \(rotary!.length) positions × \(rotary!.pairs) pairs, needed are \(length) × \(headWidth / 2)")
        let result = Tensor(uninitialized: shape.dropLast() + [width])
        let plan = AttentionPlan(
            length: length, headWidth: headWidth, isCausal: isCausal, cosines: rotary?.cosines.pointer, sines: rotary?.sines.pointer,
            inputStep: inner * 3 * width, outputStep: inner * width)
        let weights = Buffer(count: outer * inner * heads * plan.weightsCount)

        /// Cuts the sequences among the workers. `start` is the row, [outer, inner], at which a sequence begins.
        func forEachHead(_ body: (_ scratch: AttentionScratch, _ input: Int, _ output: Int, _ weights: Int) -> Void) {
            Workers.split(outer * inner, minimum: max(1, 20_000 / (length * length * heads))) { _, sequences in
                let scratch = AttentionScratch(plan)
                for sequence in sequences {
                    let row = sequence / inner * length * inner + sequence % inner
                    for head in 0 ..< heads {
                        body(scratch, row * 3 * width + head * headWidth, row * width + head * headWidth,
                             (sequence * heads + head) * plan.weightsCount)
                    }
                }
            }
        }

        let x = pointer, y = result.pointer
        forEachHead { scratch, input, output, at in
            plan.forward(scratch, q: x + input, k: x + input + width, v: x + input + 2 * width,
                         y: y + output, weights: weights.pointer + at)
        }
        return result.recorded(from: [self]) { [self] result in
            let x = pointer, dy = result.gradientPointer
            defer { withExtendedLifetime(rotary) {} }
            accumulate { dx, beta in
                forEachHead { scratch, input, output, at in
                    plan.backward(
                        scratch, q: x + input, k: x + input + width, v: x + input + 2 * width, weights: weights.pointer + at,
                        dy: dy + output, dq: dx + input, dk: dx + input + width, dv: dx + input + 2 * width, beta: beta)
                }
            }
        }
    }
}
