// LatentWorld.swift - a world model that does not draw, behind the door of those that do.
//
// A run holds a copy of the eye, the transition, and the decoder that draws for us. Who plans towards a picture asks for latents
// (`LatentDream`), and the decoder has a rest.

import Episodes
import FrameCoding
import FrameEncoders
import Foundation
import JointEmbedding
import Layers
import Randomness
import Tensors
import Training
import WorldModels

/// Transition and decoder: what `train-dynamics latent-prediction` trains.
public final class LatentModel: Module {
    public let configuration: LatentPredictionConfiguration
    public let transition: LatentTransition, decoder: LatentDecoder

    public init(_ c: LatentPredictionConfiguration, using generator: inout SeededGenerator) {
        configuration = c
        transition = LatentTransition(c, using: &generator)
        decoder = LatentDecoder(c, using: &generator)
    }

    /// What the decoder learns from, of standardized latents [B,H+2,N,Z] and actions B·(H+1): the last frame's latents, [B,N,Z], cut off
    /// from all else. With the recipe `drawing` what the transition foretells of that frame, and nothing is cut.
    public func shown(_ z: Tensor, _ actions: [Int]) -> Tensor {
        let H = configuration.lookBack, (B, N, Z) = (z.size(0), z.size(2), z.size(3))
        guard configuration.recipe == .drawing else { return z.sliced(axis: 1, H + 1 ..< H + 2).stopGradient().reshaped([B, N, Z]) }
        let led = (0 ..< B).flatMap { b -> ArraySlice<Int> in actions[b * (H + 1) ..< (b + 1) * (H + 1)].dropFirst() }
        return transition(z.sliced(axis: 1, 1 ..< H + 1), led).sliced(axis: 1, H - 1 ..< H).reshaped([B, N, Z])
    }

    public var tensors: [NamedTensor] { transition.tensors(in: "transition") + decoder.tensors(in: "decoder") }
}

public final class LatentWorld: WorldModel {
    public static let kind = "latent-prediction"

    public let eye: any FrameEncoder, model: LatentModel
    public var configuration: LatentPredictionConfiguration { model.configuration }

