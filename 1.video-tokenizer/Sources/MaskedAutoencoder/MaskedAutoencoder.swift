// MaskedAutoencoder.swift - how does a frame become a few numbers that a dream can be made of?
//
//   frames [B,T,H,W,3] -> patches [B,T,N,P·P·3] -> E, some hidden;  S latent tokens join them                  [B,T,S+N,E]
//     -> frame blocks: latents read the patches -> latents only, space and time                                 [B,T,S,E]
//     -> narrow linear map -> tanh                                                                              [B,T,S,Z] in -1...1
//   latents -> E, space and time;  N queries join them -> frame blocks: queries read the latents -> patches -> frames
//
// The causal tokenizer of Dreamer 4 (arXiv 2509.24527, section 3.1), after masked autoencoders (arXiv 2111.06377). No codebook and no KL
// term: the bottleneck is the narrow map, and tanh keeps its numbers in reach. Left out: register tokens, QK-norm and soft-capped logits,
// which larger models need.

import FrameCoding
import Layers
import Randomness
import Tensors
import Training

/// Frames [B,T,H,W,3] -> latents [B,T,S,Z] -> frames. Frame t sees no later frame.
public final class MaskedAutoencoder: CheckpointedModel {
    /// What a checkpoint of this model calls itself.
    public static let kind = "masked-autoencoder", maker = "train-tokenizer masked-autoencoder"

    public let configuration: MaskedAutoencoderConfiguration
    private let patchEmbedding: Linear, toLatent: Linear, fromLatent: Linear, toPixels: Linear
    /// N/S·E -> E and back: a latent begins with its own share of the picture, a query with the latent that has its place.
    private let gathering: Linear, spreading: Linear
    /// [1,E] what a hidden patch looks like, [S,E] the latents' questions, [N,E] what the decoder asks for each patch.
    private let maskToken: Tensor, latentTokens: Tensor, queries: Tensor
    private let encoder: [FrameBlock], decoder: [FrameBlock]
    /// Over space and time, of latents only: few tokens, so that looking back costs little.
    private let remembering: SpaceTimeBlock, recalling: SpaceTimeBlock
    private let latentNorm: RMSNorm, pixelNorm: RMSNorm
    /// How large the two losses have been lately.
    public let colorScale = RunningScale(), edgeScale = RunningScale()

    public init(_ configuration: MaskedAutoencoderConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions, pixelsAPatch = c.patchSize * c.patchSize * 3
        self.configuration = c
        patchEmbedding = Linear(pixelsAPatch, e, using: &generator)
        maskToken = Tensor.normal([1, e], standardDeviation: 0.5, using: &generator).asParameter()
        latentTokens = Tensor.normal([c.latents, e], standardDeviation: 0.5, using: &generator).asParameter()
        queries = Tensor.normal([c.patches, e], standardDeviation: 0.5, using: &generator).asParameter()
        gathering = Linear(c.patches / c.latents * e, e, using: &generator)
        spreading = Linear(e, c.patches / c.latents * e, using: &generator)
        let places = c.places(withPatches: true), own = c.places(withPatches: false)
        let line = RotaryTable.line(length: c.frames, headWidth: e / c.heads)
        func frameBlocks(_ count: Int, inEncoder: Bool) -> [FrameBlock] {
            let mask = c.hearing(inEncoder: inEncoder)
            return (0 ..< count).map { _ in FrameBlock(c, places: places, mask: mask, using: &generator) }
        }
        func timeBlock() -> SpaceTimeBlock {
            SpaceTimeBlock(width: e, heads: c.heads, hidden: c.hiddenDimensions, grid: own, line: line, using: &generator)
        }
        encoder = frameBlocks(c.encoderBlocks, inEncoder: true)
        remembering = timeBlock()
        latentNorm = RMSNorm(e)
        toLatent = Linear(e, c.latentDimensions, using: &generator)
        fromLatent = Linear(c.latentDimensions, e, using: &generator)
        recalling = timeBlock()
        decoder = frameBlocks(c.decoderBlocks, inEncoder: false)
        pixelNorm = RMSNorm(e)
        toPixels = Linear(e, pixelsAPatch, using: &generator)
    }

