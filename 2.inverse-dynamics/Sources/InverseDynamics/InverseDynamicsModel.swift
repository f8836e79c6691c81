// InverseDynamicsModel.swift - if a few transitions are labeled, can the others be labeled from them?
//
// Predicting the action *between* two frames is far easier than predicting what somebody will do next: nothing has to be guessed, only
// seen. So a little labeled video trains a labeler for a lot of unlabeled video (VPT, arXiv 2206.11795, section 3).
//
// In: pairs of frames [B,2,H,W,3]. Out: scores of the A actions [B,A].

import Layers
import Randomness
import Tensors
import Training

public final class InverseDynamicsModel: CheckpointedModel {
    public static let kind = "inverse-dynamics-model", maker = "train-actions --model supervised"

    /// What the checkpoint remembers.
    public struct Configuration: ModelConfiguration, Equatable {
        public var encoder: ActionConfiguration
        /// A, in the order of their numbers; may be "0", "1"... where nobody named them.
        public var actionNames: [String]
        /// How many labeled transitions it was trained on.
        public var labels: Int

        public init(encoder: ActionConfiguration, actionNames: [String], labels: Int) {
            (self.encoder, self.actionNames, self.labels) = (encoder, actionNames, labels)
        }

        public var leastWeights: Double { encoder.encoderWeights + Double(encoder.embeddingDimensions * actionNames.count) }

        public func check() throws {
            try encoder.check()
            guard !actionNames.isEmpty, labels >= 0 else {
                throw TrainingError("action configuration: there are no actions, or fewer than no labels")
            }
        }
    }

    public let configuration: Configuration
    let encoder: TransitionEncoder, toActions: Linear

    public init(_ configuration: Configuration, using generator: inout SeededGenerator) {
        self.configuration = configuration
        encoder = TransitionEncoder(configuration.encoder, using: &generator)
        toActions = Linear(configuration.encoder.embeddingDimensions, configuration.actionNames.count, gain: 0.1, using: &generator)
    }

    public func callAsFunction(_ pairs: Tensor) -> Tensor {
        precondition(pairs.size(1) == 2, "the inverse dynamics model takes pairs of frames, not \(pairs.shape)")
        return toActions(encoder(pairs)).reshaped([pairs.size(0), -1])          // [B,1,E] -> [B,A]
    }

    /// The most likely action between the frames of each pair. Records no graph.
    public func actions(of pairs: Tensor) -> [Int] { Tensor.withoutGradients { self(pairs).argmax() } }

    public var tensors: [NamedTensor] { encoder.tensors(in: "encoder") + toActions.tensors(in: "to_actions") }
}
