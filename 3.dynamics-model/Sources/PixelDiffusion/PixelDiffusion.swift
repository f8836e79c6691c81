// PixelDiffusion.swift - how is the next frame drawn, sharply, when nobody can know what it will show?
//
// In two parts. One network says what to expect: the mean of all that could come, sharp where the past decides it and fog where it does
// not. A second one, a diffusion model, draws one of the possibilities: the rest, frame minus mean. (Regression first and diffusion for the
// rest: arXiv 2309.15214, section 3. The diffusion is DIAMOND's: EDM, four past frames beside the noisy one, actions and noise in adaptive
// group norms; DIAMOND asks it for the whole frame, `drawsMeanFirst` = false here.)
//
// Frames are 0...1 at the door and -1...1 inside.

import Foundation
import FrameCoding
import Layers
import Randomness
import Tensors
import Training
import WorldModels

public final class PixelDiffusion: Module {
    public static let kind = "pixel-diffusion"

    public let configuration: PixelDiffusionConfiguration
    private let mean: UNet?
    private let denoiser: UNet
    /// σ_data: [1], the deviation of what the diffusion draws. DIAMOND's 0.5 for whole frames; measured, when the mean is drawn first.
    public let dataDeviation: Tensor

    public init(_ configuration: PixelDiffusionConfiguration, using generator: inout SeededGenerator) {
        self.configuration = configuration
        let K = configuration.pastFrames
        mean = configuration.drawsMeanFirst ? UNet(pictures: K, configuration, using: &generator) : nil
        denoiser = UNet(pictures: configuration.drawsMeanFirst ? K + 2 : K + 1, configuration, using: &generator)
        dataDeviation = Tensor([0.5], shape: [1])
    }

    /// What is known before a frame: K frames [B,H,W,3] from -1 to 1, oldest first; B·K actions; the noise on each past.
    public struct Past {
        public var frames: [Tensor], actions: [Int?], noise: [Float]

        public init(frames: [Tensor], actions: [Int?], noise: [Float]) {
            (self.frames, self.actions, self.noise) = (frames, actions, noise)
        }
    }

    /// Frames that are -1...1 have a deviation of about a half: as large as a normal draw.
    private func scaled(_ frame: Tensor) -> Tensor { frame * 2 }

    /// The mean of what can come: [B,H,W,3], -1...1. Zero, mid-gray, where the diffusion draws all.
    public func expected(after past: Past) -> Tensor {
        guard let mean else { return Tensor(repeating: 0, shape: past.frames[0].shape) }
        return mean(past.frames.map(scaled), actions: past.actions, pastNoise: past.noise) / 2
    }

    /// F, what the network says: [B,H,W,3].
    func answer(to noisy: Tensor, _ p: [Preconditioning], after past: Past, expected: Tensor) -> Tensor {
        let seen = past.frames.map(scaled) + (mean == nil ? [] : [scaled(expected)]) + [noisy * p.column(\.cIn)]
        return denoiser(seen, actions: past.actions, noise: p.map(\.cNoise), pastNoise: past.noise)
    }

    /// D, the best guess at the rest when so much noise lies on it, `sigma` in σ_data: [B,H,W,3].
    func denoised(_ noisy: Tensor, sigma: [Float], after past: Past, expected: Tensor) -> Tensor {
        let p = preconditioning(sigma)
        return noisy * p.column(\.cSkip) + answer(to: noisy, p, after: past, expected: expected) * p.column(\.cOut)
    }

    /// σ in units of σ_data.
    private func preconditioning(_ sigma: [Float]) -> [Preconditioning] {
        let data = dataDeviation.item
        return sigma.map { Preconditioning(sigma: $0 * data, offset: configuration.offsetNoise * data, data: data) }
    }

