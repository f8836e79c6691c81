// ConditionedBlock.swift - how does a code change what a block does? Or a noise level, or a sentence?
//
// Adaptive layer norm, AdaLN-Zero (DiT, arXiv 2212.09748, section 3.2): from the condition come a scale and a shift for each normalized
// copy and a gate for each result. The gates begin at 0: the untrained block does nothing, and what it does first is what is asked of it.
// The alternative adds the condition to the residual stream.
//
// x [B,T,N,E], condition [B,T,E] -> [B,T,N,E]. The condition of step t meets only the tokens of step t.

import Layers
import Randomness
import Tensors

public final class ConditionedBlock: Module {
    let norms: [RMSNorm], space: Attention, time: Attention, feedForward: SwiGLU
    /// [E] -> scale, shift and gate for each of the three sublayers, 9·E; or [E] -> what is added, E.
    let modulation: Linear
    let isAdaptive: Bool

    /// `grid` gives the rotary angles of the N patches, `line` those of the T frames.
    public init(
        width: Int, heads: Int, hidden: Int, isAdaptive: Bool = true, grid: RotaryTable, line: RotaryTable,
        using generator: inout SeededGenerator
    ) {
        norms = (0 ..< 3).map { _ in RMSNorm(width) }
        space = Attention(width: width, heads: heads, axis: -2, isCausal: false, rotary: grid, using: &generator)
        time = Attention(width: width, heads: heads, axis: -3, isCausal: true, rotary: line, using: &generator)
        feedForward = SwiGLU(width: width, hidden: hidden, using: &generator)
        self.isAdaptive = isAdaptive
        modulation = Linear(width, isAdaptive ? 9 * width : width, gain: isAdaptive ? 0 : 1, using: &generator)
    }

    /// `mask`, when given, says which steps see which, in place of "no step sees the future".
    public func callAsFunction(_ x: Tensor, condition: Tensor, mask: AttentionMask? = nil) -> Tensor {
        let (b, t, e) = (x.size(0), x.size(1), x.size(3))
        precondition(condition.shape == [b, t, e], "a condition [B,T,E] for \(x.shape), not \(condition.shape)")
        let parts = modulation(condition).reshaped([b, t, 1, -1])           // the same for all N patches of a step
        if !isAdaptive {
            var x = x + parts
            x = space(norms[0](x), residual: x)
            x = time(norms[1](x), residual: x, mask: mask)
            return feedForward(norms[2](x), residual: x)
        }
        let asked = stride(from: 0, to: 9 * e, by: e).map { parts.sliced(axis: -1, $0 ..< $0 + e) }            // nine times [B,T,1,E]
        var x = x
        x = x + asked[2] * space(norms[0](x) * (asked[0] + 1) + asked[1])               // scale, shift and gate of attention over space
        x = x + asked[5] * time(norms[1](x) * (asked[3] + 1) + asked[4], mask: mask)    // of attention over time
        return x + asked[8] * feedForward(norms[2](x) * (asked[6] + 1) + asked[7])      // of the feed-forward layer
    }

    /// How far the gates of the three sublayers are open for a condition [1,1,E], on average: to look at. Empty where nothing has gates.
    public func gates(_ condition: Tensor) -> [Float] {
        guard isAdaptive else { return [] }
        let asked = Tensor.withoutGradients { modulation(condition) }.values, e = condition.size(2)
        return [2, 5, 8].map { part in asked[part * e ..< (part + 1) * e].reduce(0) { $0 + abs($1) } / Float(e) }
    }

    public var tensors: [NamedTensor] {
        norms.enumerated().flatMap { $1.tensors(in: "norms.\($0)") } + space.tensors(in: "space") + time.tensors(in: "time")
            + feedForward.tensors(in: "feedforward") + modulation.tensors(in: "modulation")
    }
}
