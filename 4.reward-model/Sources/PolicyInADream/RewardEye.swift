// RewardEye.swift - an agent that sees pictures needs an eye: which one learns fastest what matters?
//
// One that is asked. Four convolutions halve the picture four times and keep where things are: 64x64 -> 4x4x32. Beside the policy, two
// small questions hang on them: how good is this frame, and how good would the next be after each action? The answers are the scorer's, of
// frames recorded and dreamed. The second cannot be answered without knowing on which side the toy is. (DIAMOND has a reward model and an
// agent with an eye each, and trains for days.)

import Layers
import Randomness
import Tensors

/// Frames [N,H,W,3] in 0...1 -> [N,F].
public final class RewardEye: Module {
    /// F
    public let width: Int
    private let layers: [Convolution], reward: Linear, ahead: Linear

    public init(imageSize: Int, channels: Int, actions: Int, using generator: inout SeededGenerator) {
        let sizes = [3, channels, 2 * channels, 2 * channels, 2 * channels]
        layers = (0 ..< 4).map { Convolution(sizes[$0], sizes[$0 + 1], size: 4, stride: 2, gain: 1.4, using: &generator) }
        width = imageSize / 16 * (imageSize / 16) * 2 * channels
        reward = Linear(width, 1, gain: 0.1, using: &generator)
        ahead = Linear(width, actions, gain: 0.1, using: &generator)
    }

    public func callAsFunction(_ frames: Tensor) -> Tensor {
        layers.reduce(frames - 0.5) { $1($0).silu() }.reshaped([frames.size(0), width])
    }

    /// How far its answers are from the scorer's, for features [B·T,F] of clips in order.
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
        layers.enumerated().flatMap { $1.tensors(in: "layers.\($0)") } + reward.tensors(in: "reward") + ahead.tensors(in: "ahead")
    }
}
