// TokenizerConfiguration.swift - every number that decides what the tokenizer is. It is stored in the checkpoint, so that
// no later command needs the flags again.

import Foundation
import Training

/// The shape of a video tokenizer.
public struct TokenizerConfiguration: ModelConfiguration, Equatable {
    /// H = W, in pixels. Longer sides mean more patches: the cost of attention over space grows with their square.
    public var imageSize = 64
    /// T, the frames of a training clip. The model looks back at most this far.
    public var frames = 8
    /// P, the side of a patch in pixels. Smaller patches: more tokens a frame, finer pictures, slower everything.
    public var patchSize = 8
    /// r, the frames that share one row of N tokens (chapters/causal-tokenizer.md); nil is 1. A clip's first frame has a row of its own.
    public var temporalCompression: Int?
    /// E, the width of the residual stream.
    public var embeddingDimensions = 128
    /// nh. Each head has E / nh dimensions.
    public var heads = 4
    /// The inner width of SwiGLU: 8/3·E, so that its three matrices hold as many weights as the usual two of 4·E.
    public var hiddenDimensions = 344
    /// Space-time blocks before, and as many after, the bottleneck.
    public var blocks = 4
    /// "fsq" or "vq".
    public var quantizer = "fsq"
    /// L: FSQ's levels for each latent dimension. Their product is the vocabulary V.
    public var levels = [8, 5, 5, 5]
    /// Whether the vector quantizer moves codes that nothing uses to where latents are. Without it, the codebook collapses.
    public var revivesDeadCodes = true
    /// Whether a pixel of unusual color counts for more in training (see `colorWeights`).
    public var weighsColors = true

    /// N, the patches of a frame.
    public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }
    /// r
    public var framesPerLatent: Int { temporalCompression ?? 1 }
    /// T', the rows of tokens of T frames: one for the first, and one for each r after it.
    public func latentFrames(of frames: Int) -> Int { 1 + (frames - 1) / framesPerLatent }
    /// Z, the dimensions of a latent. The vector quantizer gets more room, as in its paper.
    public var latentDimensions: Int { quantizer == "fsq" ? levels.count : 16 }
    /// V. Both quantizers have the same number of codes, so that they can be compared.
    public var vocabulary: Int { levels.reduce(1, *) }
    /// What a frame of a clip costs when each token is written in log2 V bits.
    public var bitsPerFrame: Double { Double(patches) * log2(Double(vocabulary)) * Double(latentFrames(of: frames)) / Double(frames) }

    public init() {}

    /// 2.2 million parameters; trains in minutes on two cores.
    public static let standard = TokenizerConfiguration()

    /// Seconds instead of minutes, to try things out; its pictures are coarse.
    public static let tiny: TokenizerConfiguration = {
        var c = TokenizerConfiguration()
        (c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (4, 64, 2, 176, 2)
        return c
    }()

    /// Larger frames, shorter clips, five dimensions of four levels.
    public static let large: TokenizerConfiguration = {
        var c = TokenizerConfiguration()
        (c.imageSize, c.frames, c.heads, c.levels) = (128, 4, 8, [4, 4, 4, 4, 4])
        return c
    }()

    /// Of both halves: the layer that patches go through, and in each block attention over space and over time and the feed-forward layer.
    public var leastWeights: Double {
        let (E, P) = (Double(embeddingDimensions), Double(patchSize))
        return 2 * (3 * P * P * Double(framesPerLatent) * E + Double(blocks) * E * (8 * E + 3 * Double(hiddenDimensions)))
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "tokenizer configuration")
        try require.patches(of: patchSize, in: imageSize)
        try require(frames > 0 && blocks > 0 && hiddenDimensions > 0, "frames, blocks and hidden dimensions are positive")
        try require(imageSize <= 1024 && frames <= 1024 && max(blocks, embeddingDimensions, hiddenDimensions) <= 65536,
                    "sizes beyond 1024 pixels or frames, or 65536 dimensions, are no laptop's")
        try require((1 ... 64).contains(framesPerLatent) && (frames - 1) % framesPerLatent == 0,
                    "\(frames) frames are not one, and then so many times \(framesPerLatent) that share a row of tokens")
        try require.heads(heads, in: embeddingDimensions, because: "rotary positions need pairs for rows and columns")
        try require(["fsq", "vq"].contains(quantizer), "the quantizer is fsq or vq, not \(quantizer)")
        try require.levels(levels, atMost: 65536)
    }
}
