// LatentDynamics.swift - given the past, an action, and a frame that is part noise: what is under the noise?
//
// The network of Dreamer 4's dynamics model (arXiv 2509.24527, section 3.2), at our size. A frame is S latents. With it come
// three labels: the action that led to it, its signal level τ (0: nothing but noise, 1: clean), and the length d of the step that
// is to be taken. In the paper they are tokens; here each has a vector of its own for every block, added to all S latents, as
// stage 3's masked model does with its actions.
//
//   z̃ [B,F,S,Z], the frame before laid under it, and labels, B·F each -> E -> blocks over space
//   and time -> ẑ1 [B,F,S,Z], the clean latents

import FrameCoding
import Layers
import Randomness
import Tensors
import Training

/// What is known of F frames of each of B clips, beside their latents: B·F of each.
struct FrameLabels {
    /// What led to the frame; nil: nothing did, it is the first.
    var actions: [Int?]
    /// k of the signal level τ = k/Kmax, or `pastLevel`.
    var levels: [Int]
    /// The step d in finest steps: d = length/Kmax.
    var lengths: [Int]
}

public final class LatentDynamics: CheckpointedModel {
    /// What a checkpoint of this model calls itself.
    public static let kind = "shortcut-forcing", maker = "train-dynamics shortcut-forcing"

    public let configuration: ShortcutConfiguration
    private let embedding: Linear, lastEmbedding: Linear, places: Tensor
    private let actionEmbeddings: [Embedding], levelEmbeddings: [Embedding], lengthEmbeddings: [Embedding]
    private let blocks: [SpaceTimeBlock], norm: RMSNorm, output: Linear
    /// [Z] each: what makes the eye's latents have mean 0 and deviation 1. Kept, not trained.
    public let mean: Tensor, deviation: Tensor
    private let headWidth: Int

    public init(_ configuration: ShortcutConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions
        self.configuration = c
        headWidth = e / c.heads
        embedding = Linear(c.latentDimensions, e, using: &generator)
        lastEmbedding = Linear(c.latentDimensions, e, bias: false, using: &generator)
        places = Tensor.normal([c.latents, e], standardDeviation: 0.1, using: &generator).asParameter()
        func tables(_ count: Int) -> [Embedding] {
            (0 ..< c.blocks).map { _ in Embedding(count, e, standardDeviation: 0.3, using: &generator) }
        }
        actionEmbeddings = tables(c.actions + 1)
        levelEmbeddings = tables(c.finestSteps + 1)
        lengthEmbeddings = tables(c.finestSteps)
        let grid = RotaryTable.grid(rows: c.rows, columns: c.columns, headWidth: headWidth)
        let line = RotaryTable.line(length: c.frames, headWidth: headWidth)
        blocks = (0 ..< c.blocks).map { _ in
            SpaceTimeBlock(width: e, heads: c.heads, hidden: c.hiddenDimensions, grid: grid, line: line, using: &generator)
        }
        norm = RMSNorm(e)
        output = Linear(e, c.latentDimensions, gain: 0.5, using: &generator)
        mean = Tensor(repeating: 0, shape: [c.latentDimensions])
        deviation = Tensor(repeating: 1, shape: [c.latentDimensions])
    }

    // MARK: Training

    /// ẑ1 of the guessed frames of a training pass, in which every frame of a clip stands twice, as in stage 3's masked model:
    ///
    ///     past    frames 1 ... T-1, a little noisy; frame t sees the past frames up to itself           [B,T-1,S,Z]
    ///     guessed frames 2 ... T, each with its own τ; frame t sees itself and the *past* frames before t  [B,T-1,S,Z]
    ///
    /// So every frame is guessed once from a past such as it will have in a dream. Where the past is at "any" signal level, this is
    /// diffusion forcing (arXiv 2407.01392).
    func predict(_ guessed: Tensor, past: Tensor, labels: FrameLabels, pastLabels: FrameLabels) -> Tensor {
        let (B, F) = (past.size(0), past.size(1)), E = configuration.embeddingDimensions
        let first = Tensor(repeating: 0, shape: [B, 1] + past.shape.dropFirst(2))
        let before = Tensor.concatenated([first, past.sliced(axis: 1, 0 ..< F - 1), past], axis: 1)                     // [B,2F,S,Z]
        var x = embedded(Tensor.concatenated([past, guessed], axis: 1), before: before)                                 // [B,2F,S,E]
        /// B·F labels of the past and of the guessed frames -> B·2F, clip by clip.
        func joined<Value>(_ past: [Value], _ guessed: [Value]) -> [Value] {
            (0 ..< B).flatMap { b -> [Value] in
                let own = b * F ..< (b + 1) * F
                return Array(past[own]) + Array(guessed[own])
            }
        }
        let all = FrameLabels(actions: joined(pastLabels.actions, labels.actions), levels: joined(pastLabels.levels, labels.levels),
                              lengths: joined(pastLabels.lengths, labels.lengths))
        let mask = AttentionMask(length: 2 * F) { i, j in i < F ? j <= i : j == i || j <= i - F }
        let rotary = RotaryTable.line(positions: Array(0 ..< F) + Array(1 ... F), headWidth: headWidth)
        for (i, block) in blocks.enumerated() {
            x = block(x + labeled(all, block: i).reshaped([B, 2 * F, 1, E]), mask: mask, rotary: rotary)
        }
        return clean(x.sliced(axis: 1, F ..< 2 * F), from: guessed, labels)
    }

