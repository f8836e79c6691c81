// VideoTokenizer.swift - how does a video become a short row of symbols, and a video again?
//
//   frames [B,T,H,W,3] -> patches [B,T,N,P·P·3] -> E -> encoder blocks -> latents [B,T,N,Z] -> codes [B,T,N]
//   codes -> latents -> E -> decoder blocks -> patches -> frames           (T' rows in place of T where frames share them: Tubelets.swift)
//
// Genie's video tokenizer (arXiv 2402.15391, section 2.1 "Video Tokenizer"), with FSQ in place of its VQ-VAE. Encoder and
// decoder see the past but not the future: stage 3 makes frames one by one and must be able to decode each when it comes.

import FrameCoding
import Layers
import Randomness
import Tensors
import Training

/// Encoder, quantizer and decoder: frames [B,T,H,W,3] -> codes [B,T,N] -> frames.
public final class VideoTokenizer: CheckpointedModel {
    /// What a checkpoint of this model calls itself.
    public static let kind = "video-tokenizer", maker = "train-tokenizer"

    public let configuration: TokenizerConfiguration
    let patchEmbedding: Linear, encoder: SpaceTimeTransformer, toLatent: Linear
    public let quantizer: any Quantizer
    let fromLatent: Linear, decoder: SpaceTimeTransformer, toPixels: Linear

    public init(_ configuration: TokenizerConfiguration, using generator: inout SeededGenerator) {
        let c = configuration
        self.configuration = c
        func trunk() -> SpaceTimeTransformer {
            SpaceTimeTransformer(
                blocks: c.blocks, width: c.embeddingDimensions, heads: c.heads, hidden: c.hiddenDimensions,
                frames: c.latentFrames(of: c.frames), side: c.imageSize / c.patchSize, using: &generator)
        }
        let pixelsAPatch = c.patchSize * c.patchSize * 3 * c.framesPerLatent
        patchEmbedding = Linear(pixelsAPatch, c.embeddingDimensions, using: &generator)
        encoder = trunk()
        toLatent = Linear(c.embeddingDimensions, c.latentDimensions, using: &generator)
        quantizer = c.quantizer == "fsq"
            ? FiniteScalarQuantizer(levels: c.levels)
            : VectorQuantizer(codes: c.vocabulary, dimensions: c.latentDimensions, revivesDeadCodes: c.revivesDeadCodes, using: &generator)
        fromLatent = Linear(c.latentDimensions, c.embeddingDimensions, using: &generator)
        decoder = trunk()
        toPixels = Linear(c.embeddingDimensions, pixelsAPatch, using: &generator)
    }

    /// frames [B,T,H,W,3] in 0...1 -> latents [B,T',N,Z], before quantization. T is at most the configuration's, T' its `latentFrames`.
    public func encode(_ frames: Tensor) -> Tensor {
        let c = configuration
        precondition(frames.shape.count == 5 && frames.shape[2...] == [c.imageSize, c.imageSize, 3] && frames.shape[1] <= c.frames,
                     "the tokenizer takes [B, up to \(c.frames), \(c.imageSize), \(c.imageSize), 3], not \(frames.shape)")
        return toLatent(encoder(patchEmbedding(tubelets(of: frames, length: c.framesPerLatent, size: c.patchSize))))
    }

    /// Quantized latents [B,T',N,Z] -> frames [B,T,H,W,3], about 0...1.
    public func decode(_ latents: Tensor) -> Tensor { drawn(decoder(fromLatent(latents)), isStart: true) }

    /// [B,T',N,E] -> frames
    private func drawn(_ x: Tensor, isStart: Bool) -> Tensor {
        FrameCoding.frames(of: toPixels(x), length: configuration.framesPerLatent, size: configuration.patchSize, isStart: isStart)
    }

    /// frames [B,T,H,W,3] -> codes, B·T'·N of them in row-major order. Records no graph.
    public func tokens(of frames: Tensor) -> [Int] {
        Tensor.withoutGradients { quantizer(encode(frames), isTraining: false).codes }
    }

    /// B·T'·N codes -> frames [B,T,H,W,3]. Records no graph.
    public func frames(of tokens: [Int], batch: Int) -> Tensor {
        Tensor.withoutGradients {
            let n = configuration.patches
            precondition(batch > 0 && tokens.count % (batch * n) == 0, "\(tokens.count) tokens are not \(batch) clips of frames of \(n)")
            return decode(quantizer.latents(of: tokens).reshaped([batch, tokens.count / (batch * n), n, -1]))
        }
    }

    /// Latents [B,T',N,Z] of the frames that come after those in `past` -> [B,T,H,W,3]. Together they are at most T of the configuration.
    /// Records no graph.
    public func decode(_ latents: Tensor, after past: inout FrameMemory) -> Tensor {
        let isStart = past.frames == 0
        return Tensor.withoutGradients { drawn(decoder(fromLatent(latents), after: &past), isStart: isStart) }
    }

    /// What the decoder remembers before the first frame.
    public var emptyMemory: FrameMemory { decoder.emptyMemory }

    /// There and back, with a graph for training: the frames as the decoder draws them, their codes, and the quantizer's part of the loss.
    public func callAsFunction(_ frames: Tensor, isTraining: Bool) -> (frames: Tensor, quantized: Quantized) {
        let quantized = quantizer(encode(frames), isTraining: isTraining)
        return (decode(quantized.latents), quantized)
    }

    public var tensors: [NamedTensor] {
        patchEmbedding.tensors(in: "encoder.patch_embedding") + encoder.tensors(in: "encoder") + toLatent.tensors(in: "encoder.to_latent")
            + quantizer.tensors(in: "quantizer")
            + fromLatent.tensors(in: "decoder.from_latent") + decoder.tensors(in: "decoder") + toPixels.tensors(in: "decoder.to_pixels")
    }
}
