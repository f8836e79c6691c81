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
    private let epsilon: Float

    public convenience init(_ width: Int) {
        self.init(weight: Tensor(repeating: 1, shape: [width]).asParameter(), bias: Tensor(repeating: 0, shape: [width]).asParameter())
    }

    /// A layer of weights that were trained elsewhere, perhaps with another `epsilon`.
    public init(weight: Tensor, bias: Tensor, epsilon: Float = 1e-5) { (self.weight, self.bias, self.epsilon) = (weight, bias, epsilon) }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNorm(weight, bias, epsilon: epsilon) }

    public var tensors: [NamedTensor] { [("weight", weight), ("bias", bias)] }
}

/// Takes each picture's own mean and spread out, over all pixels and a group of channels: [B,..,C] -> the same shape (arXiv 1803.08494).
public final class GroupNorm: Module {
    /// [C] each; nil: scale and shift come from outside.
    public let weight: Tensor?, bias: Tensor?
    public let groups: Int

    public init(_ channels: Int, groups: Int, affine: Bool = true) {
        weight = affine ? Tensor(repeating: 1, shape: [channels]).asParameter() : nil
        bias = affine ? Tensor(repeating: 0, shape: [channels]).asParameter() : nil
        self.groups = groups
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.groupNorm(groups, scale: weight, shift: bias) }

    public var tensors: [NamedTensor] { [("weight", weight), ("bias", bias)].compactMap { name, tensor in tensor.map { (name, $0) } } }
}
