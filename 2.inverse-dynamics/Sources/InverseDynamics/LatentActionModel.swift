// LatentActionModel.swift - can actions be learned from video that nobody labeled?
//
//   frames 1...t+1 -> encoder -> latent [Z] -> quantizer -> one of 8 codes -> decoder, with frames 1...t -> frame t+1
//
// Genie's latent action model (arXiv 2402.15391, section 2.1 "Latent Action Model"). Through the codes, 3 bits a step, must go whatever
// the past does not tell about the next frame. The most of that is what was done. Only the encoder sees the next frame.

import Layers
import Randomness
import Tensors
import VideoTokenizer

public final class LatentActionModel: Module {
    public static let kind = "latent-action-model"

    public let configuration: ActionConfiguration
    let encoder: TransitionEncoder, toLatent: Linear
    public let quantizer: any Quantizer
    let decoder: FrameDecoder
    /// Names transitions for the encoder in training; not used afterwards.
    public let maps: MotionMaps

    public init(_ configuration: ActionConfiguration, using generator: inout SeededGenerator) {
        let c = configuration
        self.configuration = c
        maps = MotionMaps(codes: c.codes, side: c.mapSide, using: &generator)
        encoder = TransitionEncoder(c, using: &generator)
        toLatent = Linear(c.embeddingDimensions, c.latentDimensions, using: &generator)
        // Where a teacher says which side of 0 a latent belongs, the batch must not shift it.
        quantizer = c.quantizer == "fsq"
            ? FiniteScalarQuantizer(levels: c.levels, normalizesLatents: c.teacher == "nobody")
            : VectorQuantizer(codes: c.codes, dimensions: c.latentDimensions, revivesDeadCodes: true, using: &generator)
        decoder = FrameDecoder(c, using: &generator)
    }

    /// frames [B,T,H,W,3] -> latents before quantization [B,T-1,Z].
    public func encode(_ frames: Tensor) -> Tensor { toLatent(encoder(frames)) }

    /// past [B,T,H,W,3], latents of codes [B,T,Z] -> the next frames [B,T,H,W,3].
    public func decode(_ past: Tensor, latents: Tensor) -> Tensor { decoder(past, latents: latents) }

    /// frames [B,T,H,W,3] -> predictions of frames 2...T, [B,T-1,H,W,3], the latents and their codes. With `names`, B·(T-1) codes, the
    /// decoder acts those out instead of the encoder's own: it can learn before the encoder has.
    public func callAsFunction(
        _ frames: Tensor, names: [Int]? = nil, isTraining: Bool
    ) -> (predictions: Tensor, latents: Tensor, quantized: Quantized) {
        let latents = encode(frames), quantized = quantizer(latents, isTraining: isTraining)
        let past = frames.sliced(axis: 1, 0 ..< frames.size(1) - 1)
        let acted = names.map { quantizer.latents(of: $0).stopGradient().reshaped(latents.shape) } ?? quantized.latents
        return (decode(past, latents: acted), latents, quantized)
    }

    /// How far the latents are from the names that a teacher gives the transitions: cross-entropy over the codes, the nearer the likelier.
    public func namingLoss(_ latents: Tensor, names: [Int]) -> Tensor {
        let z = latents.reshaped([-1, configuration.latentDimensions])
        var centers = quantizer.latents(of: Array(0 ..< configuration.codes)).stopGradient()    // [codes,Z]
        // FSQ rounds two levels to -1 and 0 and has their border at 0 of the latent: centered, the border fits.
        if configuration.quantizer == "fsq" { centers = centers - centers.mean(axis: 0) }
        // -|z - c|² up to |z|², which is the same for all
        let lengths = centers.squared().sum(axis: 1).reshaped([-1])
        return (z.linear(centers * 2, bias: -lengths) * 4).crossEntropy(names)
    }

    /// The code of each transition, B·(T-1) of them in row-major order. Records no graph.
    public func codes(of frames: Tensor) -> [Int] {
        Tensor.withoutGradients { quantizer(encode(frames), isTraining: false).codes }
    }

    /// The next frames when these codes are acted out: past [B,T,H,W,3] and B·T codes -> [B,T,H,W,3]. Records no graph.
    public func predict(_ past: Tensor, codes: [Int]) -> Tensor {
        Tensor.withoutGradients {
            decode(past, latents: quantizer.latents(of: codes).reshaped([past.size(0), past.size(1), -1]))
        }
    }

    /// How far a code opens the decoder's gates, on average: of attention over space, over time, and the feed-forward layer, block by
    /// block. Empty where codes are added.
    public func gates(of code: Int) -> [Float] { decoder.gates(quantizer.latents(of: [code]).reshaped([1, 1, -1])) }

    public var tensors: [NamedTensor] {
        maps.tensors(in: "maps") + encoder.tensors(in: "encoder") + toLatent.tensors(in: "to_latent")
            + quantizer.tensors(in: "quantizer") + decoder.tensors(in: "decoder")
    }
}
