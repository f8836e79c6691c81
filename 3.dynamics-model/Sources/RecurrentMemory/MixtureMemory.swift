// MixtureMemory.swift - World Models' M: an LSTM that reads frames and actions and says what the next frame may be.
//
//   h, c = LSTM([z_t, a_t], h, c)          p(z_{t+1} | past) = Π_j Σ_k π_jk · N(µ_jk, σ_jk)     from h
//
// Its h is all that it knows of the past: a policy that reads z and h sees the frame and what M expects of it. Note the order: when a_t is
// chosen, h has read frames up to t-1 and the action a_{t-1}; it never contains the answer of the frame in view (arXiv 1803.10122, section
// 2 and appendix A.2 to A.3).

import Layers
import Randomness
import Tensors

/// MDN-RNN.
public final class MixtureMemory: StateMemory {
    public let configuration: MemoryConfiguration
    let lstm: LSTM, heads: Linear

    public init(_ configuration: MemoryConfiguration, using generator: inout SeededGenerator) {
        let c = configuration
        self.configuration = c
        lstm = LSTM(c.numbers + c.actions, c.stateDimensions, using: &generator)
        heads = Linear(c.stateDimensions, 3 * c.numbers * c.gaussians, using: &generator)
    }

    /// h, then c, [B,2H], and the frame that no h has read yet. What is seen leaves nothing to chance here.
    public func beginning(with frame: Tensor, temperature: Float, using generator: inout SeededGenerator) -> MemoryState {
        MemoryState(recurrent: lstm.emptyState(batch: frame.size(0)), frame: frame)
    }

    public func observed(
        _ frame: Tensor, after actions: [Int], in state: MemoryState, temperature: Float, using generator: inout SeededGenerator
    ) -> MemoryState {
        MemoryState(recurrent: read(actions, state).state, frame: frame)
    }

    public func imagined(
        after actions: [Int], in state: MemoryState, temperature: Float, using generator: inout SeededGenerator
    ) -> MemoryState {
        let (hidden, recurrent) = read(actions, state)
        let mixture = GaussianMixture(heads(hidden.reshaped([state.batch, -1])), count: configuration.gaussians)
        return MemoryState(recurrent: recurrent, frame: mixture.drawn(temperature: temperature, using: &generator))
    }

    private func read(_ actions: [Int], _ state: MemoryState) -> (hidden: Tensor, state: Tensor) {
        let input = Tensor.concatenated([state.frame, oneHot(actions)], axis: 1)                                 // [B,D+A]
        return lstm(input.reshaped([state.batch, 1, -1]), state: state.recurrent)
    }

    /// z and h, [B,D+H].
    public func features(of state: MemoryState) -> Tensor {
        .concatenated([state.frame, state.recurrent.sliced(axis: 1, 0 ..< configuration.stateDimensions)], axis: 1)
    }

    public func loss(_ frames: Tensor, actions: [Int], using generator: inout SeededGenerator) -> (total: Tensor, parts: [String: Double]) {
        let (b, t, d) = (frames.size(0), frames.size(1), configuration.numbers)
        // Frames 0 to T-2 with the actions that follow them are read; frames 1 to T-1 are what is to be said.
        let input = Tensor.concatenated([frames.sliced(axis: 1, 0 ..< t - 1), oneHot(actions).reshaped([b, t - 1, -1])], axis: 2)
        let mixture = GaussianMixture(heads(lstm(input).hidden).reshaped([b * (t - 1), -1]), count: configuration.gaussians)
        let total = mixture.negativeLogLikelihood(frames.sliced(axis: 1, 1 ..< t).reshaped([b * (t - 1), d]))
        return (total, ["nats_per_number": Double(total.item)])
    }

    public var tensors: [NamedTensor] { lstm.tensors(in: "lstm") + heads.tensors(in: "heads") }
}
