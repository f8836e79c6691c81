// MaskedWorldModel.swift - what is needed to imagine: eyes, a name for each action, and an idea of what happens next.
//
// A run of this stage is complete in itself. Beside the dynamics model lie copies of the tokenizer that made its tokens and, with latent
// actions, of the model that named them: training stage 1 or 2 anew spoils nothing here.

import Foundation
import FrameCoding
import InverseDynamics
import Randomness
import SafeTensors
import Tensors
import Training
import VideoTokenizer
import WorldModels

/// A trained run: checkpoints/NAME with `model.safetensors`, `tokenizer.safetensors` and, with latent actions, `actions.safetensors`.
public final class MaskedWorldModel: WorldModel {
    public let tokenizer: VideoTokenizer
    public let dynamics: MaskedDynamics
    /// [V,Z], the tokenizer's latents of all codes.
    public let codebook: Tensor
    public let actionReader: ActionReader
    /// Where it was opened; nil for one that was made in memory.
    let folder: URL?

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let url = folder.appendingPathComponent("model.safetensors"), command = "train-dynamics --overwrite"
        let dynamics = try MaskedDynamics(checkpoint: url), file = try SafeTensorsFile(contentsOf: url)
        let tokenizer = try VideoTokenizer(checkpoint: folder.appendingPathComponent("tokenizer.safetensors"), madeBy: command)
        let actionModel = dynamics.configuration.actionKind == "latent"
            ? try LatentActionModel(checkpoint: folder.appendingPathComponent("actions.safetensors"), madeBy: command) : nil
        for name in ["tokenizer.safetensors", "actions.safetensors"] { try Checkpoint.checkCompanion(name, of: file, madeBy: command) }
        guard tokenizer.configuration.patches == dynamics.configuration.patches,
            tokenizer.quantizer.vocabulary == dynamics.configuration.vocabulary,
            dynamics.configuration.carries ?? tokenizer.configuration.imageSize == tokenizer.configuration.imageSize
        else {
            throw TrainingError(
                "\(folder.relativePath): tokenizer.safetensors is not the one that this model was trained with; "
                    + "train again with `train-dynamics --overwrite`"
            )
        }
        self.init(tokenizer: tokenizer, dynamics: dynamics, actionModel: actionModel, folder: folder)
    }

    public init(tokenizer: VideoTokenizer, dynamics: MaskedDynamics, actionModel: LatentActionModel?, folder: URL? = nil) {
        (self.tokenizer, self.dynamics, self.folder) = (tokenizer, dynamics, folder)
        actionReader = actionModel.map(ActionReader.init(codesOf:)) ?? ActionReader(recorded: dynamics.configuration.actions)
        codebook = Tensor.withoutGradients { tokenizer.quantizer.latents(of: Array(0 ..< tokenizer.quantizer.vocabulary)) }
    }

    /// What is to be expected, for a model that asks.
    var expectation: Expectation? {
        guard dynamics.configuration.expects == true, let decoder = actionReader.model else { return nil }
        return Expectation(decoder: decoder, tokenizer: tokenizer, flow: dynamics.flow)
    }

    public var imageSize: Int { tokenizer.configuration.imageSize }
    public var framesPerSecond: Double { dynamics.configuration.framesPerSecond }
    public var commands: [Command] { dynamics.configuration.commands }
    public var parameterCount: Int { tokenizer.parameterCount + dynamics.parameterCount + (expectation?.decoder.parameterCount ?? 0) }
    public var drawsSamples: Bool { true }
    public var planningSteps: Int? { 2 }
    public var contextFrames: Int { min(tokenizer.configuration.frames, dynamics.configuration.frames - 1) }

    public func check(words: String) throws {
        guard dynamics.configuration.words != nil else { throw TrainingError.hearsNoWords }
        try dynamics.check(words: words)
    }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream { maskedDream(from: frames, actions: actions) }

    public func reconstructed(_ frames: Tensor) -> Tensor { tokenizer.reconstructed(frames) }

    /// A dream that has seen these frames [B,L,H,W,3]; the last `contextFrames` of them are used.
    public func maskedDream(from frames: Tensor, actions: [Int]) -> MaskedDream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let seen = frames.sliced(axis: 1, all - length ..< all), taken = ClipGrid(actions, clips: batch)
        let tokens = ClipGrid(tokenizer.tokens(of: seen), clips: batch, size: tokenizer.configuration.patches)
        var dream = MaskedDream(world: self, batch: batch)
        for t in 0 ..< length {
            // The action before a frame led to it. What led to the first nobody asks.
            let led: [Int?] = t == 0 ? Array(repeating: nil, count: batch) : taken[frame: all - length + t - 1]
            let picture = seen.sliced(axis: 1, t ..< t + 1).reshaped([batch, imageSize, imageSize, 3])
            dream.append(tokens[frame: t], led: led, picture: picture)
        }
        return dream
    }
}
