// VideoDiffusion.swift - which video begins like this, and goes on as somebody says?
//
// A dream goes from frame to frame. Here the frames of a window are drawn out of noise together, and every one of them sees every other:
// what the last should show decides what those before it must begin (a DiT, arXiv 2212.09748, on an eye's latents, as in Cosmos, arXiv
// 2501.03575, section 5.1; UniPi, arXiv 2302.00111, section 3.1).
//
//   y [B,T,S,M·Z], each part under noise of its own; under every frame the one before it          -> E
//   what is said, a sentence [B,C] for all frames, or of each what was done before it: under every place and in the condition  -> E
//   the noise levels of a frame's M parts: the condition of all blocks                              -> E
//   blocks over space and time, no frame hidden from any other                    -> F(y), and D(y) = c_skip·y + c_out·F(y)
//
// Every frame has a noise level of its own (diffusion forcing, arXiv 2407.01392), and so has each of its M parts: a picture, its distances,
// its directions (TesserAct, arXiv 2504.20995). What has hardly any noise is known, and the rest is drawn to fit it. So one network goes on
// with a video, ends it as told, or says how far is what a picture shows: it only depends on what is known.

import Foundation
import FrameCoding
import Layers
import Randomness
import Tensors
import Training

public final class VideoDiffusion: Module {
    public let configuration: VideoDiffusionConfiguration
    private let embedding: Linear, beforeEmbedding: Linear, places: Tensor
    private let noise: Linear, text: Linear?, actions: Embedding?, mix: Linear
    private let blocks: [ConditionedBlock], norm: RMSNorm, output: Linear
    /// [M·Z] each: what makes the eye's latents have mean 0 and deviation 1. Kept, not trained.
    public let mean: Tensor, deviation: Tensor

    public init(_ configuration: VideoDiffusionConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions
        self.configuration = c
        embedding = Linear(c.width, e, using: &generator)
        beforeEmbedding = Linear(c.width, e, bias: false, using: &generator)
        places = Tensor.normal([c.latents, e], standardDeviation: 0.1, using: &generator).asParameter()
        noise = Linear(c.parts * Waves.count, e, using: &generator)
        text = c.textDimensions == 0 ? nil : Linear(c.textDimensions, e, bias: false, using: &generator)
        actions = c.actions == 0 ? nil : Embedding(c.actions + 1, e, standardDeviation: 1, using: &generator)
        mix = Linear(e, e, using: &generator)
        let grid = RotaryTable.grid(rows: c.rows, columns: c.columns, headWidth: e / c.heads)
        let line = RotaryTable.line(length: c.frames, headWidth: e / c.heads)
        blocks = (0 ..< c.blocks).map { _ in
            ConditionedBlock(width: e, heads: c.heads, hidden: c.hiddenDimensions, grid: grid, line: line, using: &generator)
        }
        norm = RMSNorm(e)
        output = Linear(e, c.width, gain: 0, using: &generator)             // F = 0: D begins as what y alone tells (EDM)
        mean = Tensor(repeating: 0, shape: [c.width])
        deviation = Tensor(repeating: 1, shape: [c.width])
    }

    // MARK: Training

    /// The denoising loss on clips x [B,T,S,M·Z], standardized. In half of the clips the first frames are known, and the others have one
    /// noise level. In an eighth the levels are stairs, in an eighth the first part of all frames is known; elsewhere every part has its
    /// own.
    public func loss(_ x: Tensor, told: Told, using generator: inout SeededGenerator) -> Tensor {
        let c = configuration, (B, T, M) = (x.size(0), x.size(1), c.parts)
        func level() -> Float {
            min(max(expf(c.noiseMean + c.noiseDeviation * generator.normal()), c.smallestNoise), c.largestNoise)
        }
        var sigma: [Float] = [], asked: [Float] = []
        for _ in 0 ..< B {
            let known = 1 + generator.integer(below: min(c.mostKnown, T - 1)), common = level()
            // What is known may be known nearly: a dream's past is its own.
            let light = c.smallestNoise * powf(c.lightNoise / c.smallestNoise, generator.uniform())
            var own = (0 ..< T * M).map { _ in level() }
            switch generator.integer(below: 8) {
            case 0 ..< 4: own = own.indices.map { $0 / M < known ? light : common }
            case 4: own = own[..<T].sorted().flatMap { Array(repeating: $0, count: M) }
            case 5 where M > 1: own = own.indices.map { $0 % M == 0 ? light : common }
            default: break
            }
            sigma += own
            asked += own.map { $0 == light ? 0 : 1 }
        }
        let noisy = x + scaled(.normal(x.shape, standardDeviation: 1, using: &generator), sigma)
        return loss(x, noisy: noisy, told: told.forgotten(c.unheard, using: &generator), sigma: sigma, asked: asked)
    }

