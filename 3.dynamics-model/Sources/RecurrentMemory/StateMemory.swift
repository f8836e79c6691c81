// StateMemory.swift - what is a state, and what can be done with it?
//
// Everything that a model of this chapter knows of the past is one row of numbers of fixed size. Two things move it on: a
// frame that was seen, and a frame that is imagined. In both cases the action comes first: row t of a state has seen a_{t-1}
// and frame t. What acts on it decides a_t.

import Layers
import Randomness
import Tensors

/// B states, side by side. A value: a copy is another future.
public struct MemoryState {
    /// What is handed on from frame to frame, [B,·].
    public var recurrent: Tensor
    /// What the last frame added to it (rssm: G dice as one-hot rows), [B,·]; nil where that is the frame itself.
    public var drawn: Tensor?
    /// The last frame, as normalized latents [B,D]: seen, or imagined.
    public var frame: Tensor

    public init(recurrent: Tensor, drawn: Tensor? = nil, frame: Tensor) {
        (self.recurrent, self.drawn, self.frame) = (recurrent, drawn, frame)
    }

    public var batch: Int { frame.size(0) }

    /// Row `rows[i]` becomes row i.
    public func selecting(_ rows: [Int]) -> MemoryState {
        MemoryState(recurrent: recurrent.rows(at: rows), drawn: drawn?.rows(at: rows), frame: frame.rows(at: rows))
    }
}

/// A model that keeps a state.
public protocol StateMemory: Module {
    var configuration: MemoryConfiguration { get }
    /// The state that has seen one frame [B,D] and nothing before. Temperature 0: the middle of what it may make of it; 1: a draw.
    func beginning(with frame: Tensor, temperature: Float, using generator: inout SeededGenerator) -> MemoryState
    /// ... that has seen `frame` after one action for each of the B.
    func observed(
        _ frame: Tensor, after actions: [Int], in state: MemoryState, temperature: Float, using generator: inout SeededGenerator
    ) -> MemoryState
    /// ... that imagines what comes after the actions.
    func imagined(after actions: [Int], in state: MemoryState, temperature: Float, using generator: inout SeededGenerator) -> MemoryState
    /// What a policy or a probe may read of a state, [B,F].
    func features(of state: MemoryState) -> Tensor
    /// The loss of clips [B,T,D] and the actions between their frames, and its parts by name.
    func loss(_ frames: Tensor, actions: [Int], using generator: inout SeededGenerator) -> (total: Tensor, parts: [String: Double])
}

extension StateMemory {
    /// What has been seen, without chance.
    public func beginning(with frame: Tensor) -> MemoryState {
        var unused = SeededGenerator(seed: 0)
        return beginning(with: frame, temperature: 0, using: &unused)
    }
    public func observed(_ frame: Tensor, after actions: [Int], in state: MemoryState) -> MemoryState {
        var unused = SeededGenerator(seed: 0)
        return observed(frame, after: actions, in: state, temperature: 0, using: &unused)
    }

    /// One row of A numbers for each action: 1 for the one that was taken.
    func oneHot(_ actions: [Int]) -> Tensor {
        let A = configuration.actions, result = Tensor(repeating: 0, shape: [actions.count, A])
        for (row, action) in actions.enumerated() { result.pointer[row * A + action] = 1 }
        return result
    }
}
