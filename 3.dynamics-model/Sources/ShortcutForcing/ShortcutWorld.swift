// ShortcutWorld.swift - eyes, and an idea of what comes next in what they see.
//
// A run is complete in itself: beside the dynamics model lies a copy of the eye whose latents it learned.

import FrameCoding
import FrameEncoders
import Foundation
import Randomness
import SafeTensors
import Tensors
import Training
import WorldModels

/// A trained run: checkpoints/NAME with `model.safetensors` and `tokenizer.safetensors`.
public final class ShortcutWorld: WorldModel {
    public let eye: any FrameAutoencoder
    public let dynamics: LatentDynamics

    public init(eye: any FrameAutoencoder, dynamics: LatentDynamics) { (self.eye, self.dynamics) = (eye, dynamics) }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let dynamics = try LatentDynamics(checkpoint: folder.appendingPathComponent("model.safetensors"))
        let eye = try FrameEncoders.openAutoencoder(folder.appendingPathComponent("tokenizer.safetensors"))
        let c = dynamics.configuration, file = try SafeTensorsFile(contentsOf: folder.appendingPathComponent("model.safetensors"))
        try Checkpoint.checkCompanion("tokenizer.safetensors", of: file, madeBy: "train-dynamics shortcut-forcing --overwrite")
        guard eye.latentShape.places == c.latents, eye.latentShape.width == c.latentDimensions else {
            throw TrainingError(
                "\(folder.relativePath): tokenizer.safetensors is not the one that this model was trained with; "
                    + "train again with `train-dynamics shortcut-forcing --overwrite`"
            )
        }
        self.init(eye: eye, dynamics: dynamics)
    }

    public var imageSize: Int { eye.imageSize }
    public var framesPerSecond: Double { dynamics.configuration.framesPerSecond }
    public var commands: [Command] { dynamics.configuration.commands }
    public var actionReader: ActionReader { ActionReader(recorded: dynamics.configuration.actions) }
    public var contextFrames: Int { min(eye.frames, dynamics.configuration.frames - 1) }
    public var parameterCount: Int { dynamics.parameterCount + eye.parameterCount }
    public var drawsSamples: Bool { true }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream { shortcutDream(from: frames, actions: actions) }

    /// The same, as something whose latents can be read.
    public func shortcutDream(from frames: Tensor, actions: [Int]) -> ShortcutDream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        // What the eye makes of the last L frames: [B,L,S,Z].
        let z = Tensor.withoutGradients { dynamics.standardized(eye.latents(of: frames.sliced(axis: 1, all - length ..< all))) }
        var dream = ShortcutDream(world: self, batch: batch)
        for t in 0 ..< length {
            let step = all - length + t - 1                                            // the action of this number led to frame t
            dream.append(z.sliced(axis: 1, t ..< t + 1), led: (0 ..< batch).map { b in t == 0 ? nil : actions[b * (all - 1) + step] })
        }
        return dream
    }

    public func reconstructed(_ frames: Tensor) -> Tensor { eye.reconstructed(frames) }
}
