// Rollouts.swift - how long does imagination stay with the truth?
//
// Four true frames, then twelve imagined ones, with the actions that were really taken; and the same with the actions of another clip. Only the
// imagined frames count.

import DynamicsModel
import Episodes
import Foundation
import JetBot
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer

/// Clips of a split with everything that was imagined from their first frames.
struct Rollouts {
    static let context = 4, horizon = 12

    /// [B,16,H,W,3], and what the tokenizer makes of it: no imagination can be better.
    let truth: Tensor
    private(set) var tokenized: Tensor
    /// [B,12,H,W,3]
    private(set) var imagined: Tensor, shuffled: Tensor
    /// PSNR at [step][clip].
    private(set) var imaginedPSNR: [[Double]], shuffledPSNR: [[Double]], copyPSNR: [[Double]], ceilingPSNR: [[Double]]
    /// [step][clip]: whether the picture changed from the frame before: where the copy is below 33 dB, as in stage 2.
    private(set) var moves: [[Bool]]
    /// Genie's controllability at t = 4: PSNR with the inferred actions minus PSNR with random ones (arXiv 2402.15391, section 3 "Metrics").
    private(set) var delta: Double

    /// - Throws: `TrainingError` when the model needs recorded actions and there are none.
    init(_ world: WorldModel, _ episodes: EpisodeSet, sampling: Sampling, batch: Int = 32, atMost clips: Int = 128) throws {
        let length = Rollouts.context + Rollouts.horizon, places = episodes.places(length: length)
        let chosen = stride(from: 0, to: places.count, by: max(1, (places.count + clips - 1) / clips)).map { places[$0] }
        var parts: (truth: [Tensor], tokenized: [Tensor], imagined: [Tensor], shuffled: [Tensor], random: [Tensor]) = ([], [], [], [], [])
        var generator = SeededGenerator(seed: 11)
        for first in stride(from: 0, to: chosen.count, by: batch) {
            let clip = episodes.clips(at: Array(chosen[first ..< min(first + batch, chosen.count)]), length: length)
            let actions = try world.actions(of: clip.frames, own: clip.actions), b = clip.frames.size(0)
            // The actions of the clip half a batch away, not those of a neighbor in the same episode.
            let others = (0 ..< b).flatMap { i -> ArraySlice<Int> in
                let start = (i + b / 2) % b * (length - 1)
                return actions[start ..< start + length - 1]
            }
            let random = actions.map { _ in generator.integer(below: world.dynamics.configuration.actions) }
            parts.truth.append(clip.frames)
            parts.tokenized.append(Rollouts.tokenized(clip.frames, world.tokenizer))
            parts.imagined.append(Rollouts.imagine(world, clip.frames, actions, actions, Rollouts.horizon, sampling))
            parts.shuffled.append(Rollouts.imagine(world, clip.frames, actions, others, Rollouts.horizon, sampling))
            parts.random.append(Rollouts.imagine(world, clip.frames, actions, random, 4, sampling))
        }
        truth = .concatenated(parts.truth, axis: 0)
        (tokenized, imagined, shuffled) = (.concatenated(parts.tokenized, axis: 0), .concatenated(parts.imagined, axis: 0), .concatenated(parts.shuffled, axis: 0))
        let random = Tensor.concatenated(parts.random, axis: 0), truth = truth
        func frame(_ clips: Tensor, _ t: Int) -> Tensor { clips.sliced(axis: 1, t ..< t + 1) }
        func psnrs(_ clips: Tensor, _ t: Int, of truthFrame: Int) -> [Double] { squaredErrors(frame(clips, t), frame(truth, truthFrame)).map(psnr) }
        let c = Rollouts.context, steps = 0 ..< Rollouts.horizon
        (imaginedPSNR, shuffledPSNR) = (steps.map { [imagined] in psnrs(imagined, $0, of: c + $0) }, steps.map { [shuffled] in psnrs(shuffled, $0, of: c + $0) })
        copyPSNR = steps.map { psnrs(truth, c - 1, of: c + $0) }
        ceilingPSNR = steps.map { [tokenized] in psnrs(tokenized, c + $0, of: c + $0) }
        moves = steps.map { psnrs(truth, c + $0 - 1, of: c + $0).map { $0 < 33 } }
        let fourth = zip(imaginedPSNR[3], psnrs(random, 3, of: c + 3)).map { $0 - $1 }
        delta = fourth.reduce(0, +) / Double(max(1, fourth.count))
    }

