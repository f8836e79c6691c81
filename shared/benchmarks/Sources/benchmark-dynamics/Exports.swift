// Exports.swift - do both sides compute the same thing? What the script needs in order to be compared with.
//
//   model.safetensors, tokenizer.safetensors   the weights
//   batch-T.safetensors                        a training batch for each T; for the model's own T also logits and gradient
//   dream.safetensors                          frames imagined at temperature 0: tokens, when each was kept, and pictures
//
// A comparison of times is worth something only between equals. So the same numbers have to come out first: of a training pass,
// and of the sampler with all its steps and its memory. (At temperature 0 no chance is left in it.)

import DynamicsModel
import Foundation
import Layers
import Randomness
import SafeTensors
import SideBySide
import Tensors
import Training
import VideoTokenizer
import WorldModels

/// A training batch: random tokens, masks and actions, and what each code counts.
struct Batch {
    let draw: MaskDraw, actions: [Int], weights: [Float], clips: Int
    /// What might be expected, [B,T-1,N,2Z]: random, for a model that asks.
    let expected: Tensor?

    func logits(of model: MaskedDynamics) -> Tensor {
        model.logits(read: draw.read, guessed: draw.guessed, actions: actions, expected: expected, batch: clips)
    }

    func loss(_ logits: Tensor) -> Tensor { logits.crossEntropy(draw.targets, weights: weights) }
}

struct Exports {
    /// For each T.
    let batches: [Int: Batch]
    private static let frames = 12

    init(_ world: MaskedWorldModel, folder: URL, lengths: [Int], batchSize: Int, sampling: Sampling) throws {
        let (dynamics, tokenizer) = (world.dynamics, world.tokenizer), c = dynamics.configuration, N = c.patches
        func write(_ model: any Module, _ kind: String, _ configuration: some Encodable, to name: String) throws {
            try Checkpoint.write(model.tensors, metadata: Checkpoint.metadata(kind: kind, configuration: configuration),
                                 to: folder.appendingPathComponent(name))
        }
        try write(dynamics, MaskedDynamics.kind, c, to: "model.safetensors")
        try write(tokenizer, VideoTokenizer.kind, tokenizer.configuration, to: "tokenizer.safetensors")

        var generator = SeededGenerator(seed: 3), batches: [Int: Batch] = [:]
        let weights = (0 ..< c.vocabulary).map { _ in generator.uniform(0.5, 2) }
        for T in Set(lengths + [c.frames]).sorted() {
            var shape = c
            shape.frames = T
            let tokens = (0 ..< batchSize * T * N).map { _ in generator.integer(below: c.vocabulary) }
            let actions = (0 ..< batchSize * (T - 1)).map { _ in generator.integer(below: c.actions) }
            let draw = MaskDraw(tokens, batch: batchSize, shape, using: &generator)
            let expected = c.expects == true ? Tensor.uniform([batchSize, T - 1, N, c.expectedWidth], -1, 1, using: &generator) : nil
            let batch = Batch(draw: draw, actions: actions, weights: weights, clips: batchSize, expected: expected)
            batches[T] = batch
            var writer = SafeTensorsWriter()
            writer.add("read", shape: [batchSize, T - 1, N], integers: draw.read)
            writer.add("guessed", shape: [batchSize, T - 1, N], integers: draw.guessed)
            writer.add("actions", shape: [batchSize, T - 1], integers: actions)
            writer.add("targets", shape: [draw.targets.count], integers: draw.targets)
            writer.add("weights", shape: [c.vocabulary], floats: weights)
            if let expected { writer.add("expected", shape: expected.shape, floats: expected.values) }
            if T == c.frames {
                let logits = batch.logits(of: dynamics)
                batch.loss(logits).backward()
                writer.add("logits", shape: logits.shape, floats: logits.values)
                writer.add("gradient_norm", shape: [1], floats: [clipGradients(of: dynamics.parameters, to: .infinity)])
            }
            try writer.write(to: folder.appendingPathComponent("batch-\(T).safetensors"))
        }
        self.batches = batches
        try Exports.dream(world, sampling, using: &generator).write(to: folder.appendingPathComponent("dream.safetensors"))
    }

    /// Long enough that both memories, the dynamics model's and the decoder's, are full, forget, and read again.
    private static func dream(
        _ world: MaskedWorldModel, _ sampling: Sampling, using generator: inout SeededGenerator
    ) -> SafeTensorsWriter {
        var dream = world.firstDream, tokens: [Int] = [], filled: [Int] = [], latents: [Float] = [], pictures: [Float] = []
        let start = dream.tokens, size = world.imageSize, certain = Sampling(steps: sampling.steps, temperature: 0)
        let actions = (0 ..< frames).map { $0 % world.dynamics.configuration.actions }
        let expected = world.someExpectation
        for action in actions {
            let picture = dream.step([action], expecting: expected, certain, using: &generator)
            tokens += dream.tokens
            filled += dream.filledAt
            latents += dream.latents!.values
            pictures += picture.values
        }
        var writer = SafeTensorsWriter()
        writer.add("start", shape: [start.count], integers: start)
        if let expected { writer.add("expected", shape: expected.shape, floats: expected.values) }
        writer.add("actions", shape: [frames], integers: actions)
        writer.add("tokens", shape: [frames, start.count], integers: tokens)
        writer.add("filled", shape: [frames, start.count], integers: filled)
        writer.add("latents", shape: [frames, start.count, latents.count / frames / start.count], floats: latents)
        writer.add("pictures", shape: [frames, size, size, 3], floats: pictures)
        return writer
    }

    /// - Throws: `TrainingError` when the opponent computes something else.
    static func compare(with opponent: PyTorch) throws {
        struct Answer: Decodable { let logits, gradient, choices, latents, picture: Double, frames: Int }
        guard let answer = opponent.ask("check", as: Answer.self) else {
            throw TrainingError("time_dynamics.py ended before it could be compared with")
        }
        print(String(format: "compared: a training pass has the same logits to %.0e, and the same gradient to %.0e; "
                    + "%ld of %ld frames that are imagined at temperature 0 have the same tokens, and then the same latents to %.0e; "
                    + "pictures are the same to %.0e, "
            + "and each choice of ours is at most %.0e of probability from PyTorch's",
            answer.logits, answer.gradient, answer.frames, frames, answer.latents, answer.picture, answer.choices))
        // Where half of the probability is reached up to rounding, either of two levels may win, and what is decoded after it in this frame
        // may differ. That is rare, and `choices` tells whether it was so.
        let apart = max(answer.logits, answer.gradient, answer.choices, answer.latents, answer.picture)
        guard apart < 1e-4, answer.frames >= frames - 1 else {
            throw TrainingError("the two sides do not compute the same; their times cannot be compared")
        }
    }
}
