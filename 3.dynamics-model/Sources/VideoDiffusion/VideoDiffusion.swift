// VideoDiffusion.swift - given one frame and a sentence: which video begins like this, and ends as the sentence says?
//
// A dream goes from frame to frame, and somebody says what is done at each. Here nobody does. All frames are drawn out of noise, and every
// one of them sees every other: what the last should show decides what the first must begin (UniPi, arXiv 2302.00111, section 3.1; the
// network is a DiT, arXiv 2212.09748, on an eye's latents, as in Cosmos, arXiv 2501.03575, section 5.1).
//
//   y [B,F,S,Z], noisy; under every frame the one before it, the one that was seen [B,1,S,Z], the sentence [B,C]   -> E
//   each frame's noise level, and once more the sentence: the condition of all blocks              -> E
//   blocks over space and time, no frame hidden from any other                    -> F(y), and D(y) = c_skip·y + c_out·F(y)
//
// In training every frame has a noise level of its own (diffusion forcing, arXiv 2407.01392). So it is learned how a frame follows from a
// clean one, too, and in use nobody is bound to one order: all frames at once, or one after the other, or a staircase.

import Foundation
import FrameCoding
import Layers
import Randomness
import Tensors
import Training

public final class VideoDiffusion: Module {
    public let configuration: VideoDiffusionConfiguration
    private let embedding: Linear, beforeEmbedding: Linear, seenEmbedding: Linear, places: Tensor
    private let noise: Linear, text: Linear, mix: Linear
    private let blocks: [ConditionedBlock], norm: RMSNorm, output: Linear
    /// [Z] each: what makes the eye's latents have mean 0 and deviation 1. Kept, not trained.
    public let mean: Tensor, deviation: Tensor

    public init(_ configuration: VideoDiffusionConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions
        self.configuration = c
        embedding = Linear(c.latentDimensions, e, using: &generator)
        beforeEmbedding = Linear(c.latentDimensions, e, bias: false, using: &generator)
        seenEmbedding = Linear(c.latentDimensions, e, bias: false, using: &generator)
        places = Tensor.normal([c.latents, e], standardDeviation: 0.1, using: &generator).asParameter()
        noise = Linear(Waves.count, e, using: &generator)
        text = Linear(c.textDimensions, e, bias: false, using: &generator)
        mix = Linear(e, e, using: &generator)
        let grid = RotaryTable.grid(rows: c.rows, columns: c.columns, headWidth: e / c.heads)
        let line = RotaryTable.line(length: c.frames - 1, headWidth: e / c.heads)
        blocks = (0 ..< c.blocks).map { _ in
            ConditionedBlock(width: e, heads: c.heads, hidden: c.hiddenDimensions, grid: grid, line: line, using: &generator)
        }
        norm = RMSNorm(e)
        output = Linear(e, c.latentDimensions, gain: 0, using: &generator)  // F = 0: D begins as what y alone tells (EDM)
        mean = Tensor(repeating: 0, shape: [c.latentDimensions])
        deviation = Tensor(repeating: 1, shape: [c.latentDimensions])
    }

    // MARK: Training

    /// The denoising loss on clips z [B,T,S,Z], standardized: half of the clips under noise of one level, in the others every frame has its
    /// own.
    /// - Parameter text: [B,C], what each clip's sentence says; of some clips it is not heard.
    public func loss(_ z: Tensor, text: Tensor, using generator: inout SeededGenerator) -> Tensor {
        let c = configuration, B = z.size(0), T = z.size(1)
        func level() -> Float {
            min(max(expf(c.noiseMean + c.noiseDeviation * generator.normal()), c.smallestNoise), c.largestNoise)
        }
        let sigma = (0 ..< B).flatMap { b in
            b % 2 == 0 ? Array(repeating: level(), count: T - 1) : (1 ..< T).map { _ in level() }
        }
        let heard = Tensor((0 ..< B).map { _ in generator.uniform() < c.unheard ? 0 : 1 }, shape: [B, 1])
        return loss(z, text: text * heard, sigma: sigma, using: &generator)
    }

    /// The same at given noise levels, B·(T-1) of them; every sentence is heard.
    public func loss(_ z: Tensor, text: Tensor, sigma: [Float], using generator: inout SeededGenerator) -> Tensor {
        let (B, T) = (z.size(0), z.size(1)), seen = z.sliced(axis: 1, 0 ..< 1), x = z.sliced(axis: 1, 1 ..< T)
        let noisy = x + Tensor.normal(x.shape, standardDeviation: 1, using: &generator) * Tensor(sigma, shape: [B, T - 1, 1, 1])
        return loss(x, noisy: noisy, sigma: sigma, seen: seen, text: text)
    }

    ///     mean of (F - (x - c_skip·y) / c_out)²
    ///
    /// `sigma`: B·F.
    func loss(_ x: Tensor, noisy: Tensor, sigma: [Float], seen: Tensor, text: Tensor) -> Tensor {
        let p = sigma.map { Preconditioning(sigma: $0, data: 1) }
        let target = (x - noisy * x.column(p, \.cSkip)) / x.column(p, \.cOut)
        return answer(to: noisy, p, seen: seen, text: text).meanSquaredError(target)
    }