    /// The mean of [step][clip] over the frames in which the robot moves.
    func moving(_ psnrs: [[Double]]) -> Double {
        let chosen = zip(psnrs.joined(), moves.joined()).filter(\.1).map(\.0)
        return chosen.reduce(0, +) / Double(max(1, chosen.count))
    }

    /// How the Kong fares in the twelve frames, of all that show one after a context that showed it.
    struct Kong {
        var frames = 0.0, seen = 0.0, onePiece = 0.0, rightBearing = 0.0

        mutating func add(_ own: RedKong?, _ real: RedKong) {
            frames += 1
            guard let own else { return }
            seen += 1
            if own.pieces == 1 { onePiece += 1 }
            if abs(own.bearing - real.bearing) < 10 * .pi / 180 { rightBearing += 1 }
        }
        var share: Double { rightBearing / max(1, frames) }
    }

    /// As imagined, as the tokenizer shows it, and as the last frame before showed it.
    func kongs() -> (imagined: Kong, tokenized: Kong, copied: Kong) {
        var (imagined, tokenized, copied) = (Kong(), Kong(), Kong())
        let c = Rollouts.context, length = truth.size(1)
        for b in 0 ..< truth.size(0) {
            // A Kong that the past does not show cannot be imagined.
            guard let last = RedKong(Image(truth, frame: b * length + c - 1)) else { continue }
            for t in 0 ..< Rollouts.horizon {
                guard let real = RedKong(Image(truth, frame: b * length + c + t)) else { continue }
                imagined.add(RedKong(Image(self.imagined, frame: b * Rollouts.horizon + t)), real)
                tokenized.add(RedKong(Image(self.tokenized, frame: b * length + c + t)), real)
                copied.add(last, real)
            }
        }
        return (imagined, tokenized, copied)
    }

    /// Imagines `steps` frames from the first four of `frames` [B,..,H,W,3] -> [B,steps,H,W,3].
    private static func imagine(
        _ world: WorldModel, _ frames: Tensor, _ past: [Int], _ future: [Int], _ steps: Int, _ sampling: Sampling
    ) -> Tensor {
        let (b, length) = (frames.size(0), frames.size(1)), c = Rollouts.context
        var generator = SeededGenerator(seed: 12)
        let led = (0 ..< b).flatMap { i -> ArraySlice<Int> in past[i * (length - 1) ..< i * (length - 1) + c - 1] }
        var dream = world.dream(from: frames.sliced(axis: 1, 0 ..< c), actions: led)
        let imagined = (0 ..< steps).map { t -> Tensor in
            let actions = (0 ..< b).map { i in future[i * (length - 1) + c - 1 + t] }
            return dream.step(actions, sampling, using: &generator).reshaped([b, 1, world.imageSize, world.imageSize, 3])
        }
        return .concatenated(imagined, axis: 1)
    }

    /// Through the tokenizer and back, as many frames at once as it takes.
    private static func tokenized(_ frames: Tensor, _ tokenizer: VideoTokenizer) -> Tensor {
        .concatenated(stride(from: 0, to: frames.size(1), by: tokenizer.configuration.frames).map { start in
            let part = frames.sliced(axis: 1, start ..< min(start + tokenizer.configuration.frames, frames.size(1)))
            return tokenizer.frames(of: tokenizer.tokens(of: part), batch: part.size(0))
        }, axis: 1)
    }
}
