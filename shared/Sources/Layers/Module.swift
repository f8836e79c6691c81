// Module.swift - what is a layer?
//
// An object that owns tensors and is called like a function. It lists its tensors by hand under dotted names; those names
// are the keys of the checkpoint, the same that PyTorch's `state_dict` would have. Nothing is found by reflection.

import Tensors

/// A tensor under its dotted name, for example `encoder.blocks.0.space.qkv.weight`.
public typealias NamedTensor = (name: String, tensor: Tensor)

/// Something with tensors of its own.
public protocol Module: AnyObject {
    /// Every tensor that a checkpoint must hold. Those with `requiresGradient` are trained; the others (a codebook, running
    /// statistics) are kept up by the module itself.
    var tensors: [NamedTensor] { get }
}

extension Module {
    /// This module's tensors with `name.` in front.
    public func tensors(in name: String) -> [NamedTensor] {
        tensors.map { (name: "\(name).\($0.name)", tensor: $0.tensor) }
    }

    /// The tensors that an optimizer trains.
    public var parameters: [NamedTensor] { tensors.filter { $0.tensor.requiresGradient } }

    /// How many numbers are trained.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }
}