    // MARK: Use

    /// The frames [B,T-1,S,Z] that come after `seen` [B,1,S,Z] in a video that ends as `text` [B,C] says. Records no graph.
    /// - Parameters:
    ///   - steps: passes in which a frame loses its noise. `delay`: how many passes later each frame begins than the one before it. 0: all
    ///     are drawn together; `steps`: one after the other.
    ///   - guidance: g of D = D₀ + g·(D - D₀), where D₀ did not hear the sentence (arXiv 2207.12598): 1 is a fair sample,
    ///     more listens more than is fair.
    public func sample(
        after seen: Tensor, text: Tensor, steps: Int, delay: Int, guidance: Float, using generator: inout SeededGenerator
    ) -> Tensor {
        let c = configuration
        let start = Tensor.normal([seen.size(0), c.frames - 1, c.latents, c.latentDimensions], standardDeviation: 1, using: &generator)
        return Tensor.withoutGradients { sample(after: seen, text: text, from: start, steps: steps, delay: delay, guidance: guidance) }
    }

    func sample(after seen: Tensor, text: Tensor, from start: Tensor, steps: Int, delay: Int, guidance: Float) -> Tensor {
        let c = configuration, (B, F) = (start.size(0), start.size(1))
        let levels = karrasLevels(steps, from: c.largestNoise, to: c.smallestNoise)
        var x = start * c.largestNoise
        for pass in 0 ..< steps + delay * (F - 1) {
            // How far down its own stairs each frame is: all the way up before its turn, at the bottom after it.
            func stairs(_ pass: Int) -> [Int] { (0 ..< F).map { min(max(pass - delay * $0, 0), steps) } }
            let now = stairs(pass), next = stairs(pass + 1)
            let sigma = now.map { max(levels[$0], c.smallestNoise) }
            let heard = denoised(x, sigma: sigma, seen: seen, text: text)
            let d = guidance == 1 ? heard : {
                let unheard = denoised(x, sigma: sigma, seen: seen, text: text * 0)
                return unheard + (heard - unheard) * guidance
            }()
            // x + (x - D)/σ · (σ' - σ), and nothing where σ' = σ
            let share = (0 ..< F).map { next[$0] == now[$0] ? 1 : levels[next[$0]] / levels[now[$0]] }
            x = d + (x - d) * Tensor((0 ..< B).flatMap { _ in share }, shape: [B, F, 1, 1])
        }
        return x
    }

    /// D, where frame f of every row has noise `sigma[f]`.
    func denoised(_ noisy: Tensor, sigma: [Float], seen: Tensor, text: Tensor) -> Tensor {
        let p = (0 ..< noisy.size(0)).flatMap { _ in sigma.map { Preconditioning(sigma: $0, data: 1) } }
        return noisy * noisy.column(p, \.cSkip) + answer(to: noisy, p, seen: seen, text: text) * noisy.column(p, \.cOut)
    }

    /// F
    private func answer(to noisy: Tensor, _ p: [Preconditioning], seen: Tensor, text: Tensor) -> Tensor {
        let (B, F) = (noisy.size(0), noisy.size(1)), E = configuration.embeddingDimensions
        let y = noisy * noisy.column(p, \.cIn), before = Tensor.concatenated([seen, y.sliced(axis: 1, 0 ..< F - 1)], axis: 1)
        let told = self.text(text)                                                                                        // [B,E]
        let everywhere = seenEmbedding(seen) + places + told.reshaped([B, 1, 1, E])                                       // [B,1,S,E]
        var x = embedding(y, residual: beforeEmbedding(before)) + everywhere                                              // [B,F,S,E]
        let said = noise(Waves.of(p.map(\.cNoise))).reshaped([B, F, E]) + told.reshaped([B, 1, E])                        // [B,F,E]
        let condition = mix(said.silu()).silu(), everybody = AttentionMask(length: F) { _, _ in true }
        for block in blocks { x = block(x, condition: condition, mask: everybody) }
        return output(norm(x))
    }

    /// The eye's latents, with mean 0 and deviation 1; and back.
    public func standardized(_ latents: Tensor) -> Tensor { (latents - mean) / deviation }
    public func latents(of z: Tensor) -> Tensor { z * deviation + mean }

    public var tensors: [NamedTensor] {
        embedding.tensors(in: "embedding") + beforeEmbedding.tensors(in: "before_embedding")
            + seenEmbedding.tensors(in: "seen_embedding") + [("places", places)] + noise.tensors(in: "noise")
            + text.tensors(in: "text") + mix.tensors(in: "mix")
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm") + output.tensors(in: "output")
            + [("latent_mean", mean), ("latent_deviation", deviation)]
    }
}

extension Tensor {
    /// A factor for each of B·F frames of a tensor [B,F,S,Z]: [B,F,1,1].
    fileprivate func column(_ p: [Preconditioning], _ factor: KeyPath<Preconditioning, Float>) -> Tensor {
        p.column(factor).reshaped([size(0), size(1), 1, 1])
    }
}