    // MARK: Use

    /// ẑ1 of frames that come after those in `memory`; `before` [B,F,S,Z] are the frames before each of them,
    /// 0 where there is none. Records no graph.
    func predict(_ z: Tensor, before: Tensor, labels: FrameLabels, after memory: FrameMemory) -> Tensor {
        Tensor.withoutGradients { clean(pass(z, before, labels, memory) { _, _ in }, from: z, labels) }
    }

    /// Takes past frames into memory. Records no graph.
    func read(_ z: Tensor, before: Tensor, labels: FrameLabels, into memory: inout FrameMemory) {
        Tensor.withoutGradients { _ = pass(z, before, labels, memory) { memory.append($0, block: $1) } }
    }

    var emptyMemory: FrameMemory { FrameMemory(blocks: blocks.count) }

    private func pass(
        _ z: Tensor, _ before: Tensor, _ labels: FrameLabels, _ memory: FrameMemory, remember: (_ qkv: Tensor, _ block: Int) -> Void
    ) -> Tensor {
        let (B, F) = (z.size(0), z.size(1))
        precondition(labels.levels.count == B * F && memory.frames + F <= configuration.frames,
                     "\(z.shape) with \(labels.levels.count) labels after \(memory.frames) frames, in a model of \(configuration.frames)")
        var x = embedded(z, before: before)
        for (i, block) in blocks.enumerated() {
            let (out, qkv) = block(x + labeled(labels, block: i).reshaped([B, F, 1, -1]), past: memory.qkv[i])
            remember(qkv, i)
            x = out
        }
        return x
    }

    private func embedded(_ z: Tensor, before: Tensor) -> Tensor { embedding(z, residual: lastEmbedding(before)) + places }

    /// [B·F,E], what the labels add in one block.
    private func labeled(_ labels: FrameLabels, block i: Int) -> Tensor {
        actionEmbeddings[i](labels.actions.map { $0 ?? configuration.actions }) + levelEmbeddings[i](labels.levels)
            + lengthEmbeddings[i](labels.lengths.map { $0 - 1 })
    }

    /// x [B,F,S,E] -> ẑ1 [B,F,S,Z]. Where the network predicts v = z1 - z0, the clean latents lie the
    /// rest of the way from z̃: ẑ1 = z̃ + (1-τ)·v̂.
    private func clean(_ x: Tensor, from z: Tensor, _ labels: FrameLabels) -> Tensor {
        let predicted = output(norm(x))
        guard configuration.prediction == "v" else { return predicted }
        return z + predicted * z.column(labels.levels.map { 1 - configuration.signal($0) })
    }

    /// The eye's latents, with mean 0 and deviation 1; and back, in the reach of tanh.
    public func standardized(_ latents: Tensor) -> Tensor { (latents - mean) / deviation }
    public func latents(of z: Tensor) -> Tensor { z * deviation + mean }

    public var tensors: [NamedTensor] {
        embedding.tensors(in: "embedding") + lastEmbedding.tensors(in: "last_embedding") + [("places", places)]
            + zip(["action", "level", "length"], [actionEmbeddings, levelEmbeddings, lengthEmbeddings]).flatMap { name, tables in
                tables.enumerated().flatMap { $1.tensors(in: "\(name)_embeddings.\($0)") }
            }
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm") + output.tensors(in: "output")
            + [("latent_mean", mean), ("latent_deviation", deviation)]
    }
}
