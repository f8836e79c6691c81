// VariationalAutoencoder.swift - how does a frame become 32 numbers that a small model can predict?
//
// An encoder does not name a code: for each latent number it says where it lies and how sure it is, a mean µ and a deviation σ. A number is
// drawn from there, and the decoder must do with the draw. So what lies near a code must look like it, and a prior N(0, 1) pulls all codes
// to where numbers are of size 1. Both together make a space without holes, in which one can walk, and dream.
//
//   [n,H,W,3] -> convolutions of stride 2 -> [n,4,4,·] -> µ, ln σ² [n,N,Z];   z = µ + σ·ε;   [n,N,Z] -> [n,4,4,·]
//                                                                             -> as many convolutions -> [n,H,W,3]
//
// Kingma & Welling, arXiv 1312.6114; World Models' V: arXiv 1803.10122, appendix A.1.

import Foundation
import Layers
import Randomness
import Tensors
import Training

/// A convolutional variational autoencoder of frames.
public final class VariationalAutoencoder: CheckpointedModel {
    public static let kind = "variational-autoencoder", maker = "train-tokenizer vae"

    public let configuration: VariationalConfiguration
    let down: [Convolution], toLatents: Linear, fromLatents: Linear, up: [Convolution]

    public init(_ configuration: VariationalConfiguration, using generator: inout SeededGenerator) {
        let c = configuration
        self.configuration = c
        // 3 -> C -> 2C -> .. -> W channels, from H·H pixels to 4·4 places; a relu halves what passes, so gains are √2.
        let widths = [3] + (0 ..< c.layers).map { c.channels << $0 }, widest = widths.last!
        down = (0 ..< c.layers).map { Convolution(widths[$0], widths[$0 + 1], size: 4, stride: 2, gain: 1.4, using: &generator) }
        let places = 16 / c.places  // how many of the 4·4 one row of latents stands for
        toLatents = Linear(places * widest, 2 * c.latentDimensions, gain: 0.5, using: &generator)
        fromLatents = Linear(c.latentDimensions, places * widest, using: &generator)
        // Back: each convolution writes a square of 2x2 pixels into channels, which are then laid out
        // (sub-pixel convolution, arXiv 1609.05158).
        up = (0 ..< c.layers).reversed().map { Convolution(widths[$0 + 1], 4 * widths[$0], gain: $0 == 0 ? 0.3 : 1.4, using: &generator) }
    }

    /// [n,H,W,3] in 0...1 -> µ and ln σ², [n,N,Z] each.
    public func encode(_ frames: Tensor) -> (mean: Tensor, logVariance: Tensor) {
        let c = configuration, n = frames.size(0)
        let features = down.reduce(frames * 2 - 1) { $1($0).relu() }                                                       // [n,4,4,W]
        let both = toLatents(features.reshaped([n, c.places, -1]))                                                         // [n,N,2Z]
        // Beyond e^±4 a deviation is a number without meaning, and its square would overflow one day.
        return (
            both.sliced(axis: 2, 0 ..< c.latentDimensions),
            both.sliced(axis: 2, c.latentDimensions ..< 2 * c.latentDimensions).clamped(-8, 8)
        )
    }

    /// [n,N,Z] -> [n,H,W,3] in 0...1
    public func decode(_ latents: Tensor) -> Tensor {
        let features = fromLatents(latents).relu().reshaped([latents.size(0), 4, 4, -1])                                   // [n,4,4,W]
        return up.enumerated().reduce(features) { x, layer in
            let y = layer.element(x).depthToSpace(2)
            return layer.offset == up.count - 1 ? y.sigmoid() : y.relu()
        }
    }

    /// Through the bottleneck and back, with `noise` [n,N,Z] from N(0, 1).
    public func callAsFunction(_ frames: Tensor, noise: Tensor) -> (frames: Tensor, mean: Tensor, logVariance: Tensor) {
        let (mean, logVariance) = encode(frames)
        // z = µ + σ·ε: the draw is outside, so the gradient flows through µ and σ                          (arXiv 1312.6114, section 2.4)
        let latents = mean + (logVariance * 0.5).exp() * noise
        return (decode(latents), mean, logVariance)
    }

    /// Numbers from N(0, 1), [count,N,Z].
    public func noise(_ count: Int, using generator: inout SeededGenerator) -> Tensor {
        .normal([count, configuration.places, configuration.latentDimensions], standardDeviation: 1, using: &generator)
    }

    public var tensors: [NamedTensor] {
        down.enumerated().flatMap { $1.tensors(in: "down.\($0)") } + toLatents.tensors(in: "to_latents")
            + fromLatents.tensors(in: "from_latents")
            + up.enumerated().flatMap { $1.tensors(in: "up.\($0)") }
    }
}