    ///     mean of (F - (x - c_skip·y) / c_out)²
    ///
    /// over what is asked for: `asked` is 0 or 1 for each of B·T·M parts, as `sigma` is.
    func loss(_ x: Tensor, noisy: Tensor, told: Told, sigma: [Float], asked: [Float]) -> Tensor {
        let p = sigma.map { Preconditioning(sigma: $0, data: 1) }
        let target = scaled(x - scaled(noisy, p.map(\.cSkip)), p.map { 1 / $0.cOut })
        let error = scaled(answer(to: noisy, p, told) - target, asked)
        return (error * error).mean() * (Float(sigma.count) / max(1, asked.reduce(0, +)))
    }

    /// The loss of the pictures (the first part) of the last `count` frames of each clip x [B,T,S,M·Z], under much noise, where the frames
    /// before them are known: what is said matters most there. The noise is always the same.
    public func error(ofLast count: Int, of x: Tensor, told: Told) -> Double {
        let c = configuration, (B, T) = (x.size(0), x.size(1))
        var noise = SeededGenerator(seed: 3)
        let sigma = (0 ..< B).flatMap { _ in (0 ..< T * c.parts).map { $0 / c.parts < T - count ? c.smallestNoise : 5 } }
        let asked: [Float] = sigma.indices.map { sigma[$0] == 5 && $0 % c.parts == 0 ? 1 : 0 }
        return Tensor.withoutGradients {
            let noisy = x + scaled(.normal(x.shape, standardDeviation: 1, using: &noise), sigma)
            return Double(loss(x, noisy: noisy, told: told, sigma: sigma, asked: asked).item)
        }
    }

    // MARK: Use

    /// The rest of a window x [B,T,S,M·Z], of which some is known. Records no graph.
    /// - Parameters:
    ///   - turns: T·M, which of the parts of which frames are drawn first, from 0; nil: it is known.
    ///   - steps: passes in which a part loses its noise. `delay`: how many passes later each turn begins than the one before it. 0: all
    ///     are drawn together; `steps`: one after the other.
    ///   - guidance: g of D = D₀ + g·(D - D₀), where D₀ heard nothing (arXiv 2207.12598): 1 is a fair sample, more listens more than is
    ///     fair.
    ///   - temperature: 1 is a fair sample, 0 begins in the middle of the noise.
    ///   - doubt: the noise level that is said of what is known; nil: hardly any.
    public func sample(
        _ x: Tensor, turns: [Int?], told: Told, steps: Int, delay: Int = 0, guidance: Float = 1, temperature: Float = 1,
        doubt: Float? = nil, using generator: inout SeededGenerator
    ) -> Tensor {
        let noise = Tensor.normal(x.shape, standardDeviation: temperature, using: &generator)
        return Tensor.withoutGradients {
            sample(x, turns: turns, told: told, from: noise, steps: steps, delay: delay, guidance: guidance, doubt: doubt)
        }
    }

    func sample(
        _ known: Tensor, turns: [Int?], told: Told, from noise: Tensor, steps: Int, delay: Int, guidance: Float, doubt: Float? = nil
    ) -> Tensor {
        let c = configuration, B = known.size(0)
        func each(_ values: [Float]) -> [Float] { (0 ..< B).flatMap { _ in values } }
        let levels = karrasLevels(steps, from: c.largestNoise, to: c.smallestNoise)
        var x = scaled(known, each(turns.map { $0 == nil ? 1 : 0 })) + scaled(noise, each(turns.map { $0 == nil ? 0 : c.largestNoise }))
        for pass in 0 ..< steps + delay * (turns.compactMap { $0 }.max() ?? 0) {
            // How far down its own stairs each part is: all the way up before its turn, at the bottom after it.
            func stairs(_ pass: Int) -> [Int] { turns.map { turn in turn.map { min(max(pass - delay * $0, 0), steps) } ?? steps } }
            let now = stairs(pass), next = stairs(pass + 1)
            let sigma = each(now.indices.map { max(turns[$0] == nil ? doubt ?? 0 : levels[now[$0]], c.smallestNoise) })
            let heard = denoised(x, sigma: sigma, told: told)
            let d = guidance == 1 ? heard : {
                let unheard = denoised(x, sigma: sigma, told: told.nothing)
                return unheard + (heard - unheard) * guidance
            }()
            // x + (x - D)/σ · (σ' - σ), and nothing where σ' = σ
            x = x + scaled(d - x, each(now.indices.map { next[$0] == now[$0] ? 0 : 1 - levels[next[$0]] / levels[now[$0]] }))
        }
        return x
    }

