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
        let all = try world.actionReader.actions(of: clips.frames, own: clips.actions), transitions = TrueClips.length - 1
        var generator = SeededGenerator(seed: 11)
        var parts: (reconstructed: [Tensor], imagined: [Tensor], shuffled: [Tensor], random: [Tensor]) = ([], [], [], [])
        let ranges = stride(from: 0, to: clips.count, by: batch).map { $0 ..< min($0 + batch, clips.count) }
        func part(_ range: Range<Int>) -> (frames: Tensor, actions: [Int]) {
            (clips.frames.sliced(axis: 0, range), Array(all[range.lowerBound * transitions ..< range.upperBound * transitions]))
        }
        for range in ranges {
            let (frames, actions) = part(range), b = range.count
            // The actions of the clip half a batch away, not those of a neighbor in the same episode.
            let others = (0 ..< b).flatMap { i -> ArraySlice<Int> in
                let start = (i + b / 2) % b * transitions
                return actions[start ..< start + transitions]
            }
            let random = actions.map { _ in generator.integer(below: world.actionCount) }
            parts.reconstructed.append(Tensor.withoutGradients { world.reconstructed(frames) })
            parts.imagined.append(Rollouts.imagine(world, frames, actions, actions, TrueClips.horizon, sampling))
            parts.shuffled.append(Rollouts.imagine(world, frames, actions, others, TrueClips.horizon, sampling))
            parts.random.append(Rollouts.imagine(world, frames, actions, random, 4, sampling))
        }
        self.clips = clips
        (reconstructed, imagined, shuffled) = (
            .concatenated(parts.reconstructed, axis: 0), .concatenated(parts.imagined, axis: 0), .concatenated(parts.shuffled, axis: 0)
        )
        imaginedPSNR = clips.psnrs(imagined)
        shuffledPSNR = clips.psnrs(shuffled)
        ceilingPSNR = clips.psnrs(reconstructed.sliced(axis: 1, TrueClips.context ..< TrueClips.length))
        let fourth = zip(imaginedPSNR[3], clips.psnrs(.concatenated(parts.random, axis: 0))[3]).map { $0 - $1 }
        delta = fourth.reduce(0, +) / Double(max(1, fourth.count))

        guard world.drawsSamples, count > 0 else {
            samples = nil
            return
        }
        var drawn: [(first: Tensor, mean: Tensor, psnrs: [[[Double]]])] = []
        for i in 0 ..< count {
            let sample = Tensor.concatenated(ranges.map { range in
                let (frames, actions) = part(range)
                    return Rollouts.imagine(
                        world, frames, actions, actions, TrueClips.horizon, Sampling(steps: sampling.steps, temperature: 1),
                        seed: UInt64(100 + i))
            }, axis: 0)
            let before = drawn.last
            drawn = [(before?.first ?? sample, before.map { $0.mean + sample } ?? sample, (before?.psnrs ?? []) + [clips.psnrs(sample)])]
        }
        let (first, sum, psnrs) = drawn[0]
        func whole(_ psnrs: [[Double]], _ clip: Int) -> Double { psnrs.reduce(0) { $0 + $1[clip] } }
        let best = (0 ..< clips.count).map { clip in psnrs.indices.max { whole(psnrs[$0], clip) < whole(psnrs[$1], clip) }! }
        samples = Samples(first: first, onePSNR: psnrs[0], meanPSNR: clips.psnrs(sum / Float(count)),
                          bestPSNR: (0 ..< TrueClips.horizon).map { t in best.indices.map { psnrs[best[$0]][t][$0] } }, count: count)
    }

    /// Imagines `steps` frames from the first four of `frames` [B,..,H,W,3] -> [B,steps,H,W,3].
    private static func imagine(
        _ world: any WorldModel, _ frames: Tensor, _ past: [Int], _ future: [Int], _ steps: Int, _ sampling: Sampling, seed: UInt64 = 12
    ) -> Tensor {
        let (b, length) = (frames.size(0), frames.size(1)), c = TrueClips.context
        Memory.empty()      // the batch before was of another size
        var generator = SeededGenerator(seed: seed)
        let led = (0 ..< b).flatMap { i -> ArraySlice<Int> in past[i * (length - 1) ..< i * (length - 1) + c - 1] }
        return Tensor.withoutGradients {
            var dream = world.dream(from: frames.sliced(axis: 1, 0 ..< c), actions: led)
            let imagined = (0 ..< steps).map { t -> Tensor in
                let actions = (0 ..< b).map { i in future[i * (length - 1) + c - 1 + t] }
                let frame = dream.step(actions, sampling, using: &generator).reshaped([b, 1, world.imageSize, world.imageSize, 3])
                if t == 0 { Memory.empty() }    // what was shown was read in one go; from here on it is a frame at a time
                return frame
            }
            return .concatenated(imagined, axis: 1)
        }
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
