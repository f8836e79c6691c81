// AgentHeads.swift - what would a person do here, what is it worth, and what comes of it?
//
// Three small heads on a state of the agent. Policy and reward look ahead: one output for each of the next L moments
// ("multi-token prediction", Dreamer 4, arXiv 2509.24527, section 3.3), so that a head that has noticed a toy at the edge must
// know that it will soon be in the middle.
//
// A reward between 0 and 1 needs no symexp and no two-hot: a plain squared error does.

import Layers
import Randomness
import Tensors

public final class AgentHeads: Module {
    /// A, and L: the moments after this one that are looked ahead to.
    public let actions: Int, lookAhead: Int
    private let embedding: Linear, norm: RMSNorm, hidden: SwiGLU, outputNorm: RMSNorm
    private let policy: Linear, reward: Linear, value: Linear

    /// `state` is how many numbers a state has.
    public init(state: Int, actions: Int, lookAhead: Int = 4, width: Int = 64, using generator: inout SeededGenerator) {
        (self.actions, self.lookAhead) = (actions, lookAhead)
        embedding = Linear(state, width, using: &generator)
        norm = RMSNorm(width)
        hidden = SwiGLU(width: width, hidden: 3 * width, using: &generator)
        outputNorm = RMSNorm(width)
        policy = Linear(width, (lookAhead + 1) * actions, gain: 0.1, using: &generator)
        reward = Linear(width, lookAhead + 1, gain: 0.1, using: &generator)
        value = Linear(width, 1, gain: 0, using: &generator)       // a value head that knows nothing says nothing
    }

    /// States [N,n] -> logits [N,(L+1)·A] of this action and the next L, rewards [N,L+1], values [N,1].
    /// - Parameter isValueAlone: whether the value learns from what is there, and moves nothing that the others stand on.
    public func callAsFunction(_ states: Tensor, isValueAlone: Bool = false) -> (policy: Tensor, reward: Tensor, value: Tensor) {
        let x = embedding(states), h = outputNorm(hidden(norm(x), residual: x))
        return (policy(h), reward(h), value(isValueAlone ? h.stopGradient() : h))
    }

    /// Logits [N,A] of the action that comes next.
    public func nextAction(_ policy: Tensor) -> Tensor { policy.sliced(axis: -1, 0 ..< actions) }

    /// Behavior cloning and reward (Dreamer 4, section 3.3): -Σ ln π(a_{t+n}|s_t), n = 0 ... L, and the
    /// squared error of r_{t+n}, both averaged.
    /// - Parameters:
    ///   - states: [B,T,n], clips. `taken`: what was done in each moment, B·T; nil where nobody shall be imitated. `rewards`: B·T. What
    ///     lies behind the end of a clip does not count.
    public func cloningLoss(_ states: Tensor, taken: [Int?], rewards: [Float]) -> Tensor {
        let (N, T, width) = (taken.count, states.size(1), lookAhead + 1)
        precondition(states.size(0) * T == N && rewards.count == N, "\(N) actions and \(rewards.count) rewards for \(states.shape)")
        let (policy, reward, _) = self(states.reshaped([N, states.size(2)]))
        var targets: [Int] = [], ahead: [Float] = [], counts: [Float] = []
        for t in 0 ..< N {
            for n in 0 ..< width {
                let isInside = t % T + n < T
                targets.append(isInside ? taken[t + n] ?? -1 : -1)
                ahead.append(isInside ? rewards[t + n] : 0)
                counts.append(isInside ? 1 : 0)
            }
        }
        let misses = (reward.reshaped([N * width]) - Tensor(ahead, shape: [N * width])).squared() * Tensor(counts, shape: [N * width])
        return policy.reshaped([N * width, actions]).crossEntropy(targets) + misses.sum() / counts.reduce(0, +)
    }

    public var tensors: [NamedTensor] {
        embedding.tensors(in: "embedding") + norm.tensors(in: "norm") + hidden.tensors(in: "hidden") + outputNorm.tensors(in: "output_norm")
            + policy.tensors(in: "policy") + reward.tensors(in: "reward") + value.tensors(in: "value")
    }
}
