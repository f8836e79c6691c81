// VariationalAutoencoder+FrameAutoencoder.swift - as an eye among others: the latents of a frame are the means of its code.
//
// It sees each frame alone and remembers nothing.

import Episodes
import Foundation
import FrameCoding
import Pictures
import Randomness
import Tensors
import Training

extension VariationalAutoencoder: FrameAutoencoder {
    public var imageSize: Int { configuration.imageSize }
    /// Any number would do; so many at once are cheap.
    public var frames: Int { 8 }
    public var latentShape: (places: Int, width: Int) { (configuration.places, configuration.latentDimensions) }
    public var emptyMemory: FrameMemory { FrameMemory(blocks: 0) }

    public func latents(of frames: Tensor) -> Tensor { distribution(of: frames).mean }

    /// frames [B,T,H,W,3] -> µ and ln σ², [B,T,N,Z] each: a model that draws anew from them learns from more
    /// than one code of a frame. Records no graph.
    public func distribution(of frames: Tensor) -> (mean: Tensor, logVariance: Tensor) {
        let (b, t, c) = (frames.size(0), frames.size(1), configuration), shape = [b, t, c.places, c.latentDimensions]
        return Tensor.withoutGradients {
            let (mean, logVariance) = encode(frames.reshaped([b * t] + frames.shape.dropFirst(2)))
            return (mean.reshaped(shape), logVariance.reshaped(shape))
        }
    }

    public func decode(_ latents: Tensor, after past: inout FrameMemory) -> Tensor {
        let (b, t, c) = (latents.size(0), latents.size(1), configuration)
        return Tensor.withoutGradients {
            decode(latents.reshaped([b * t, c.places, c.latentDimensions])).reshaped([b, t, c.imageSize, c.imageSize, 3])
        }
    }

    /// How far the codes are from the prior, how many numbers say anything, and what numbers say that nobody chose.
    public func ownMeasures(on validation: EpisodeSet) throws -> OwnMeasures {
        let c = configuration, width = c.numbersPerFrame
        var own = OwnMeasures(), sums = [Double](repeating: 0, count: width), squares = sums, count = 0.0, divergence = 0.0
        for clips in validation.clips(length: 1, batch: 64) {
            let (mean, logVariance) = distribution(of: clips.frames)
            for (i, (µ, v)) in zip(mean.values, logVariance.values).enumerated() {
                sums[i % width] += Double(µ)
                squares[i % width] += Double(µ * µ)
                divergence += 0.5 * Double(µ * µ + exp(v) - 1 - v)
            }
            count += Double(mean.count / width)
        }
        // A number that the prior has taken has the same mean for every frame.
        let active = zip(sums, squares).filter { $1 / count - ($0 / count) * ($0 / count) > 0.01 }.count
        own.rows.add("divergence_nats", divergence / count, baseline: "0 (collapsed); \(c.tolerance * Float(width)) cost nothing")
        own.rows.add("active_numbers", Double(active), baseline: "of \(width)")
        own.pictures = [("prior.png", prior(validation))]
        return own
    }

    /// Frames of numbers from N(0, 1), and a walk in equal steps from one frame's code to another's.
    private func prior(_ validation: EpisodeSet) -> Image {
        var generator = SeededGenerator(seed: 1)
        let places = validation.places(length: 1), ends = [places[0], places[places.count / 2]]
        return Tensor.withoutGradients {
            let codes = latents(of: validation.clips(at: ends, length: 1).frames).reshaped([
                2, configuration.places, configuration.latentDimensions,
            ])
            let from = codes.sliced(axis: 0, 0 ..< 1), way = codes.sliced(axis: 0, 1 ..< 2) - from
            let walk = (0 ..< 8).map { i -> Tensor in from + way * (Float(i) / 7) }
            let rows = [decode(noise(8, using: &generator)), decode(.concatenated(walk, axis: 0))]
            return Image.sheet(rows: rows.map { frames in (0 ..< 8).map { Image(frames, frame: $0) } }, title: "what numbers decode to",
                               rowLabels: ["drawn from N(0, 1)", "from frame to frame"], scale: 2)
        }
    }
}