    /// The denoising loss on `frame` [B,H,W,3], at a noise level drawn for each picture, and what was made of it: a frame to go on from.
    ///
    ///     ln(σ/σ_data) ~ N(mean, deviation)
    public func denoisingLoss(
        of frame: Tensor, after past: Past, expected: Tensor, using generator: inout SeededGenerator
    ) -> (loss: Tensor, frame: Tensor) {
        let (c, data, batch) = (configuration, dataDeviation.item, frame.size(0)), rest = frame - expected
        let sigma = (0 ..< batch).map { _ in
            min(max(expf(c.noiseMean + c.noiseDeviation * generator.normal()), c.smallestNoise), 4 * c.largestNoise)
        }
        let offset = Tensor.normal([batch, 1, 1, 3], standardDeviation: c.offsetNoise * data, using: &generator)
        let noise = Tensor.normal(frame.shape, standardDeviation: data, using: &generator) * Tensor(sigma, shape: [batch, 1, 1, 1])
        return denoisingLoss(
            rest: rest, noisy: rest + noise + offset, sigma: sigma, after: past, expected: expected,
            weights: weights(of: frame, after: past))
    }

    /// What each pixel of a frame [B,H,W,3] counts in a loss: [B,H,W,1], or nil where all count the same.
    func weights(of frame: Tensor, after past: Past) -> Tensor? {
        switch configuration.weighsColors {
        case "answer": colorWeights(of: frame)
        // A turn moves the picture by about eight pixels.
        case "past": colorWeights(of: past.frames.last!, reach: configuration.imageSize / 8)
        default: nil
        }
    }

    ///     loss = mean of w·(F - (x - c_skip·y) / c_out)²
    ///
    /// `rest`, `noisy` [B,H,W,3]; `sigma` in σ_data.
    func denoisingLoss(
        rest: Tensor, noisy: Tensor, sigma: [Float], after past: Past, expected: Tensor, weights: Tensor? = nil
    ) -> (loss: Tensor, frame: Tensor) {
        let p = preconditioning(sigma), answer = answer(to: noisy, p, after: past, expected: expected)
        let target = (rest - noisy * p.column(\.cSkip)) / p.column(\.cOut)
        let drawn = Tensor.withoutGradients { expected + noisy * p.column(\.cSkip) + answer.stopGradient() * p.column(\.cOut) }
        return (answer.squaredError(target, weights: weights), drawn)
    }

    /// Draws the next frame: [B,H,W,3], -1...1.
    /// - Parameters:
    ///   - steps: passes through the denoiser; nil: the configuration's.
    ///   - temperature: how large the noise is to begin with. At 0 there is none, and nothing to clean:
    ///     the mean of what is possible, in one pass.
    public func sample(after past: Past, steps: Int?, temperature: Float, using generator: inout SeededGenerator) -> Tensor {
        if temperature == 0 && mean != nil { return expected(after: past) }
        let start = Tensor.normal(past.frames[0].shape, standardDeviation: temperature, using: &generator)
        return sample(after: past, from: start, steps: temperature == 0 ? 1 : steps ?? configuration.samplingSteps)
    }

    /// From normal draws down to no noise, by Euler's steps along dx/dσ = (x - D(x, σ)) / σ (arXiv 2206.00364, algorithm 1
    /// without its correction, lines 6 to 8; DIAMOND, section 3.1, takes Euler's too).
    func sample(after past: Past, from start: Tensor, steps: Int) -> Tensor {
        let c = configuration, expected = expected(after: past), batch = expected.size(0)
        let levels = karrasLevels(steps, from: c.largestNoise, to: c.smallestNoise)
        var x = start * (c.startNoise * dataDeviation.item)
        for (sigma, next) in zip(levels, levels.dropFirst()) {
            let d = denoised(x, sigma: Array(repeating: sigma, count: batch), after: past, expected: expected)
            x = d + (x - d) * (next / sigma)  // = x + (x - D)/σ · (σ' - σ)
        }
        return expected + x
    }

    /// What the mean network is trained to do: its squared error, weighted by color, and the frame that it expected.
    public func meanLoss(of frame: Tensor, after past: Past) -> (loss: Tensor, frame: Tensor) {
        let expected = expected(after: past)
        return (expected.squaredError(frame, weights: weights(of: frame, after: past)), expected.stopGradient())
    }

    public var meanParameters: [NamedTensor] { mean.map { $0.tensors(in: "mean").filter(\.tensor.requiresGradient) } ?? [] }
    public var denoiserParameters: [NamedTensor] { denoiser.tensors(in: "denoiser").filter(\.tensor.requiresGradient) }

    public var tensors: [NamedTensor] {
        (mean?.tensors(in: "mean") ?? []) + denoiser.tensors(in: "denoiser") + [("data_deviation", dataDeviation)]
    }
}
