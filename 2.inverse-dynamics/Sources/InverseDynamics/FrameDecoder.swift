// FrameDecoder.swift - what will the next frame be, if this is what is done?
//
// In: frames 1...t and a code for each of the steps t -> t+1. Out: frames 2...t+1, each from its own past alone. The frame
// that is predicted is never among the inputs: a decoder that saw it would need no code, and the codes would mean nothing.

import FrameCoding
import Layers
import Randomness
import Tensors
import VideoTokenizer

final class FrameDecoder: Module {
    let configuration: ActionConfiguration
    let patchEmbedding: Linear, codeEmbedding: Linear, blocks: [ConditionedBlock], norm: RMSNorm, toPixels: Linear, toKeep: Linear

    init(_ configuration: ActionConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, pixelsAPatch = c.patchSize * c.patchSize * 3, side = c.imageSize / c.patchSize
        self.configuration = c
        patchEmbedding = Linear(pixelsAPatch, c.embeddingDimensions, using: &generator)
        codeEmbedding = Linear(c.latentDimensions, c.embeddingDimensions, gain: 2, using: &generator)
        let grid = RotaryTable.grid(rows: side, columns: side, headWidth: c.embeddingDimensions / c.heads)
        let line = RotaryTable.line(length: c.frames - 1, headWidth: c.embeddingDimensions / c.heads)
        blocks = (0 ..< c.decoderBlocks).map { _ in
            ConditionedBlock(
                width: c.embeddingDimensions, heads: c.heads, hidden: c.hiddenDimensions, isAdaptive: c.conditioning == "adaln", grid: grid,
                line: line, using: &generator)
        }
        norm = RMSNorm(c.embeddingDimensions)
        toPixels = Linear(c.embeddingDimensions, pixelsAPatch, gain: 0, using: &generator)
        toKeep = Linear(c.embeddingDimensions, 1, gain: 0, using: &generator)
    }

    /// past [B,T,H,W,3], latents of the codes [B,T,Z] -> the frames one step later [B,T,H,W,3].
    func callAsFunction(_ past: Tensor, latents: Tensor) -> Tensor {
        let cut = patches(of: past, size: configuration.patchSize)
        // Codes have few dimensions; the nonlinearity lets each combination do something of its own.
        let condition = codeEmbedding(latents).silu()                                   // [B,T,E]
        let x = blocks.reduce(patchEmbedding(cut)) { x, block in block(x, condition: condition) }
        // How much of the old patch stays (all of it where nothing moves), and what is new.
        let read = norm(x), keep = (toKeep(read) + 1).sigmoid()                         // [B,T,N,1]
        return pixels(of: keep * cut + toPixels(read), size: configuration.patchSize)
    }

    /// How far the gates are open for a code's latents [1,1,Z]: three numbers a block.
    func gates(_ latents: Tensor) -> [Float] {
        let condition = Tensor.withoutGradients { codeEmbedding(latents).silu() }
        return blocks.flatMap { $0.gates(condition) }
    }

    var tensors: [NamedTensor] {
        patchEmbedding.tensors(in: "patch_embedding") + codeEmbedding.tensors(in: "code_embedding")
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm") + toPixels.tensors(in: "to_pixels")
            + toKeep.tensors(in: "to_keep")
    }
}
