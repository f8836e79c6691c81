// ContrastiveModel.swift - can a picture and a sentence be compared?
//
// A small CLIP (arXiv 2103.00020, figure 3): an image transformer and a text transformer end in one space, where a picture and a sentence
// that is true of it are to lie in the same direction. Their cosine says how well they fit.

import Captions
import Layers
import Randomness
import Tensors
import Training

/// Something that learns a reward from labels: its logits, whose sigmoid is the reward.
public protocol RewardLearner: Module {
    /// frames [B,H,W,3] -> [B]
    func rewardLogits(_ frames: Tensor) -> Tensor
    var configuration: ScorerConfiguration { get }
}

public final class ContrastiveModel: RewardLearner, CheckpointedModel {
    public static let kind = "reward-scorer", maker = "train-reward"

    /// Its shape never changes; labels and calibration are noted when it has been fine-tuned.
    public var configuration: ScorerConfiguration
    public let tokenizer: WordTokenizer
    let image: ImageTransformer, text: TextTransformer
    /// t and b of the loss, [1] each; the temperature is learned as its logarithm, as in CLIP, so that it stays positive.
    let logTemperature: Tensor, bias: Tensor
    /// [E] each: what the vectors of all pictures, and of all sentences, have in common. Averages of the batches
    /// of pretraining; nothing that is trained.
    private let imageMean: Tensor, textMean: Tensor

    public init(_ configuration: ScorerConfiguration, using generator: inout SeededGenerator) {
        self.configuration = configuration
        tokenizer = WordTokenizer(words: configuration.words)
        image = ImageTransformer(configuration, using: &generator)
        text = TextTransformer(configuration, using: &generator)
        logTemperature = Tensor([Float(2.302_585)], shape: [1]).asParameter()                     // t = 10
        // Of our pairs about one in eight fits: sigmoid(-2). (SigLIP has one in thousands, and begins at -10.)
        bias = Tensor([-2], shape: [1]).asParameter()
        (imageMean, textMean) = (
            Tensor(repeating: 0, shape: [configuration.embeddingDimensions]),
            Tensor(repeating: 0, shape: [configuration.embeddingDimensions])
        )
    }

    /// Directions of pictures: frames [B,H,W,3] -> [B,E], each of length 1.
    public func directions(of frames: Tensor) -> Tensor { unit(image(frames) - imageMean) }

    /// Directions of sentences -> [B,E], each of length 1.
    public func directions(of sentences: [String]) -> Tensor { unit(embeddings(of: sentences) - textMean) }

    private func embeddings(of sentences: [String]) -> Tensor {
        text(sentences.map { tokenizer.tokens(of: $0, length: configuration.textLength) })
    }

    /// x without what its rows have in common: [B,E] -> [B,E]. Without this, training begins by making all pictures alike, and all
    /// sentences: that is the quickest way to be wrong less often, and it takes long to come back from there (DINO's centering, arXiv
    /// 2104.14294, section 3.1).
    private func centered(_ x: Tensor, _ runningMean: Tensor) -> Tensor {
        let mean = x.mean(axis: 0)                                                                // [1,E]
        for i in 0 ..< mean.count { runningMean.pointer[i] += 0.05 * (mean.pointer[i] - runningMean.pointer[i]) }
        return x - mean
    }

    /// x / |x|. The RMS norm of E numbers has length √E.
    private func unit(_ x: Tensor) -> Tensor {
        let e = x.size(-1)
        return x.rmsNorm(Tensor(repeating: 1 / Float(e).squareRoot(), shape: [e]))
    }

    /// t·cosine + b for every picture (row) with every sentence (column): [B,C]. In training, what is common is that of this batch.
    public func logits(_ frames: Tensor, _ sentences: [String], isTraining: Bool = false) -> Tensor {
        let cosines = isTraining
            ? unit(centered(image(frames), imageMean)).linear(unit(centered(embeddings(of: sentences), textMean)))
            : directions(of: frames).linear(directions(of: sentences))
        return cosines * logTemperature.exp() + (configuration.loss == .sigmoid ? bias : Tensor([0], shape: [1]))
    }

    public var temperature: Float { logTemperature.exp().item }

    /// t·(mean cosine to positive - mean cosine to negative); of one sentence each, the same as a softmax over the two.
    public func rewardLogits(_ frames: Tensor) -> Tensor {
        let difference = difference(of: configuration.positive, and: configuration.negative)
        return (directions(of: frames).linear(difference) * logTemperature.exp()).reshaped([-1])
    }

    /// The mean direction of some sentences minus that of others, [1,E]: prompt ensembling (arXiv 2103.00020, section 3.1.4).
    func difference(of positive: [String], and negative: [String]) -> Tensor {
        directions(of: positive).mean(axis: 0) - directions(of: negative).mean(axis: 0)
    }

    public var tensors: [NamedTensor] {
        image.tensors(in: "image") + text.tensors(in: "text") + [
            ("log_temperature", logTemperature), ("bias", bias), ("image_mean", imageMean), ("text_mean", textMean),
        ]
    }
}
