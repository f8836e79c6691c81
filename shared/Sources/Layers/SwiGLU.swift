// SwiGLU.swift - what does a position do with what it has heard?

import Randomness
import Tensors

/// The feed-forward layer down(silu(gate(x)) · up(x)): [.., E] -> [.., E] (arXiv 2002.05202, equation 6).
public final class SwiGLU: Module {
    public let gate: Linear, up: Linear, down: Linear

    public init(width: Int, hidden: Int, using generator: inout SeededGenerator) {
        gate = Linear(width, hidden, bias: false, hiddenMaps: 1, using: &generator)
        up = Linear(width, hidden, bias: false, hiddenMaps: 1, using: &generator)
        down = Linear(hidden, width, bias: false, hiddenMaps: 1, using: &generator)
    }

    /// feed-forward(x), added to `residual` when there is one.
    public func callAsFunction(_ x: Tensor, residual: Tensor? = nil) -> Tensor {
        down(Tensor.swiGLU(gate: gate(x), up: up(x)), residual: residual)
    }

    public var tensors: [NamedTensor] { gate.tensors(in: "gate") + up.tensors(in: "up") + down.tensors(in: "down") }
}
