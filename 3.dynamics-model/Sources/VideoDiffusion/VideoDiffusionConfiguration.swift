// VideoDiffusionConfiguration.swift - every number that decides what a video diffusion model is. It is stored in its checkpoint.

import Episodes
import Training

/// The shape of a video diffusion model, and its noise. What it shares with its eye (S, Z) is taken from the eye.
public struct VideoDiffusionConfiguration: ModelConfiguration, Equatable {
    /// S, the latents of a frame, in rows and columns where they have places in the picture.
    public var rows = 4, columns = 8
    /// Z, the numbers of a latent.
    public var latentDimensions = 16
    /// M, what a frame is made of: 1, a picture; 3, a picture, its distances and its directions.
    public var parts = 1
    /// T, the frames of a window.
    public var frames = 6
    /// In training, how many of a window's first frames may be known.
    public var mostKnown = 1
    /// C, the numbers that a sentence comes as; 0: nobody says a sentence.
    public var textDimensions = 0
    /// A; 0: nobody says what is done.
    public var actions = 0
    /// E
    public var embeddingDimensions = 128
    /// nh
    public var heads = 4
    /// The inner width of SwiGLU.
    public var hiddenDimensions = 256
    public var blocks = 4
    /// ln σ ~ N(mean, deviation) in training: σ is in deviations of the latents.
    public var noiseMean: Float = 0.5, noiseDeviation: Float = 1.6
    /// σ of the first and of the last pass of drawing.
    public var largestNoise: Float = 20, smallestNoise: Float = 0.05
    /// In training what is known has a noise of `smallestNoise` up to this.
    public var lightNoise: Float = 0.4
    /// The share of training clips whose sentence is not heard: what guidance needs (arXiv 2207.12598).
    public var unheard: Float = 0.15

    /// S
    public var latents: Int { rows * columns }
    /// M·Z
    public var width: Int { parts * latentDimensions }

    public init() {}

    /// Trains in minutes on two cores.
    public static let standard = VideoDiffusionConfiguration()

    /// Seconds instead of minutes, to try things out.
    public static let tiny: VideoDiffusionConfiguration = {
        var c = VideoDiffusionConfiguration()
        (c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (4, 64, 2, 128, 2)
        return c
    }()

    /// In each block attention twice, the feed-forward layer, and the nine vectors of a condition.
    public var leastWeights: Double {
        let E = Double(embeddingDimensions)
        return Double(blocks) * E * (17 * E + 3 * Double(hiddenDimensions))
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "video diffusion configuration")
        try require(
            (1 ... 64).contains(rows) && (1 ... 64).contains(columns) && (1 ... 4096).contains(latentDimensions),
            "\(rows)x\(columns) latents of \(latentDimensions) numbers")
        try require((2 ... 256).contains(frames), "a video of \(frames) frames")
        try require(
            [blocks, embeddingDimensions, hiddenDimensions].allSatisfy { (1 ... 65536).contains($0) },
            "blocks and widths are positive, and at most 65536")
        try require(
            (0 ... 65536).contains(textDimensions) && (0 ... EpisodeFile.mostActions).contains(actions),
            "sentences of \(textDimensions) numbers, \(actions) actions")
        try require((1 ... 16).contains(parts), "frames of \(parts) parts")
        try require((1 ..< frames).contains(mostKnown), "\(mostKnown) of \(frames) frames are known")
        try require.heads(heads, in: embeddingDimensions)
        try require(
            smallestNoise > 0 && smallestNoise < lightNoise && lightNoise < largestNoise && largestNoise <= 1000,
            "noise from \(largestNoise) over \(lightNoise) to \(smallestNoise)")
        try require((-20 ... 20).contains(noiseMean) && (0 ... 20).contains(noiseDeviation), "noise levels that are none")
        try require((0 ... 1).contains(unheard), "the share of sentences that are not heard is \(unheard)")
    }
}