    /// frames [B,T,H,W,3] in 0...1 -> latents [B,T,S,Z] in -1...1. `mask` [B,T,N,1] is 1 where a patch is
    /// hidden. T is at most the configuration's.
    public func encode(_ frames: Tensor, mask: Tensor? = nil) -> Tensor {
        let c = configuration
        precondition(frames.shape.count == 5 && frames.shape[2...] == [c.imageSize, c.imageSize, 3] && frames.shape[1] <= c.frames,
                     "the autoencoder takes [B, up to \(c.frames), \(c.imageSize), \(c.imageSize), 3], not \(frames.shape)")
        var seen = patchEmbedding(patches(of: frames, size: c.patchSize))               // [B,T,N,E]
        if let mask { seen = seen * (1 - mask) + mask * maskToken }
        var x = Tensor.concatenated([gathering(c.shares(of: seen)) + latentTokens, seen], axis: 2)      // [B,T,S+N,E]
        for (i, block) in encoder.enumerated() { x = block(x, keeping: i == encoder.count - 1 ? 0 ..< c.latents : nil) }
        return toLatent(latentNorm(remembering(x))).tanh()
    }

    /// Latents [B,T,S,Z] -> frames [B,T,H,W,3], about 0...1.
    public func decode(_ latents: Tensor) -> Tensor { draw(recalling(fromLatent(latents))) }

    /// The same for frames that come after those in `past`; together at most T of the configuration. Records no graph.
    public func decode(_ latents: Tensor, after past: inout FrameMemory) -> Tensor {
        Tensor.withoutGradients {
            let (x, qkv) = recalling(fromLatent(latents), past: past.qkv[0])
            past.append(qkv, block: 0)
            return draw(x)
        }
    }

    /// What the decoder remembers before the first frame.
    public var emptyMemory: FrameMemory { FrameMemory(blocks: 1) }

    /// [B,T,S,E] -> [B,T,H,W,3], each frame for itself.
    private func draw(_ latents: Tensor) -> Tensor {
        let c = configuration, all = c.latents + c.patches
        var x = Tensor.concatenated([latents, c.patches(of: spreading(latents)) + queries], axis: 2)
        for (i, block) in decoder.enumerated() { x = block(x, keeping: i == decoder.count - 1 ? c.latents ..< all : nil) }
        return pixels(of: toPixels(pixelNorm(x)), size: c.patchSize)
    }

    /// What training makes smaller, for frames [B,T,H,W,3] of which some patches are hidden: the sum of
    /// both errors, each over its own running size.
    public func loss(_ frames: Tensor, mask: Tensor?) -> (total: Tensor, color: Float, edges: Float) {
        let drawn = decode(encode(frames, mask: mask))
        let color = drawn.squaredError(frames, weights: configuration.weighsColors ? weights(of: frames, mask: mask) : nil)
        guard configuration.edgeWeight > 0 else { return (colorScale(color), color.item, .nan) }
        let edges = edgeError(drawn, frames)
        return (colorScale(color) + edgeScale(edges) * configuration.edgeWeight, color.item, edges.item)
    }

    /// [B,T,H,W,1]: an unusual color counts for more where it is seen. A toy that is hidden cannot be guessed; to insist on it
    /// would leave a breath of red wherever one may be.
    private func weights(of frames: Tensor, mask: Tensor?) -> Tensor {
        let share: Float = 0.8, seen = colorWeights(of: frames, share: share)
        guard let mask else { return seen }
        let hidden = pixelMask(mask, patchSize: configuration.patchSize)
        return seen * (1 - hidden) + hidden * (1 - share)
    }

    public var tensors: [NamedTensor] {
        patchEmbedding.tensors(in: "encoder.patch_embedding") + [("encoder.mask_token", maskToken), ("encoder.latent_tokens", latentTokens)]
            + gathering.tensors(in: "encoder.gathering")
            + encoder.enumerated().flatMap { $1.tensors(in: "encoder.blocks.\($0)") } + remembering.tensors(in: "encoder.time_blocks.0")
            + latentNorm.tensors(in: "encoder.norm") + toLatent.tensors(in: "encoder.to_latent")
            + fromLatent.tensors(in: "decoder.from_latent") + recalling.tensors(in: "decoder.time_blocks.0")
            + spreading.tensors(in: "decoder.spreading") + [("decoder.queries", queries)]
            + decoder.enumerated().flatMap { $1.tensors(in: "decoder.blocks.\($0)") }
            + pixelNorm.tensors(in: "decoder.norm") + toPixels.tensors(in: "decoder.to_pixels")
            + colorScale.tensors(in: "color_scale") + edgeScale.tensors(in: "edge_scale")
    }
}
