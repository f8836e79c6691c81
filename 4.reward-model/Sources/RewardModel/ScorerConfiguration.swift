// ScorerConfiguration.swift - every number that decides what a scorer is. It is stored in its checkpoint, with its words and its prompts.

import Captions
import Training

/// The shape of the scorer; the regressor has its image part.
public struct ScorerConfiguration: ModelConfiguration, Equatable {
    /// H = W, in pixels.
    public var imageSize = 64
    /// P
    public var patchSize = 8
    /// E, of both transformers, and of the space they share.
    public var embeddingDimensions = 96
    /// nh, of both transformers.
    public var heads = 3
    /// The inner width of SwiGLU.
    public var hiddenDimensions = 256
    public var imageBlocks = 3
    public var textBlocks = 2
    /// The longest sentence, in tokens.
    public var textLength = 24
    /// The vocabulary.
    public var words = Grammar.words
    /// "sigmoid" or "infonce".
    public var loss = ContrastiveLoss.sigmoid
    /// How many labels it was fine-tuned on; 0 is none.
    public var labels = 0
    /// The sentences that it was fine-tuned on, and is asked about: the mean of each side.
    public var positive = Prompts.positive, negative = Prompts.negative
    /// reward = sigmoid(scale · (cosine to positive - cosine to negative) + offset). Before calibration: nil, and the scale is the
    /// temperature of the training.
    public var scale: Float?, offset: Float = 0

    /// N, the patches of a picture.
    public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }

    /// How often a picture is halved until its pixels are patches.
    var halvings: Int { patchSize.trailingZeroBitCount }

    public init() {}

    /// Trains in minutes on two cores.
    public static let standard = ScorerConfiguration()

    /// Seconds instead of minutes, to try things out.
    public static let tiny: ScorerConfiguration = {
        var c = ScorerConfiguration()
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.imageBlocks, c.textBlocks) = (64, 2, 176, 2, 1)
        return c
    }()

    /// Of the image transformer alone, which the regressor has too: a vector for each patch, and in each
    /// block attention and the feed-forward layer.
    public var leastWeights: Double {
        let E = Double(embeddingDimensions)
        return Double(patches) * E + Double(imageBlocks) * E * (4 * E + 3 * Double(hiddenDimensions))
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "scorer configuration")
        try require(patchSize > 1 && patchSize & (patchSize - 1) == 0, "the patch size \(patchSize) is reached by halving: a power of two")
        try require(
            imageSize > 0 && imageSize % patchSize == 0, "the image size \(imageSize) is not a multiple of the patch size \(patchSize)")
        try require.heads(heads, in: embeddingDimensions)
        try require(
            imageBlocks > 0 && textBlocks > 0 && hiddenDimensions > 0 && textLength > 1,
            "blocks, hidden dimensions and text length are positive")
        try require(
            imageSize <= 1024 && imageSize / patchSize <= 128
                && [embeddingDimensions, heads, hiddenDimensions, imageBlocks].allSatisfy { $0 <= 65536 },
            "sizes beyond 1024 pixels, 128 patches a side or 65536 dimensions are no laptop's")
        try require(
            textBlocks <= 64 && textLength <= 1024 && words.count <= 65536 && labels >= 0,
            "64 text blocks, 1024 tokens and 65536 words are the most")
        try require(!positive.isEmpty && !negative.isEmpty, "there is a sentence on each side")
        try require((scale ?? 1).isFinite && offset.isFinite, "scale and offset are numbers")
        try require(Set(words).count == words.count, "a word is in the vocabulary twice")
    }
}
