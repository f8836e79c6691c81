// Rollouts.swift - how long does imagination stay with the truth?
//
// Four true frames, then twelve imagined ones, with the actions that were really taken; and the same with the actions of another clip. Only
// the imagined frames count. The mean of what is possible is measured apart from samples: the mean is nearer to the truth and fog, a sample
// is a picture.

import Foundation
import FrameCoding
import JetBot
import Pictures
import Randomness
import Tensors
import Training
import WorldModels

/// Everything that one model imagined from the first frames of the clips.
public struct Rollouts {
    public let clips: TrueClips
    /// What the model's own eye makes of the true frames: no imagination of it can be better. [B,16,H,W,3]
    public let reconstructed: Tensor
    /// [B,12,H,W,3]
    public let imagined: Tensor, shuffled: Tensor
    /// PSNR at [step][clip].
    public let imaginedPSNR, shuffledPSNR, ceilingPSNR: [[Double]]
    /// Genie's controllability at t = 4: PSNR with the inferred actions minus PSNR with random ones (arXiv 2402.15391, section 3
    /// "Metrics").
    public let delta: Double
    /// Where the model draws them.
    public let samples: Samples?

    /// Futures at temperature 1.
    public struct Samples {
        /// The first of them, [B,12,H,W,3].
        public let first: Tensor
        /// PSNR at [step][clip]: of one sample, of the mean of all, and in each clip of the sample that came nearest to the truth.
        public let onePSNR, meanPSNR, bestPSNR: [[Double]]
        public let count: Int
    }

    /// - Throws: `TrainingError` when the model needs recorded actions and there are none.
    public init(_ world: any WorldModel, _ clips: TrueClips, sampling: Sampling, samples count: Int = 8, batch: Int = 32) throws {
        let actions = ClipGrid(try world.actionReader.actions(of: clips.frames, own: clips.actions), clips: clips.count)
        let batches = stride(from: 0, to: clips.count, by: batch).map { first in
            let range = first ..< min(first + batch, clips.count)
            return Batch(world: world, frames: clips.frames.sliced(axis: 0, range), actions: actions.selecting(range))
        }
        func all(_ made: (Batch) -> Tensor) -> Tensor { .concatenated(batches.map(made), axis: 0) }

        self.clips = clips
        reconstructed = all { part in Tensor.withoutGradients { world.reconstructed(part.frames) } }
        imagined = all { $0.imagine($0.actions, TrueClips.horizon, sampling) }
        // The actions of the clip half a batch away, not those of a neighbor in the same episode. (One that is alone in its batch gets the
        // first's: of a single clip nothing can be said.)
        shuffled = all { part in
            let b = part.actions.clips, others = b > 1 ? part.actions.selecting((0 ..< b).map { ($0 + b / 2) % b }) : actions.selecting([0])
            return part.imagine(others, TrueClips.horizon, sampling)
        }
        var generator = SeededGenerator(seed: 11)
        let wandering = all { part in
            let chosen = part.actions.values.map { _ in generator.integer(below: world.actionCount) }
            return part.imagine(ClipGrid(chosen, clips: part.actions.clips), 4, sampling)
        }
        imaginedPSNR = clips.psnrs(imagined)
        shuffledPSNR = clips.psnrs(shuffled)
        ceilingPSNR = clips.psnrs(reconstructed.sliced(axis: 1, TrueClips.context ..< TrueClips.length))
        let fourth = zip(imaginedPSNR[3], clips.psnrs(wandering)[3]).map { $0 - $1 }
        delta = fourth.reduce(0, +) / Double(max(1, fourth.count))

        let bold = Sampling(steps: sampling.steps, temperature: 1)
        samples = !world.drawsSamples || count == 0 ? nil : Samples(clips, count: count) { i in
            all { $0.imagine($0.actions, TrueClips.horizon, bold, seed: UInt64(100 + i)) }
        }
    }

