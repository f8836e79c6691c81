// Regressor.swift - what if one simply trained a network to say the label?
//
// The baseline: the scorer's image transformer, from scratch, and one number at its end. It has seen nothing but the labeled frames, so
// whatever tells them apart, be it the pattern of one room's floor, will do. As the scorer, it is asked of both sides (Scorer.swift).

import Foundation
import Layers
import Randomness
import Tensors
import Training

public final class Regressor: RewardLearner, FrameScorer, CheckpointedModel {
    public static let kind = "reward-regressor", maker = "train-reward"

    public var configuration: ScorerConfiguration
    let image: ImageTransformer, toReward: Linear

    public init(_ configuration: ScorerConfiguration, using generator: inout SeededGenerator) {
        self.configuration = configuration
        image = ImageTransformer(configuration, using: &generator)
        toReward = Linear(configuration.embeddingDimensions, 1, gain: 0.1, using: &generator)
    }

    public func rewardLogits(_ frames: Tensor) -> Tensor { toReward(image(frames)).reshaped([-1]) }

    public func rewards(of frames: Tensor) -> [Float] {
        inParts(frames) { ((rewardLogits($0) + rewardLogits(mirrored($0))) * 0.5).sigmoid() }
    }

    public var tensors: [NamedTensor] { image.tensors(in: "image") + toReward.tensors(in: "to_reward") }
}
