// ContrastiveModel.swift - can a picture and a sentence be compared?
//
// A small CLIP (arXiv 2103.00020, figure 3): an image transformer and a text transformer end in one space, where a picture and a sentence
// that is true of it are to lie in the same direction. Their cosine says how well they fit.

import Layers
import Randomness
import Tensors

/// Something that learns a reward from labels: its logits, whose sigmoid is the reward.
public protocol RewardLearner: Module {
    /// frames [B,H,W,3] -> [B]
    func rewardLogits(_ frames: Tensor) -> Tensor
    var configuration: ScorerConfiguration { get }
}

public final class ContrastiveModel: RewardLearner {
    public static let kind = "reward-scorer"

    /// Its shape never changes; labels and calibration are noted when it has been fine-tuned.
    public var configuration: ScorerConfiguration
    public let tokenizer: WordTokenizer
    let image: ImageTransformer, text: TextTransformer
    /// t and b of the loss, [1] each; the temperature is learned as its logarithm, as in CLIP, so that it stays positive.
    let logTemperature: Tensor, bias: Tensor

    public init(_ configuration: ScorerConfiguration, using generator: inout SeededGenerator) {
        self.configuration = configuration
        tokenizer = WordTokenizer(words: configuration.words)
        image = ImageTransformer(configuration, using: &generator)
        text = TextTransformer(configuration, using: &generator)
        logTemperature = Tensor([Float(2.302_585)], shape: [1]).asParameter()                     // t = 10
        // Of our pairs about one in fourteen fits: sigmoid(-2.5). (SigLIP has one in thousands, and begins at -10.)
        bias = Tensor([-2.5], shape: [1]).asParameter()
    }

    /// Directions of pictures: frames [B,H,W,3] -> [B,E], each of length 1.
    public func directions(of frames: Tensor) -> Tensor { unit(image(frames)) }

    /// Directions of sentences -> [B,E], each of length 1.
    public func directions(of sentences: [String]) -> Tensor {
        unit(text(sentences.map { tokenizer.tokens(of: $0, length: configuration.textLength) }))
    }

    /// x / |x|. The RMS norm of E numbers has length √E.
    private func unit(_ x: Tensor) -> Tensor {
        let e = x.size(-1)
        return x.rmsNorm(Tensor(repeating: 1 / Float(e).squareRoot(), shape: [e]))
    }

    /// t·cosine + b for every picture (row) with every sentence (column): [B,C].
    public func logits(_ frames: Tensor, _ sentences: [String]) -> Tensor {
        let cosines = directions(of: frames).linear(directions(of: sentences))
        return cosines * logTemperature.exp() + (configuration.loss == .sigmoid ? bias : Tensor([0], shape: [1]))
    }

    public var temperature: Float { logTemperature.exp().item }

    /// t·(cosine to positive - cosine to negative): the same as a softmax over the two sentences.
    public func rewardLogits(_ frames: Tensor) -> Tensor {
        let difference = difference(of: configuration.positive, and: configuration.negative)
        return (directions(of: frames).linear(difference) * logTemperature.exp()).reshaped([-1])
    }

    /// The direction of one sentence minus that of another, [1,E].
    func difference(of positive: String, and negative: String) -> Tensor {
        let prompts = directions(of: [positive, negative])                                        // [2,E]
        return prompts.sliced(axis: 0, 0 ..< 1) - prompts.sliced(axis: 0, 1 ..< 2)
    }

    public var tensors: [NamedTensor] {
        image.tensors(in: "image") + text.tensors(in: "text") + [("log_temperature", logTemperature), ("bias", bias)]
    }
}
