// Norms.swift - layers that keep the size of activations in hand.

import Tensors

/// Divides each row by its root mean square: [.., E] -> [.., E] (arXiv 1910.07467).
public final class RMSNorm: Module {
    /// [E]
    public let weight: Tensor

    public init(_ width: Int) { weight = Tensor(repeating: 1, shape: [width]).asParameter() }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNorm(weight) }

    public var tensors: [NamedTensor] { [("weight", weight)] }
}

/// Shifts and scales each row to mean 0 and variance 1: [.., E] -> [.., E] (arXiv 1607.06450).
public final class LayerNorm: Module {
    /// [E] each
    public let weight: Tensor, bias: Tensor

    public init(_ width: Int) {
        weight = Tensor(repeating: 1, shape: [width]).asParameter()
        bias = Tensor(repeating: 0, shape: [width]).asParameter()
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNorm(weight, bias) }

    public var tensors: [NamedTensor] { [("weight", weight), ("bias", bias)] }
}