    /// As many clips as a model dreams of at once.
    private struct Batch {
        let world: any WorldModel
        /// [B,16,H,W,3]
        let frames: Tensor
        /// [B,15], those that were taken.
        let actions: ClipGrid<Int>

        /// Imagines `steps` frames from the first four, with other actions from there on -> [B,steps,H,W,3].
        func imagine(_ future: ClipGrid<Int>, _ steps: Int, _ sampling: Sampling, seed: UInt64 = 12) -> Tensor {
            let c = TrueClips.context
            Memory.empty()      // the batch before was of another size
            var generator = SeededGenerator(seed: seed)
            return Tensor.withoutGradients {
                var dream = world.dream(from: frames.sliced(axis: 1, 0 ..< c), actions: actions[frames: 0 ..< c - 1])
                let imagined = (0 ..< steps).map { t -> Tensor in
                    let frame = dream.step(future[frame: c - 1 + t], sampling, using: &generator)
                    if t == 0 { Memory.empty() }    // what was shown was read in one go; from here on it is a frame at a time
                    return frame.reshaped([frames.size(0), 1, world.imageSize, world.imageSize, 3])
                }
                return .concatenated(imagined, axis: 1)
            }
        }
    }
}

extension Rollouts.Samples {
    /// - Parameter draw: sample number i of all clips, [B,12,H,W,3].
    init(_ clips: TrueClips, count: Int, draw: (_ i: Int) -> Tensor) {
        self.count = count
        first = draw(0)
        var sum = first, psnrs = [clips.psnrs(first)]           // [sample][step][clip]
        for i in 1 ..< count {
            let sample = draw(i)
            sum = sum + sample
            psnrs.append(clips.psnrs(sample))
        }
        onePSNR = psnrs[0]
        meanPSNR = clips.psnrs(sum / Float(count))
        // Nearest over all twelve frames, not in each.
        func whole(_ sample: Int, _ clip: Int) -> Double { psnrs[sample].reduce(0) { $0 + $1[clip] } }
        let best = (0 ..< clips.count).map { clip in psnrs.indices.max { whole($0, clip) < whole($1, clip) }! }
        bestPSNR = (0 ..< TrueClips.horizon).map { t in best.indices.map { psnrs[best[$0]][t][$0] } }
    }
}

/// How the Kong fares in the twelve frames, of all that show one after a context that showed it.
public struct KongCount {
    public var frames = 0.0, seen = 0.0, onePiece = 0.0, rightBearing = 0.0
    /// Frames that truly show none, and those of them in which one is seen all the same: who paints red everywhere finds every toy.
    public var empty = 0.0, imagined = 0.0

    mutating func add(_ own: RedKong?, _ real: RedKong) {
        frames += 1
        guard let own else { return }
        seen += 1
        if own.pieces == 1 { onePiece += 1 }
        if abs(own.bearing - real.bearing) < 10 * .pi / 180 { rightBearing += 1 }
    }
    public var share: Double { rightBearing / max(1, frames) }
    public var falseAlarms: Double { imagined / max(1, empty) }
}

extension TrueClips {
    /// As shown by `imagined` [B,12,H,W,3].
    public func kongs(_ imagined: Tensor) -> KongCount { kongs { Image(imagined, frame: $0 * TrueClips.horizon + $1) } }

    /// As the last frame before showed it.
    public var copiedKongs: KongCount { kongs { clip, _ in image(clip, TrueClips.context - 1) } }

    private func kongs(_ picture: (_ clip: Int, _ step: Int) -> Image) -> KongCount {
        var count = KongCount()
        for clip in 0 ..< self.count {
            // A Kong that the past does not show cannot be imagined.
            let isKnown = RedKong(image(clip, TrueClips.context - 1)) != nil
            for t in 0 ..< TrueClips.horizon {
                if let real = RedKong(image(clip, TrueClips.context + t)) {
                    if isKnown { count.add(RedKong(picture(clip, t)), real) }
                } else {
                    count.empty += 1
                    if RedKong(picture(clip, t)) != nil { count.imagined += 1 }
                }
            }
        }
        return count
    }
}
