// WorldModel.swift - what is needed to imagine: eyes, a name for each action, and an idea of what happens next.
//
// A run of this stage is complete in itself. Beside the dynamics model lie copies of the tokenizer that made its tokens and, with latent
// actions, of the model that named them: training stage 1 or 2 anew spoils nothing here.

import Foundation
import InverseDynamics
import Randomness
import Tensors
import Training
import VideoTokenizer

/// A trained run: checkpoints/NAME with `model.safetensors`, `tokenizer.safetensors` and, with latent actions, `actions.safetensors`.
public final class WorldModel {
    public let tokenizer: VideoTokenizer
    public let dynamics: MaskedDynamics
    /// [V,Z], the tokenizer's latents of all codes.
    public let codebook: Tensor
    /// Names the transitions of real frames; nil where actions are the true ones.
    public let actionModel: LatentActionModel?

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let dynamics = try MaskedDynamics(checkpoint: folder.appendingPathComponent("model.safetensors"))
        let command = "train-dynamics --overwrite"
        let tokenizer = try VideoTokenizer(checkpoint: folder.appendingPathComponent("tokenizer.safetensors"), madeBy: command)
        let actionModel = dynamics.configuration.actionKind == "latent"
            ? try LatentActionModel(checkpoint: folder.appendingPathComponent("actions.safetensors"), madeBy: command) : nil
        guard tokenizer.configuration.patches == dynamics.configuration.patches, tokenizer.quantizer.vocabulary == dynamics.configuration.vocabulary else {
            throw TrainingError("\(folder.relativePath): tokenizer.safetensors is not the one that this model was trained with; train again with `train-dynamics --overwrite`")
        }
        self.init(tokenizer: tokenizer, dynamics: dynamics, actionModel: actionModel)
    }

    public init(tokenizer: VideoTokenizer, dynamics: MaskedDynamics, actionModel: LatentActionModel?) {
        (self.tokenizer, self.dynamics, self.actionModel) = (tokenizer, dynamics, actionModel)
        codebook = Tensor.withoutGradients { tokenizer.quantizer.latents(of: Array(0 ..< tokenizer.quantizer.vocabulary)) }
    }

    /// H = W, in pixels.
    public var imageSize: Int { tokenizer.configuration.imageSize }
    public var framesPerSecond: Double { dynamics.configuration.framesPerSecond }
    /// What a person can ask for.
    public var commands: [Command] { dynamics.configuration.commands }
    public func action(named name: String) -> Int? { commands.first { $0.name == name }?.action }

    /// The most frames that a dream can be begun with.
    public var contextFrames: Int { min(tokenizer.configuration.frames, dynamics.configuration.frames - 1) }

    /// A dream that has seen these frames.
    /// - Parameters:
    ///   - frames: [B,L,H,W,3] in 0...1, L at least 1; the last `contextFrames` of them are used.
    ///   - actions: B·(L-1), what led from each frame to the next.
    public func dream(from frames: Tensor, actions: [Int]) -> Dream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(all >= 1 && actions.count == batch * (all - 1), "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let n = tokenizer.configuration.patches, tokens = tokenizer.tokens(of: frames.sliced(axis: 1, all - length ..< all))
        var dream = Dream(world: self, batch: batch)
        for t in 0 ..< length {
            let step = all - length + t - 1  // the action of this number led to frame t
            let led: [Int?] = (0 ..< batch).map { b in t == 0 ? nil : actions[b * (all - 1) + step] }
            let own: [Int] = (0 ..< batch).flatMap { b -> ArraySlice<Int> in
                let start = (b * length + t) * n
                return tokens[start ..< start + n]
            }
            dream.append(own, led: led)
        }
        return dream
    }

    /// What the actions of these clips [B,T,H,W,3] were, for the model: B·(T-1). `own` are the recorded actions.
    /// - Throws: `TrainingError` when the model needs recorded actions and there are none.
    public func actions(of frames: Tensor, own: [Int]?) throws -> [Int] {
        if let actionModel {
            // As many frames at once as it takes; the last of one part is the first of the next.
            let (batch, all, most) = (frames.size(0), frames.size(1), actionModel.configuration.frames)
            let parts = stride(from: 0, to: all - 1, by: most - 1).map { start -> [Int] in
                actionModel.codes(of: frames.sliced(axis: 1, start ..< min(start + most, all)))
            }
            return (0 ..< batch).flatMap { b in
                parts.flatMap { part -> ArraySlice<Int> in part[b * part.count / batch ..< (b + 1) * part.count / batch] }
            }
        }
        guard let own else { throw TrainingError("the model was trained on true actions, and these episodes have none; label them with `label-actions`") }
        return own
    }
}

extension MaskedDynamics {
    /// Reads configuration and weights.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL) throws {
        let (configuration, file) = try Checkpoint.open(url, kind: MaskedDynamics.kind, madeBy: "train-dynamics", as: DynamicsConfiguration.self)
        try configuration.check()
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }
}
