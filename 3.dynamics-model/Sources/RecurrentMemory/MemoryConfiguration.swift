// MemoryConfiguration.swift - every number that decides what the memory is; stored in its checkpoint.

import Foundation
import Tensors
import Training
import WorldModels

/// The shape of a recurrent memory.
public struct MemoryConfiguration: ModelConfiguration, Equatable {
    /// "mdn-rnn" (World Models) or "rssm" (Dreamer).
    public var memory = "mdn-rnn"
    /// N and Z of the eye whose latents are remembered.
    public var places = 1, latentDimensions = 32
    /// Of each of Z numbers over all training frames, [Z]: what is remembered is (z - mean) / deviation.
    public var means: [Float] = [], deviations: [Float] = []
    /// A
    public var actions = 5
    public var framesPerSecond = 4.0
    public var commands: [Command] = []
    /// T, the frames of a training clip.
    public var frames = 32
    /// Whether the eye goes on learning with the memory, from pictures; its weights are then part of the model (rssm).
    public var learnsEye = false
    /// H, the numbers of the state that is handed on.
    public var stateDimensions = 256
    /// K, the Gaussians of each latent number (mdn-rnn).
    public var gaussians = 5
    /// G dice of C faces each: what a frame adds to the state (rssm).
    public var groups = 16, classes = 16
    /// The inner width of the small networks around the state (rssm).
    public var hiddenDimensions = 256
    /// What the two directions of the divergence count: the prior towards the posterior, and the posterior towards the prior (rssm).
    public var priorScale: Float = 0.5, posteriorScale: Float = 0.1
    /// Nats below which neither direction pulls (rssm).
    public var freeNats: Float = 1
    /// The share of every die that is even, so that nothing is ever impossible (rssm).
    public var evenShare: Float = 0.01

    /// D, the numbers of a frame.
    public var numbers: Int { places * latentDimensions }

    /// The recurrent weights, and what says the next frame: Gaussians, or dice and a decoder.
    public var leastWeights: Double {
        let (H, E, D) = (Double(stateDimensions), Double(hiddenDimensions), Double(places) * Double(latentDimensions))
        return 3 * H * H + (memory == "rssm" ? E * (2 * Double(groups) * Double(classes) + D) : 3 * H * D * Double(gaussians))
    }

    public init() {}

    /// [.., Z] of an eye -> numbers of about size 1, and back.
    public func normalized(_ latents: Tensor) -> Tensor {
        (latents - Tensor(means, shape: [means.count])) / Tensor(deviations, shape: [means.count])
    }
    public func restored(_ numbers: Tensor) -> Tensor {
        numbers * Tensor(deviations, shape: [means.count]) + Tensor(means, shape: [means.count])
    }

    /// - Throws: `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "recurrent memory")
        try require(["mdn-rnn", "rssm"].contains(memory), "the memory is mdn-rnn or rssm, not \(memory)")
        try require(!learnsEye || memory == "rssm", "the eye learns with an rssm only")
        try require((2 ... 1024).contains(frames), "a clip has 2 to 1024 frames, not \(frames)")
        let sizes = [places, latentDimensions, actions, stateDimensions, gaussians, groups, classes, hiddenDimensions]
        try require(sizes.allSatisfy { (1 ... 65536).contains($0) },
                    "sizes are at least 1, and no laptop's beyond 65536")
        try require(means.count == latentDimensions && deviations.count == latentDimensions && (means + deviations).allSatisfy(\.isFinite)
                && deviations.allSatisfy { $0 > 0 }, "there are a mean and a deviation above 0 for each of the \(latentDimensions) numbers")
        try require.framesPerSecond(framesPerSecond)
        try require(
            (0 ..< 1).contains(evenShare) && freeNats >= 0 && (freeNats + priorScale + posteriorScale).isFinite,
            "the even share is from 0 to below 1, and free nats are not below 0")
        try require.commands(commands, of: actions)
    }
}
