// Attention.swift - which other positions should this position listen to?
//
// Each position asks a question (q), offers a label (k) and holds a message (v); it receives the average of all messages, weighted by
// how well their labels answer its question (arXiv 1706.03762). The layer works along any one axis of its input: over the
// patches of a frame ("space"), or over the frames at one patch ("time", causal: nobody hears the future).

import Foundation
import Randomness
import Tensors

/// Multi-head self-attention along one axis: [.., L, .., E] -> the same shape.
public final class Attention: Module {
    public let qkv: Linear, output: Linear
    public let heads: Int, axis: Int, isCausal: Bool
    public let rotary: RotaryTable

    /// `axis` counts from the end: -2 is the second to last dimension of the input.
    public init(
        width: Int, heads: Int, axis: Int, isCausal: Bool, rotary: RotaryTable, using generator: inout SeededGenerator
    ) {
        qkv = Linear(width, 3 * width, bias: false, hiddenMaps: 3, using: &generator)
        output = Linear(width, width, bias: false, hiddenMaps: 1, using: &generator)
        (self.heads, self.axis, self.isCausal, self.rotary) = (heads, axis, isCausal, rotary)
    }

    /// attention(x), added to `residual` when there is one. A `mask` says who sees whom in place of `isCausal`, `rotary` gives the
    /// positions other angles than the layer's, and `isCausal` another answer than its own to whether they hear those behind them.
    public func callAsFunction(
        _ x: Tensor, residual: Tensor? = nil, mask: AttentionMask? = nil, rotary: RotaryTable? = nil, isCausal: Bool? = nil
    ) -> Tensor {
        let mixed = qkv(x).attention(
            axis: axis, heads: heads, isCausal: (isCausal ?? self.isCausal) && mask == nil, rotary: rotary ?? self.rotary, mask: mask)
        return output(mixed, residual: residual)
    }

    /// The same for positions that come after those whose queries, keys and values are in `past` (nil: there are none). Also gives back
    /// this input's own: appended to the past, they are what the next positions need.
    public func callAsFunction(_ x: Tensor, residual: Tensor, past: Tensor?) -> (output: Tensor, qkv: Tensor) {
        let own = qkv(x)
        return (output(own.attention(axis: axis, heads: heads, isCausal: isCausal, rotary: rotary, past: past), residual: residual), own)
    }

    /// How much each of L positions listens to each other: [heads,L,L] for x [L,E], to look at. Nothing but the messages is changed: each
    /// says who sent it, and as many senders at a time as a message has numbers.
    public func weights(_ x: Tensor) -> Tensor {
        let (L, E) = (x.size(0), x.size(1)), width = E / heads
        return Tensor.withoutGradients {
            let own = qkv(x), weights = Tensor(repeating: 0, shape: [heads, L, L])
            for first in stride(from: 0, to: L, by: width) {
                for sender in 0 ..< L {
                    for i in 0 ..< E { own.pointer[sender * 3 * E + 2 * E + i] = sender == first + i % width ? 1 : 0 }
                }
                let heard = own.reshaped([1, L, 3 * E]).attention(axis: -2, heads: heads, isCausal: isCausal, rotary: rotary)
                for head in 0 ..< heads {
                    for listener in 0 ..< L {
                        for i in 0 ..< min(width, L - first) {
                            weights.pointer[(head * L + listener) * L + first + i] = heard.pointer[listener * E + head * width + i]
                        }
                    }
                }
            }
            return weights
        }
    }

    public var tensors: [NamedTensor] { qkv.tensors(in: "qkv") + output.tensors(in: "output") }
}

extension RotaryTable {
    /// Positions 0 ..< length on a line: pair i turns by position · base^(-i / pairs) (arXiv 2104.09864, section 3.2.2).
    ///
    /// The base is 100, not the 10,000 of language models: our longest axis has tens of positions, not thousands.
    public static func line(length: Int, headWidth: Int, base: Float = 100) -> RotaryTable {
        line(positions: Array(0 ..< length), headWidth: headWidth, base: base)
    }

    /// The same for positions in any order; two may be equal.
    public static func line(positions: [Int], headWidth: Int, base: Float = 100) -> RotaryTable {
        let pairs = headWidth / 2
        return RotaryTable(angles: positions.map { p in
            (0 ..< pairs).map { i in Float(p) * powf(base, -Float(i) / Float(pairs)) }
        })
    }

    /// Positions on a grid, row-major: the first half of the pairs turns by the row, the second by the column. The product of a query
    /// and a key then depends on how far apart two patches are in both directions, wherever they are.
    public static func grid(rows: Int, columns: Int, headWidth: Int, base: Float = 100) -> RotaryTable {
        let pairs = headWidth / 4
        return RotaryTable(angles: (0 ..< rows * columns).map { p in
            [p / columns, p % columns].flatMap { position in
                (0 ..< pairs).map { i in Float(position) * powf(base, -Float(i) / Float(pairs)) }
            }
        })
    }
}
