// JointEmbeddingConfiguration.swift - every number that decides what a joint embedding is, and which of its losses it learns from.

import Foundation
import Training

/// What is asked of the encoder while it learns.
public enum Objective: String, Codable, CaseIterable {
    /// Predict the features of the next frame, and nothing else: it collapses.
    case naive
    /// I-JEPA and V-JEPA: predict what a slower copy of the encoder sees behind a mask.
    case masks
    /// PLDM and EB-JEPA: `naive`, and features must vary, must not repeat each other, and must tell which action was taken.
    case variance
    /// LeWorldModel: `naive`, and features must be distributed like a normal vector.
    case sigreg
    /// IWM: as `sigreg`, but what happens between two frames is not a move, it is a change of light, color or sharpness.
    case distortions
    /// No joint embedding at all: read bearing, distance and visibility of the Kong off the features, with their true values. The ceiling.
    case labels

    /// Whether it learns from pairs of frames with the action between them.
    public var needsActions: Bool { [.naive, .variance, .sigreg].contains(self) }
    /// Whether there is a transition to predict with: features and action in, features out.
    public var hasTransition: Bool { needsActions || self == .distortions }
}

public struct JointEmbeddingConfiguration: ModelConfiguration, Equatable {
    /// H = W, in pixels.
    public var imageSize = 64
    /// P, the side of a patch.
    public var patchSize = 8
    /// E, the width of a patch's features.
    public var embeddingDimensions = 96
    /// nh
    public var heads = 3
    /// The inner width of SwiGLU, 8/3·E.
    public var hiddenDimensions = 256
    /// Blocks of the encoder.
    public var blocks = 3
    /// D, the numbers that stand for a whole frame. A room has three to tell (x, y, heading) and a look;
    /// not hundreds, as the papers' worlds have.
    public var vectorDimensions = 64
    public var objective = Objective.sigreg
    /// A: how many actions there are; of distortions, how many knobs.
    public var actions = 5
    /// Width and blocks of the predictor of masked patches. Narrow: it shall fill in, and leave the seeing to the encoder.
    public var predictorDimensions = 48
    public var predictorBlocks = 2
    /// λ of SIGReg.
    public var gaussianWeight: Float = 0.7
    /// α and β of variance and covariance.
    public var varianceWeight: Float = 16, covarianceWeight: Float = 8
    /// ω: what telling the action from two frames counts, in `variance` and `sigreg`.
    public var inverseWeight: Float = 1
    /// How many episodes the pairs of a batch come from: statistics are taken within each. The fewer, the
    /// less the room can be all that features tell.
    public var episodesPerBatch = 2
    /// m at the start of the moving average of the teacher; it rises to 1.
    public var teacherMomentum: Float = 0.99

    /// N, the patches of a frame, and √N.
    public var side: Int { imageSize / patchSize }
    public var patches: Int { side * side }

    /// The episodes that a batch of pairs comes from, where a loss asks how features are spread over the frames of one: as many as there
    /// are pairs where none does or nobody wants it, and one where few pairs would be left for each.
    public func episodes(ofBatch pairs: Int) -> Int {
        guard objective.needsActions, episodesPerBatch != pairs else { return pairs }
        return pairs % episodesPerBatch == 0 && pairs / episodesPerBatch >= 4 ? episodesPerBatch : 1
    }

    public init() {}

    public static let standard = JointEmbeddingConfiguration()

    /// Seconds instead of minutes.
    public static let tiny: JointEmbeddingConfiguration = {
        var c = JointEmbeddingConfiguration()
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks, c.vectorDimensions) = (48, 2, 128, 1, 32)
        (c.predictorDimensions, c.predictorBlocks) = (32, 1)
        return c
    }()

    /// In each block of the encoder attention and the feed-forward layer; of the predictor, where
    /// masks are to be predicted, attention alone.
    public var leastWeights: Double {
        let (E, D) = (Double(embeddingDimensions), Double(predictorDimensions))
        return Double(blocks) * E * (4 * E + 3 * Double(hiddenDimensions)) + (objective == .masks ? 4 * Double(predictorBlocks) * D * D : 0)
    }

    /// Throws one line when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "joint embedding configuration")
        let sizes = [
            imageSize, patchSize, embeddingDimensions, heads, hiddenDimensions, blocks, vectorDimensions, actions, predictorDimensions,
            predictorBlocks, episodesPerBatch]
        try require(sizes.allSatisfy { (1 ... 4096).contains($0) }, "sizes are from 1 to 4096")
        try require(imageSize % patchSize == 0 && side >= 4 && side % 2 == 0,
            "\(imageSize) pixels are not an even number, 4 or more, of patches of \(patchSize)")
        try require(embeddingDimensions % 4 == 0 && embeddingDimensions % heads == 0 && predictorDimensions % 8 == 0,
            "widths must be multiples of 4 and of the heads")
        try require(
            [gaussianWeight, varianceWeight, covarianceWeight, inverseWeight].allSatisfy { $0 >= 0 && $0.isFinite },
            "weights are not negative")
        try require((0 ... 1).contains(teacherMomentum), "the teacher's momentum is from 0 to 1")
    }
}
