// RecurrentPolicy.swift - a memory of what was seen, and on it two heads that begin by saying nothing.
//
//   features of a frame, and what led to it -> GRU -> a chance for each action; and what it expects of life
//
// A toy that has left the picture is still somewhere. At zero, heads give every action the same chance and every moment the same worth
// (half of the worst): whatever the policy comes to prefer, it has learned.

import Layers
import Randomness
import Tensors

/// [B,T,F] -> [B,T,A] and [B,T].
public final class RecurrentPolicy: Module {
    private let actions: Int, input: Linear, norm: RMSNorm, gru: GRU, policy: Linear, value: Linear

    public init(features: Int, width: Int, actions: Int, using generator: inout SeededGenerator) {
        self.actions = actions
        input = Linear(features + actions, width, using: &generator)
        norm = RMSNorm(width)
        gru = GRU(width, width, using: &generator)
        policy = Linear(width, actions, gain: 0, using: &generator)
        value = Linear(width, 1, gain: 0, using: &generator)
    }

    /// - Parameters:
    ///   - led: what led to each moment, B·T; nil where nothing did. `state`: [B,E] after the moments before.
    /// - Returns: logits, values -1 ... 0, and the state after each moment [B,T,E].
    public func callAsFunction(_ features: Tensor, led: [Int?], state: Tensor? = nil) -> (policy: Tensor, value: Tensor, states: Tensor) {
        let (B, T) = (features.size(0), features.size(1))
        let x = Tensor.concatenated([features, RecurrentPolicy.oneHot(led, actions).reshaped([B, T, actions])], axis: 2)
        let h = gru(norm(input(x)).silu(), state: state)
        return (policy(h), value(h).sigmoid().reshaped([B, T]) * -1, h)
    }

    /// [n,A]: a 1 for what was done, nothing where nothing was.
    static func oneHot(_ led: [Int?], _ actions: Int) -> Tensor {
        let result = Tensor(repeating: 0, shape: [led.count, actions])
        for case (let row, let action?) in led.enumerated() { result.pointer[row * actions + action] = 1 }
        return result
    }

    public var tensors: [NamedTensor] {
        input.tensors(in: "input") + norm.tensors(in: "norm") + gru.tensors(in: "gru")
            + policy.tensors(in: "policy") + value.tensors(in: "value")
    }
}
