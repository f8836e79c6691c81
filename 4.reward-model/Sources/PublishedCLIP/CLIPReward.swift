// CLIPReward.swift - how do two cosines become a reward?
//
// One cosine alone says little: it stays in a narrow band whatever the sentence, and moves with the light as much as with what is
// there. The difference to a sentence that says the opposite cancels what has nothing to do with the question:
//
//   reward = sigmoid( scale · (cos(picture, positive) - cos(picture, negative)) )
//
// With the model's own scale and one sentence each this is its softmax over the two: the share of "positive" if it must be one of them.

import Foundation
import Pictures
import RewardModel
import Tensors
import Training

/// A published CLIP that scores pictures by sentences, without having been trained to: "zero-shot".
public final class CLIPReward: FrameScorer {
    public let model: CLIPModel
    public let scale: Float
    /// [2,Z]: the mean of the positive sentences, and of the negative ones. Computed once; they are the same for every picture.
    private let sentences: Tensor

    public init(_ model: CLIPModel, positive: [String] = Prompts.positive, negative: [String] = Prompts.negative, scale: Float? = nil) {
        self.model = model
        self.scale = scale ?? model.logitScale
        sentences = .concatenated([positive, negative].map { model.embeddings(of: $0).mean(axis: 0) }, axis: 0)
    }

    /// How well the sentences of each side fit each picture, in the mean: -1...1.
    public func cosines(of images: [Image]) -> [(positive: Float, negative: Float)] {
        let cosines = model.embeddings(of: images).linear(sentences)                // [B,2]
        return images.indices.map { (cosines.pointer[2 * $0], cosines.pointer[2 * $0 + 1]) }
    }

    public func reward(_ cosines: (positive: Float, negative: Float)) -> Float {
        1 / (1 + expf(-scale * (cosines.positive - cosines.negative)))
    }

    public func rewards(of frames: Tensor) -> [Float] {
        cosines(of: (0 ..< frames.size(0)).map { Image(frames, frame: $0) }).map(reward)
    }
}
