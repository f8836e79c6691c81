// RewardEye.swift - an agent that sees pictures needs an eye: which one learns fastest what matters?
//
// One that is asked. Beside the policy, two small questions hang on its layers: how good is this frame, and how good would the next be
// after each action? The answers are those of whoever judges, of frames recorded and dreamed. The second cannot be answered without knowing
// on which side the toy is. (DIAMOND's agent has an eye that nobody asks, and trains for days.)

import Layers
import Randomness
import Tensors

/// Frames [N,H,W,3] in 0...1 -> [N,F].
public final class RewardEye: Module {
    /// F
    public var width: Int { layers.width }
    private let layers: PictureLayers, reward: Linear, ahead: Linear

    public init(imageSize: Int, channels: Int, actions: Int, using generator: inout SeededGenerator) {
        layers = PictureLayers(imageSize: imageSize, inputs: 3, channels: channels, using: &generator)
        reward = Linear(layers.width, 1, gain: 0.1, using: &generator)
        ahead = Linear(layers.width, actions, gain: 0.1, using: &generator)
    }

    public func callAsFunction(_ frames: Tensor) -> Tensor { layers(frames) }

    /// How far its answers are from the judge's, for features [B·T,F] of clips in order.
    /// - Parameters:
    ///   - scores: B·T. `actions`: B·(T-1), what led from each frame to the next.
    public func loss(_ features: Tensor, scores: [Float], actions: [Int]) -> Tensor {
        let N = scores.count, T = N / (N - actions.count)
        precondition(features.shape == [N, width] && N % T == 0, "\(N) scores and \(actions.count) actions for \(features.shape)")
        let here = reward(features).reshaped([N]).sigmoidCrossEntropy(Tensor(scores, shape: [N]))
        let followed = (0 ..< N).filter { $0 % T < T - 1 }
        let next = ahead(features.rows(at: followed)).gathered(actions)
        return here + next.sigmoidCrossEntropy(Tensor(followed.map { scores[$0 + 1] }, shape: [followed.count]))
    }

    public var tensors: [NamedTensor] {
        layers.tensors + reward.tensors(in: "reward") + ahead.tensors(in: "ahead")
    }
}
