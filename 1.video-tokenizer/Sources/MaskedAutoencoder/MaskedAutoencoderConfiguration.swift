// MaskedAutoencoderConfiguration.swift - every number that decides what a masked autoencoder is. It is stored in its checkpoint.

import Training

/// The shape of a masked autoencoder, and what its training asks of it.
public struct MaskedAutoencoderConfiguration: ModelConfiguration, Equatable {
    /// H = W, in pixels.
    public var imageSize = 64
    /// T, the frames of a training clip. The model looks back at most this far.
    public var frames = 8
    /// P, the side of a patch in pixels.
    public var patchSize = 8
    /// S, the latent tokens of a frame. Fewer: a tighter bottleneck, a cheaper dream.
    public var latents = 16
    /// Z, the numbers of a latent token, each from -1 to 1.
    public var latentDimensions = 16
    /// E
    public var embeddingDimensions = 128
    /// nh
    public var heads = 4
    /// The inner width of SwiGLU.
    public var hiddenDimensions = 344
    /// Blocks that see the patches, before and after the bottleneck.
    public var encoderBlocks = 2, decoderBlocks = 3
    /// Each frame hides its own share of patches, drawn from 0 to this.
    public var mostMasked: Float = 0.9
    /// Whether a pixel of unusual color counts for more in training (see `colorWeights`).
    public var weighsColors = true
    /// What the edges count beside the colors, each divided by its own running size.
    public var edgeWeight: Float = 0.2

    /// N, the patches of a frame.
    public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }

    public init() {}

    /// Trains in minutes on two cores.
    public static let standard = MaskedAutoencoderConfiguration()

    /// Seconds instead of minutes, to try things out; its pictures are coarse.
    public static let tiny: MaskedAutoencoderConfiguration = {
        var c = MaskedAutoencoderConfiguration()
        (c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.encoderBlocks, c.decoderBlocks) = (4, 64, 2, 176, 1, 2)
        return c
    }()

    /// In each block attention and the feed-forward layer.
    public var leastWeights: Double {
        Double(encoderBlocks + decoderBlocks) * Double(embeddingDimensions)
            * (4 * Double(embeddingDimensions) + 3 * Double(hiddenDimensions))
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "masked autoencoder configuration")
        try require.patches(of: patchSize, in: imageSize)
        try require(
            frames > 0 && hiddenDimensions > 0 && encoderBlocks > 0 && decoderBlocks > 0,
            "frames, blocks and hidden dimensions are positive")
        try require(
            (1 ... 1024).contains(latents) && (1 ... 4096).contains(latentDimensions), "\(latents) latents of \(latentDimensions) numbers")
        let side = imageSize / patchSize, (rows, columns) = latentGrid
        try require(
            side % rows == 0 && side % columns == 0,
            "\(latents) latents cannot share a picture of \(side)x\(side) patches evenly: take 1, 2, 4, 8, 16 ...")
        try require(
            imageSize <= 1024 && frames <= 1024 && max(encoderBlocks, decoderBlocks, embeddingDimensions, hiddenDimensions) <= 65536,
            "sizes beyond 1024 pixels or frames, or 65536 dimensions, are no laptop's")
        try require.heads(heads, in: embeddingDimensions, because: "rotary positions need pairs for rows and columns")
        try require((0 ..< 1).contains(mostMasked), "the share of masked patches is from 0 to below 1, not \(mostMasked)")
        try require(edgeWeight >= 0 && edgeWeight.isFinite, "the edges' weight is not negative")
    }
}