    public init(eye: any FrameEncoder, model: LatentModel) { (self.eye, self.model) = (eye, model) }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let url = folder.appendingPathComponent("model.safetensors"), again = "train-dynamics latent-prediction --overwrite"
        let (configuration, file) = try Checkpoint.open(url, kind: LatentWorld.kind, madeBy: "train-dynamics latent-prediction",
            as: LatentPredictionConfiguration.self)
        for name in ["eye.safetensors", "config.json"] { try Checkpoint.checkCompanion(name, of: file, madeBy: again) }
        let eye = try LatentWorld.eye(at: folder.appendingPathComponent("eye.safetensors"), features: configuration.features)
        guard eye.latentShape == (configuration.places, configuration.width), eye.imageSize == configuration.imageSize else {
            throw TrainingError(
                "\(folder.relativePath): eye.safetensors is not the one that this model was trained with; train again with `\(again)`")
        }
        var generator = SeededGenerator(seed: 0)
        let model = LatentModel(configuration, using: &generator)
        try Checkpoint.fill(model.tensors, from: file)
        self.init(eye: eye, model: model)
    }

    /// An eye from its file, looked at as a whole or place by place.
    public static func eye(at url: URL, features: String) throws -> any FrameEncoder {
        let eye = try FrameEncoders.open(url)
        guard features == "patches" else { return eye }
        guard let embedding = eye as? JointEmbedding else {
            throw TrainingError(
                "\(url.relativePath): only a joint embedding has patches beside its latents; leave out --features, or name such a run")
        }
        return JointEmbeddingPatches(embedding)
    }

    public var imageSize: Int { configuration.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    public var commands: [Command] { configuration.commands }
    public var actionReader: ActionReader { ActionReader(recorded: configuration.actions) }
    public var contextFrames: Int { configuration.lookBack }
    public var parameterCount: Int { eye.parameterCount + model.parameterCount }
    public var drawsSamples: Bool { false }

    /// The eye's latents of frames [B,T,H,W,3], standardized: [B,T,N,Z].
    public func latents(of frames: Tensor) -> Tensor {
        Tensor.withoutGradients {
            let parts = stride(from: 0, to: frames.size(1), by: eye.frames).map { start in
                eye.latents(of: frames.sliced(axis: 1, start ..< min(start + eye.frames, frames.size(1))))
            }
            return model.transition.standardized(.concatenated(parts, axis: 1))
        }
    }

    /// Standardized latents [F,N,Z] -> frames [F,H,W,3] in 0...1
    public func drawn(_ z: Tensor) -> Tensor { Tensor.withoutGradients { model.decoder(z).clamped(0, 1) } }

    public func reconstructed(_ frames: Tensor) -> Tensor {
        let z = latents(of: frames)
        return drawn(z.reshaped([-1, configuration.places, configuration.width])).reshaped(frames.shape)
    }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream { latentDream(from: frames, actions: actions) }

    public func latentDream(from frames: Tensor, actions: [Int]) -> LatentDream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let led = (0 ..< batch).flatMap { b -> ArraySlice<Int> in actions[b * (all - 1) ..< (b + 1) * (all - 1)].suffix(length - 1) }
        return LatentDream(world: self, latents: latents(of: frames.sliced(axis: 1, all - length ..< all)), led: led)
    }

    /// How far predictions are from the truth, over how far the truth has moved: after 1, 2, 4 and 8
    /// steps, with the true actions and with others.
    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures {
        var own = OwnMeasures()
        let steps = 8, length = contextFrames + steps, all = validation.places(length: length)
        guard !all.isEmpty else { return own }
        let places = stride(from: 0, to: all.count, by: max(1, all.count / 48)).map { all[$0] },
            clips = validation.clips(at: places, length: length)
        guard let actions = clips.actions else { return own }
        let z = latents(of: clips.frames), B = places.count, start = z.sliced(axis: 1, contextFrames - 1 ..< contextFrames)
        func ratios(_ change: (Int) -> Int) -> [Double] {
            let led: [Int] = (0 ..< B).flatMap { b -> ArraySlice<Int> in
                actions[b * (length - 1) ..< (b + 1) * (length - 1)].prefix(contextFrames - 1)
            }
            var dream = LatentDream(world: self, latents: z.sliced(axis: 1, 0 ..< contextFrames), led: led)
            return (0 ..< steps).map { step -> Double in
                let at = contextFrames - 1 + step, truth = z.sliced(axis: 1, at + 1 ..< at + 2)
                let taken: [Int] = (0 ..< B).map { b -> Int in change(actions[b * (length - 1) + at]) }
                let error = dream.advance(taken).reshaped(truth.shape).meanSquaredError(truth).item
                return Double(error / start.meanSquaredError(truth).item)
            }
        }
        let right = ratios { $0 }, wrong = ratios { ($0 + 1) % configuration.actions }
        for step in [1, 2, 4, 8] {
            own.rows.add(
                "copy_ratio_\(step)", right[step - 1], baseline: String(format: "1 (nothing moved), %.2f (wrong actions)", wrong[step - 1]))
        }
        return own
    }
}

/// The latents of the last frames, and what led from each to the next.
public struct LatentDream: Dream {
    public let world: LatentWorld
    /// [B,L,N,Z], standardized, L at most H.
    public private(set) var latents: Tensor
    private var led: [Int]

    public init(world: LatentWorld, latents: Tensor, led: [Int]) { (self.world, self.latents, self.led) = (world, latents, led) }

    public var batch: Int { latents.size(0) }

    /// One step, nothing drawn: B actions -> standardized latents [B,N,Z].
    public mutating func advance(_ actions: [Int]) -> Tensor {
        let (b, length) = (batch, latents.size(1)), c = world.configuration
        precondition(actions.count == b, "\(actions.count) actions for \(b) dreams")
        let told = (0 ..< b).flatMap { i -> [Int] in Array(led[i * (length - 1) ..< (i + 1) * (length - 1)]) + [actions[i]] }
        let next = Tensor.withoutGradients { world.model.transition(latents, told).sliced(axis: 1, length - 1 ..< length) }
        let kept = min(length, c.lookBack - 1)
        latents = kept == 0 ? next : .concatenated([latents.sliced(axis: 1, length - kept ..< length), next], axis: 1)
        led = (0 ..< b).flatMap { i -> ArraySlice<Int> in told[i * length ..< (i + 1) * length].suffix(kept) }
        return next.reshaped([b, c.places, c.width])
    }

    public mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        world.drawn(advance(actions))
    }

    public func selecting(_ rows: [Int]) -> LatentDream {
        LatentDream(world: world, latents: latents.rows(at: rows), led: WorldModels.selecting(rows, of: led, batch: batch))
    }
}
