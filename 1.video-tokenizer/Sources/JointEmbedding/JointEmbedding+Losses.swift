// JointEmbedding+Losses.swift - one batch, one number to make smaller: what each objective adds up.

import Foundation
import Layers
import Randomness
import Tensors

/// A batch of pairs of frames.
public struct FramePairs {
    /// [B,2,H,W,3]
    public let frames: Tensor
    /// [B]: what was done between the two.
    public let actions: [Int]?
    /// [B·2] each: the truth about the Kong, NaN where it is not visible.
    public let bearing, distance: [Float]?

    public init(frames: Tensor, actions: [Int]?, bearing: [Float]? = nil, distance: [Float]? = nil) {
        (self.frames, self.actions, self.bearing, self.distance) = (frames, actions, bearing, distance)
    }
}

extension JointEmbedding {
    /// The loss, and its parts by name for the log.
    public func loss(_ pairs: FramePairs, using generator: inout SeededGenerator) -> (total: Tensor, parts: [String: Tensor]) {
        let c = configuration
        switch c.objective {
        case .masks:
            let loss = maskedLoss(pairs.frames, using: &generator)
            return (loss, ["masked_loss": loss])
        case .labels:
            let loss = labelLoss(pairs)
            return (loss, ["label_loss": loss])
        case .naive, .variance, .sigreg:
            return predictionLoss(pairs.frames, oneHot(pairs.actions!, of: c.actions), labels: pairs.actions, using: &generator)
        case .distortions:
            let changed = Distortion.pairs(of: pairs.frames, using: &generator)
            return predictionLoss(changed.frames, changed.actions, labels: nil, using: &generator)
        }
    }

    /// |ẑ' - z'|², and what keeps z from collapsing. The gradient flows into both sides: nothing is stopped.
    private func predictionLoss(
        _ frames: Tensor, _ actions: Tensor, labels: [Int]?, using generator: inout SeededGenerator
    ) -> (total: Tensor, parts: [String: Tensor]) {
        let c = configuration, B = frames.size(0), D = c.vectorDimensions
        let both = head!(encoder(frames)).reshaped([B, 2, D])
        let before = both.sliced(axis: 1, 0 ..< 1).reshaped([B, D]), after = both.sliced(axis: 1, 1 ..< 2).reshaped([B, D])
        let prediction = (transition!(before, actions) - after).squared().mean()
        // Statistics are taken over the pairs of one episode (over all, where each is from another), at one of the two times: [G·2,B/G,D].
        let episodes = c.episodes(ofBatch: B), G = episodes < B ? episodes : 1
        let z = both.reshaped([G, B / G, 2, D]).permuted([0, 2, 1, 3]).reshaped([G * 2, B / G, D])
        var total = prediction, parts = ["prediction_loss": prediction]
        if c.objective == .variance {
            let (variance, covariance) = VarianceCovariance.losses(z)
            total = total + variance * c.varianceWeight + covariance * c.covarianceWeight
            (parts["variance_loss"], parts["covariance_loss"]) = (variance, covariance)
        } else if c.objective != .naive {
            let gaussian = SIGReg.loss(z, directions: SIGReg.directions(128, width: D, using: &generator))
            total = total + gaussian * c.gaussianWeight
            parts["gaussian_loss"] = gaussian
        }
        if let inverse, let labels {
            let loss = inverse(before, after).crossEntropy(labels)
            total = total + loss * c.inverseWeight
            parts["inverse_loss"] = loss
        }
        return (total, parts)
    }

    /// Squared error of bearing and log distance where the Kong is visible, cross-entropy of whether it is.
    private func labelLoss(_ pairs: FramePairs) -> Tensor {
        let answer = readout!(head!(encoder(pairs.frames)))                                         // [F,3]
        let F = answer.size(0), seen = pairs.bearing!.map { $0.isNaN ? Float(0) : 1 }
        func column(_ i: Int) -> Tensor { answer.sliced(axis: 1, i ..< i + 1).reshaped([F]) }
        func squares(_ i: Int, _ truth: [Float]) -> Tensor {
            let known = zip(truth, seen).map { $1 == 0 ? 0 : $0 }
            return ((column(i) - Tensor(known, shape: [F])) * Tensor(seen, shape: [F])).squared().sum() / max(1, seen.reduce(0, +))
        }
        return squares(0, pairs.bearing!) + squares(1, pairs.distance!.map { logf($0) })
            + column(2).sigmoidCrossEntropy(Tensor(seen, shape: [F])) * 0.5
    }

    /// What the collapse meter shows, on pairs that are always the same.
    public func meter(_ pairs: FramePairs) -> CollapseMeter {
        Tensor.withoutGradients {
            var (frames, actions) = (pairs.frames, pairs.actions.map { oneHot($0, of: configuration.actions) })
            if configuration.objective == .distortions {
                var generator = SeededGenerator(seed: 1)
                let changed = Distortion.pairs(of: frames, using: &generator)
                (frames, actions) = (changed.frames, changed.actions)
            }
            let z = vectors(of: frames), B = frames.size(0)
            let both = z.reshaped([B, 2, -1]), before = both.sliced(axis: 1, 0 ..< 1).reshaped([B, -1])
            let predicted = actions.flatMap { predict(before, $0) }
            return CollapseMeter(before, next: both.sliced(axis: 1, 1 ..< 2).reshaped([B, -1]), predicted: predicted)
        }
    }
}
