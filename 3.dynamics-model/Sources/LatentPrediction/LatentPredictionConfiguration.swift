// LatentPredictionConfiguration.swift - every number that decides what a model of latents is.

import Foundation
import Training
import WorldModels

public struct LatentPredictionConfiguration: ModelConfiguration, Equatable {
    /// How the transition hears of the action, and what it is asked for.
    public enum Recipe: String, Codable, CaseIterable {
        /// DINO-WM: the action beside every place, squared error one step ahead.
        case dinoWM = "dino-wm"
        /// V-JEPA 2-AC: the action as a token of its own, absolute error one step ahead and over a rollout of two.
        case vjepa = "v-jepa"
        /// DINO-WM, with the gradient of the decoder let in: what is foretold must also be good to draw from.
        case drawing
    }

    public var imageSize = 64
    public var framesPerSecond = 4.0
    public var commands: [Command] = []
    /// A
    public var actions = 5
    /// What the eye gives: N places of Z numbers.
    public var places = 1, width = 64
    /// Which of the eye's latents: "own", or "patches" of a joint embedding that has a frame's vector too.
    public var features = "own"
    public var recipe = Recipe.dinoWM
    /// H, the frames that it looks back at.
    public var lookBack = 3
    /// E, nh, the inner width, and blocks of the transition.
    public var embeddingDimensions = 128
    public var heads = 4
    public var hiddenDimensions = 344
    public var blocks = 3
    /// Whether a frame is kept from seeing later ones. Without, the prediction is copied from the future, and the loss looks wonderful.
    public var isCausal = true
    /// Width and blocks of the decoder, which nothing learns from but people.
    public var decoderDimensions = 96
    public var decoderBlocks = 2

    public init() {}

    public static let standard = LatentPredictionConfiguration()

    public static let tiny: LatentPredictionConfiguration = {
        var c = LatentPredictionConfiguration()
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks, c.decoderDimensions, c.decoderBlocks) = (48, 2, 128, 1, 48, 1)
        return c
    }()

    /// In each block of the transition, and of the decoder, attention and the feed-forward layer; and what leads into them.
    public var leastWeights: Double {
        let (E, D) = (Double(embeddingDimensions), Double(decoderDimensions))
        return Double(blocks) * E * (4 * E + 3 * Double(hiddenDimensions)) + 4 * Double(decoderBlocks) * D * D + Double(width) * (E + D)
    }

    /// Throws one line when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "latent prediction")
        let sizes = [
            imageSize, actions, places, width, lookBack, embeddingDimensions, heads, hiddenDimensions, blocks, decoderDimensions,
            decoderBlocks,
        ]
        try require(sizes.allSatisfy { (1 ... 4096).contains($0) }, "sizes are from 1 to 4096")
        try require(side * side == places && 8 % side == 0, "\(places) places are no square grid of 1, 2, 4 or 8 a side")
        try require(imageSize % 8 == 0, "pictures of \(imageSize) pixels are not eight patches a side")
        try require(embeddingDimensions % heads == 0 && embeddingDimensions / heads % 8 == 0 && decoderDimensions % 8 == 0,
            "widths are not multiples of 8 a head")
        try require(lookBack <= 16, "it looks back at 16 frames at most")
        try require.framesPerSecond(framesPerSecond)
        try require.commands(commands, of: actions)
        try require(["own", "patches"].contains(features), "features are own or patches, not \(features)")
    }

    /// √N
    public var side: Int { Int(Double(places).squareRoot().rounded()) }
}
