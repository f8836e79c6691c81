// ActionConfiguration.swift - every number that decides what the models of this stage are. It is stored in their checkpoints.

import Foundation
import Training

/// The shape of a latent action model; its encoder's part is the shape of an inverse dynamics model too.
public struct ActionConfiguration: ModelConfiguration, Equatable {
    /// H = W, in pixels.
    public var imageSize = 64
    /// T, the frames of a training clip: T-1 transitions. The decoder looks back at most this far.
    public var frames = 8
    /// P. A step of turning moves the picture by about one patch of 8.
    public var patchSize = 8
    /// E
    public var embeddingDimensions = 128
    /// nh
    public var heads = 4
    /// The inner width of SwiGLU.
    public var hiddenDimensions = 344
    /// Blocks of the encoder, which looks at two frames and says what happened between them. Two suffice.
    public var encoderBlocks = 2
    /// Blocks of the decoder, which has to move a whole picture.
    public var decoderBlocks = 4
    /// "fsq" or "vq".
    public var quantizer = "fsq"
    /// L of FSQ. Their product is the number of codes; the vector quantizer has as many.
    public var levels = [2, 2, 2]
    /// How a code reaches the decoder's blocks: "adaln" (AdaLN-Zero) or "add".
    public var conditioning = "adaln"
    /// Who names transitions while nobody can use a name yet: "maps" (motion maps, winner takes all) or
    /// "nobody" (Genie's way: the decoder's gradient alone).
    public var teacher = "maps"
    /// The side of the small pictures on which motion maps work.
    public var mapSide = 16

    /// N, the patches of a frame.
    public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }
    /// The number of latent actions.
    public var codes: Int { levels.reduce(1, *) }
    /// Z
    public var latentDimensions: Int { quantizer == "fsq" ? levels.count : 16 }

    public init() {}

    /// Trains in minutes on two cores.
    public static let standard = ActionConfiguration()

    /// Seconds instead of minutes, to try things out.
    public static let tiny: ActionConfiguration = {
        var c = ActionConfiguration()
        (c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.encoderBlocks, c.decoderBlocks) = (4, 64, 2, 176, 1, 2)
        return c
    }()

    /// Of the encoder: its first layer, and in each block attention over space and over time and the feed-forward layer.
    var encoderWeights: Double {
        let (E, P) = (Double(embeddingDimensions), Double(patchSize))
        return 6 * P * P * E + Double(encoderBlocks) * E * (8 * E + 3 * Double(hiddenDimensions))
    }

    /// The encoder's, the decoder's blocks', and the motion maps'.
    public var leastWeights: Double {
        let (E, side) = (Double(embeddingDimensions), Double(mapSide))
        return encoderWeights + Double(decoderBlocks) * E * (8 * E + 3 * Double(hiddenDimensions)) + Double(codes) * side * side * side
            * side
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "action configuration")
        let largest = 65536, sizes = [heads, embeddingDimensions, hiddenDimensions, encoderBlocks, decoderBlocks]
        try require(
            imageSize <= 1024 && frames <= 1024 && sizes.allSatisfy { $0 <= largest },
            "sizes beyond 1024 pixels or frames, or \(largest) dimensions, are no laptop's")
        try require.patches(of: patchSize, in: imageSize)
        try require(mapSide > 0 && imageSize % mapSide == 0, "the image size \(imageSize) is not a multiple of the motion maps' \(mapSide)")
        try require(
            frames >= 2 && encoderBlocks > 0 && decoderBlocks > 0 && hiddenDimensions > 0,
            "at least 2 frames, and blocks and hidden dimensions are positive")
        try require.heads(heads, in: embeddingDimensions)
        try require(["fsq", "vq"].contains(quantizer), "the quantizer is fsq or vq, not \(quantizer)")
        try require(["adaln", "add"].contains(conditioning), "the conditioning is adaln or add, not \(conditioning)")
        try require(["maps", "nobody"].contains(teacher), "the teacher is maps or nobody, not \(teacher)")
        try require.levels(levels, atMost: 256)
        try require(
            teacher == "nobody" || quantizer == "vq" || levels.allSatisfy { $0 == 2 },
            "motion maps name FSQ codes bit by bit: levels are all 2, not \(levels)")
    }
}