    /// D, under noise levels B·T·M.
    func denoised(_ noisy: Tensor, sigma: [Float], told: Told) -> Tensor {
        let p = sigma.map { Preconditioning(sigma: $0, data: 1) }
        return scaled(noisy, p.map(\.cSkip)) + scaled(answer(to: noisy, p, told), p.map(\.cOut))
    }

    /// F
    private func answer(to noisy: Tensor, _ p: [Preconditioning], _ told: Told) -> Tensor {
        let c = configuration, (B, T, E) = (noisy.size(0), noisy.size(1), c.embeddingDimensions)
        let y = scaled(noisy, p.map(\.cIn)), nothing = Tensor(repeating: 0, shape: [B, 1, c.latents, c.width])
        let before = T == 1 ? nothing : Tensor.concatenated([nothing, y.sliced(axis: 1, 0 ..< T - 1)], axis: 1)
        let said = words(told, B, T)                                                                                      // [B,T,E]
        var x = embedding(y, residual: beforeEmbedding(before)) + (said.reshaped([B, T, 1, E]) + places)                  // [B,T,S,E]
        let levels = Waves.of(p.map(\.cNoise)).reshaped([B, T, c.parts * Waves.count])
        let condition = mix((noise(levels) + said).silu()).silu(), everybody = AttentionMask(length: T) { _, _ in true }
        for block in blocks { x = block(x, condition: condition, mask: everybody) }
        return output(norm(x))
    }

    /// What is said of each frame: [B,T,E].
    private func words(_ told: Told, _ B: Int, _ T: Int) -> Tensor {
        var sum = Tensor(repeating: 0, shape: [B, T, configuration.embeddingDimensions])
        if let text, let sentence = told.text { sum = sum + text(sentence).reshaped([B, 1, -1]) }
        if let actions, let led = told.led { sum = sum + actions(led.map { $0 ?? configuration.actions }).reshaped([B, T, -1]) }
        return sum
    }

    /// A factor for each of B·T·M parts of [B,T,S,M·Z].
    private func scaled(_ x: Tensor, _ factors: [Float]) -> Tensor {
        let c = configuration, (B, T) = (x.size(0), x.size(1))
        let parts = x.reshaped([B, T, c.latents, c.parts, c.latentDimensions])
        return (parts * Tensor(factors, shape: [B, T, 1, c.parts, 1])).reshaped(x.shape)
    }

    /// The eye's latents, with mean 0 and deviation 1; and back.
    public func standardized(_ latents: Tensor) -> Tensor { (latents - mean) / deviation }
    public func latents(of z: Tensor) -> Tensor { z * deviation + mean }

    public var tensors: [NamedTensor] {
        embedding.tensors(in: "embedding") + beforeEmbedding.tensors(in: "before_embedding") + [("places", places)]
            + noise.tensors(in: "noise") + (text?.tensors(in: "text") ?? []) + (actions?.tensors(in: "actions") ?? [])
            + mix.tensors(in: "mix") + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm")
            + output.tensors(in: "output") + [("latent_mean", mean), ("latent_deviation", deviation)]
    }
}

/// What is said of a video.
public struct Told {
    /// [B,C], a sentence each: how it ends.
    public var text: Tensor?
    /// B·T: the action that led to each frame; nil: nobody knows.
    public var led: [Int?]?

    public init(text: Tensor? = nil, led: [Int?]? = nil) { (self.text, self.led) = (text, led) }

    public var nothing: Told { Told(text: text.map { $0 * 0 }, led: led.map { $0.map { _ in nil } }) }

    /// Of this share of the videos nothing is heard.
    func forgotten(_ share: Float, using generator: inout SeededGenerator) -> Told {
        guard let B = text?.size(0), share > 0 else { return self }
        return Told(text: text! * Tensor((0 ..< B).map { _ in generator.uniform() < share ? 0 : 1 }, shape: [B, 1]), led: led)
    }
}
