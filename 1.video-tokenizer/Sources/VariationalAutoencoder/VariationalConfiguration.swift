// VariationalConfiguration.swift - every number that decides what the variational autoencoder is; stored in its checkpoint.

import Foundation
import Training

/// The shape of a variational autoencoder, and what its loss counts.
public struct VariationalConfiguration: ModelConfiguration, Equatable {
    /// H = W, in pixels: a power of two.
    public var imageSize = 64
    /// The latents lie on a grid of side·side places. 1 is World Models: the whole frame is one row of numbers.
    public var side = 1
    /// Z, the numbers of a place.
    public var latentDimensions = 32
    /// Channels after the first convolution; each of the following has twice as many. The paper has 32.
    public var channels = 16
    /// Nats a latent number that the prior lets pass for nothing (arXiv 1803.10122 has none in the text, and 0.5 in the released code).
    public var tolerance: Float = 0.5
    /// Whether a pixel of unusual color counts for more in training (see `colorWeights`).
    public var weighsColors = true
    /// Means over pixels and latents in place of sums: a published mistake, to be watched.
    public var takesMeans = false

    /// Convolutions of stride 2, down to 4x4 places.
    var layers: Int { Int(log2(Double(imageSize) / 4)) }
    /// N
    public var places: Int { side * side }
    /// What is left of a frame.
    public var numbersPerFrame: Int { places * latentDimensions }

    public init() {}

    /// World Models' eye at half its width: 32 numbers a frame.
    public static let standard = VariationalConfiguration()

    /// Seconds in place of minutes.
    public static let tiny: VariationalConfiguration = {
        var c = VariationalConfiguration()
        (c.channels, c.latentDimensions) = (8, 16)
        return c
    }()

    /// The last convolution has the most channels, and more than one weight for each pair of them.
    public var leastWeights: Double { pow(Double(channels), 2) * pow(2, 2 * log2(Double(max(imageSize, 8)) / 4) - 3) }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "variational autoencoder")
        try require(
            (8 ... 512).contains(imageSize) && imageSize & (imageSize - 1) == 0,
            "the image size \(imageSize) is not a power of two from 8 to 512")
        try require(side == 1 || side == 4, "the side of the latents is 1 or 4, not \(side)")
        try require(
            (1 ... 4096).contains(latentDimensions) && (1 ... 1024).contains(channels),
            "latent dimensions and channels are positive, and no laptop's beyond 4096 and 1024")
        try require(tolerance.isFinite && tolerance >= 0, "the tolerance is not below 0")
    }
}
