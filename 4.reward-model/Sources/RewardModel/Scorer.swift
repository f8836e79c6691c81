// Scorer.swift - how good is this picture, in words?
//
//     reward = sigmoid( scale · (cosine to "a red Kong dog toy ..." - cosine to "an empty kitchen floor ...") + offset )
//
// One sentence alone would not do: every picture of a kitchen is a little like every sentence about one, and the second sentence takes
// that away. On each side there are several, and the mean of their cosines counts. And every picture is looked at from both sides: what
// counts is the mean of it and its mirror image.

import Captions
import Foundation
import Layers
import Randomness
import SafeTensors
import Tensors
import Training

/// The small scorer, ready to use.
public final class Scorer: FrameScorer {
    public let model: ContrastiveModel
    public let scale: Float, offset: Float
    /// What the sentences differ in, [1,E], and what they would differ in in a mirror, [1,E]: all that a reward needs of the text
    /// transformer.
    private let difference: Tensor, inTheMirror: Tensor

    /// - Parameter positive, negative: other sentences than those that the model was fine-tuned on. Its scale was not made for them.
    public init(_ model: ContrastiveModel, positive: [String]? = nil, negative: [String]? = nil) {
        let c = model.configuration
        self.model = model
        (scale, offset) = (c.scale ?? model.temperature, c.offset)
        let (good, bad) = (positive ?? c.positive, negative ?? c.negative)
        (difference, inTheMirror) = Tensor.withoutGradients {
            (model.difference(of: good, and: bad), model.difference(of: good.map(Grammar.mirrored), and: bad.map(Grammar.mirrored)))
        }
    }

    /// Reads configuration and weights.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL, positive: [String]? = nil, negative: [String]? = nil) throws {
        self.init(try ContrastiveModel(checkpoint: url), positive: positive, negative: negative)
    }

    /// What a scorer is fine-tuned from, for its training state and its model.
    public static func origin(pretrained url: URL) throws -> String { Run.origin(from: try SafeTensorsFile(contentsOf: url).fingerprint()) }

    /// Checks that a fine-tuned scorer was made from this pretrained one. Those that do not say are believed.
    /// - Throws: `TrainingError`.
    public static func check(_ tuned: URL, against pretrained: URL) throws {
        guard let said = try SafeTensorsFile(contentsOf: tuned).metadata["origin"], try said != origin(pretrained: pretrained) else {
            return
        }
        throw TrainingError(
            "\(tuned.relativePath): was not fine-tuned from \(pretrained.relativePath); "
                + "go on with `train-reward --resume` if training was killed, "
            + "or train again with --overwrite")
    }

    public func rewards(of frames: Tensor) -> [Float] {
        differences(of: frames).map { 1 / (1 + exp(-(scale * $0 + offset))) }
    }

    /// Mean cosine to the positive sentences minus that to the negative ones, B numbers: the mean of each picture and its mirror image,
    /// where left and right are exchanged in the sentences, too (test-time augmentation). Both should say the same; where they err, they
    /// seldom err alike.
    public func differences(of frames: Tensor) -> [Float] {
        inParts(frames) {
            (model.directions(of: $0).linear(difference) + model.directions(of: mirrored($0)).linear(inTheMirror)) * 0.5
        }
    }
}

/// Applies `body` to at most 64 frames at a time, without a graph; what overshoots 0...1 is cut off.
func inParts(_ frames: Tensor, _ body: (Tensor) -> Tensor) -> [Float] {
    stride(from: 0, to: frames.size(0), by: 64).flatMap { first in
        Tensor.withoutGradients { body(frames.sliced(axis: 0, first ..< min(first + 64, frames.size(0))).clamped(0, 1)).values }
    }
}
