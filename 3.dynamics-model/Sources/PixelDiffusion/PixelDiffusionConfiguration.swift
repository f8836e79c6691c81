// PixelDiffusionConfiguration.swift - every number that decides what a pixel diffusion model is. It is stored in its checkpoint.

import Training
import WorldModels

/// The shape of a pixel diffusion model, and how its noise is drawn.
public struct PixelDiffusionConfiguration: ModelConfiguration, Equatable {
    /// H = W
    public var imageSize = 64
    /// Squares of so many pixels a side become one place with more channels: 16x16 places of 48 numbers.
    public var squareSize = 4
    /// C of each level of the U-Net; the next level has half the places a side.
    public var channels = [96, 128]
    /// Of a group norm.
    public var groups = 8
    /// The width of what is said to every block: actions and noise levels.
    public var conditionDimensions = 128
    /// K, the frames that lie beside the noisy one.
    public var pastFrames = 4
    /// A
    public var actions = 5
    /// Whether a first network draws the mean and the diffusion only what is missing from it; else the diffusion draws all, as DIAMOND's.
    public var drawsMeanFirst = true
    /// ln(σ/σ_data) is normal, with this mean and deviation.
    public var noiseMean: Float = 0, noiseDeviation: Float = 1.2
    /// Noise of one number for a whole picture and color, in σ_data.
    public var offsetNoise: Float = 0.2
    /// The most noise on the past in training, and what is said of it in use (and laid on the past of samples; the mean's is clean); frames
    /// run from -1 to 1.
    public var pastNoise: Float = 0.1, pastNoiseInUse: Float = 0.02
    /// Whose unusual colors count for more in both losses (`colorWeights`): of the last frame before (`past`), of the frame that is to be
    /// guessed (`answer`: then red is guessed wherever it might be), or of none (`none`: then the toy is lost).
    public var weighsColors = "past"
    /// Frames of a training clip that are predicted one after the other, each with what was made of the others among its past.
    public var framesInARow = 3
    /// σ_max and σ_min of the sampler, in σ_data (DIAMOND: 5 and 0.002 over 0.5).
    public var largestNoise: Float = 10, smallestNoise: Float = 0.004
    /// The deviation of the noise that a sample begins with at temperature 1, in σ_data: σ_max. DIAMOND begins with 1 where σ_max is 5,
    /// which is temperature 0.2 here: less grain is left over, and samples differ less.
    public var startNoise: Float = 10
    /// Network passes a frame.
    public var samplingSteps = 3
    public var commands: [Command] = []
    public var framesPerSecond = 4.0

    public init() {}

    /// Trains in about forty minutes on one core.
    public static let standard = PixelDiffusionConfiguration()

    /// Seconds instead of minutes, to try things out.
    public static let tiny: PixelDiffusionConfiguration = {
        var c = PixelDiffusionConfiguration()
        (c.squareSize, c.channels, c.conditionDimensions) = (8, [32, 48], 32)
        return c
    }()

    /// The numbers of a square: 3·f².
    public var squareChannels: Int { 3 * squareSize * squareSize }

    /// On each level a convolution from all channels to all.
    public var leastWeights: Double { channels.reduce(0) { $0 + Double($1) * Double($1) } }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "pixel diffusion configuration")
        try require(
            (1 ... 1024).contains(imageSize) && (1 ... 64).contains(squareSize),
            "a frame of \(imageSize) pixels in squares of \(squareSize)")
        try require(
            (1 ... 6).contains(channels.count) && channels.allSatisfy { (1 ... 4096).contains($0) }, "channels \(channels): 1 to 6 levels")
        let smallest = squareSize << (channels.count - 1)
        try require(
            imageSize % smallest == 0,
            "frames of \(imageSize) pixels are not whole squares of \(squareSize), halved \(channels.count - 1) times")
        try require(groups > 0 && channels.allSatisfy { $0 % groups == 0 }, "channels \(channels) are no multiples of \(groups) groups")
        try require(
            (1 ... 4096).contains(conditionDimensions) && (1 ... 64).contains(pastFrames) && (1 ... 65536).contains(actions)
                && (1 ... 64).contains(framesInARow),
            "condition dimensions, past frames, frames in a row and actions are positive")
        let numbers = [noiseMean, noiseDeviation, offsetNoise, pastNoise, pastNoiseInUse, startNoise, largestNoise, smallestNoise]
        try require(
            numbers.allSatisfy(\.isFinite) && numbers.dropFirst().allSatisfy { $0 >= 0 } && 0 < smallestNoise
                && smallestNoise < largestNoise,
            "noise levels are finite and not negative, the smallest below the largest")
        try require.framesPerSecond(framesPerSecond)
        try require(["past", "answer", "none"].contains(weighsColors), "colors are weighed by past, answer or none, not by \(weighsColors)")
        try require((1 ... 1000).contains(samplingSteps), "\(samplingSteps) sampling steps")
        try require.commands(commands, of: actions)
    }
}
