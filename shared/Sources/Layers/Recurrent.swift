// Recurrent.swift - what if the past were one vector, rewritten at every frame?
//
// A transformer keeps all that it saw and looks back. These two keep a state of fixed size: a frame costs the same whether it is the second
// or the two-hundredth, and what the state let go of is gone. Gates decide: an LSTM has a cell that is only added to and faded (`c`), so
// that gradients survive many frames; a GRU does the same with one vector and three quarters of the weights. LSTM: Hochreiter &
// Schmidhuber, Neural Computation 9 (1997); GRU: arXiv 1406.1078. As `torch.nn.LSTM` and `torch.nn.GRU`.

import Randomness
import Tensors

/// Long short-term memory: clips [B,T,I] -> [B,T,H]. Its state is [B,2H]: h, then c.
public final class LSTM: Module {
    /// From the input to the gates: [4H,I] and [4H].
    public let input: Linear
    /// From h to the gates, [4H,H]; i f g o.
    public let weight: Tensor

    public init(_ inputWidth: Int, _ width: Int, using generator: inout SeededGenerator) {
        input = Linear(inputWidth, 4 * width, using: &generator)
        weight = Tensor.normal([4 * width, width], standardDeviation: 1 / Float(width).squareRoot(), using: &generator).asParameter()
        // A new cell should remember: at 0 its forget gate would halve c at every frame.
        (input.bias!.pointer + width).update(repeating: 1, count: width)
    }

    public var width: Int { weight.shape[1] }
    public func emptyState(batch: Int) -> Tensor { Tensor(repeating: 0, shape: [batch, 2 * width]) }

    /// h after each frame, and the state after the last.
    public func callAsFunction(_ x: Tensor, state: Tensor? = nil) -> (hidden: Tensor, state: Tensor) {
        let (b, t) = (x.size(0), x.size(1)), states = input(x).lstm(weight, state: state ?? emptyState(batch: b))          // [B,T,2H]
        return (states.sliced(axis: 2, 0 ..< width), states.sliced(axis: 1, t - 1 ..< t).reshaped([b, 2 * width]))
    }

    public var tensors: [NamedTensor] { input.tensors(in: "input") + [("weight", weight)] }
}

/// Gated recurrent unit: clips [B,T,I] -> [B,T,H]. Its state is [B,H].
public final class GRU: Module {
    /// From the input to the gates: [3H,I] and [3H].
    public let input: Linear
    /// From h to the gates, [3H,H] and [3H]; r z n.
    public let weight: Tensor, bias: Tensor

    public init(_ inputWidth: Int, _ width: Int, using generator: inout SeededGenerator) {
        input = Linear(inputWidth, 3 * width, using: &generator)
        weight = Tensor.normal([3 * width, width], standardDeviation: 1 / Float(width).squareRoot(), using: &generator).asParameter()
        bias = Tensor(repeating: 0, shape: [3 * width]).asParameter()
        // z = 1 keeps the state. It begins nearer to keeping than to replacing, as in DreamerV3.
        (input.bias!.pointer + width).update(repeating: 1, count: width)
    }

    public var width: Int { weight.shape[1] }
    public func emptyState(batch: Int) -> Tensor { Tensor(repeating: 0, shape: [batch, width]) }

    /// The state after each frame, [B,T,H].
    public func callAsFunction(_ x: Tensor, state: Tensor? = nil) -> Tensor {
        input(x).gru(weight, bias: bias, state: state ?? emptyState(batch: x.size(0)))
    }

    public var tensors: [NamedTensor] { input.tensors(in: "input") + [("weight", weight), ("bias", bias)] }
}
