// MeasuredWorld.swift - one model by all yardsticks, on one set of clips.

import Foundation
import FrameCoding
import Randomness
import Tensors
import Training
import WorldModels

/// What a model's dreams are worth. Numbers are named in `rows`.
public struct MeasuredWorld {
    public let rollouts: Rollouts
    /// Of the mean, of one sample (nil where the model draws none), of its eye, and of the last frame.
    public let kong: KongCount, sampleKong: KongCount?, eyeKong: KongCount, copiedKong: KongCount
    public let sharpness: Double, sampleSharpness: Double?, eyeSharpness: Double
    /// In the latents of the eye that all models are seen through; nil without one.
    public let frechet: Double?, sampleFrechet: Double?, halvesFrechet: Double?

    /// - Throws: `TrainingError` when the model needs recorded actions and there are none.
    public init(_ world: any WorldModel, _ clips: TrueClips, seenThrough eye: (any FrameEncoder)?, sampling: Sampling, samples: Int) throws
    {
        let rollouts = try Rollouts(world, clips, sampling: sampling, samples: samples), sample = rollouts.samples?.first,
            future = clips.future
        self.rollouts = rollouts
        kong = clips.kongs(rollouts.imagined)
        sampleKong = sample.map(clips.kongs)
        let seen = rollouts.reconstructed.sliced(axis: 1, TrueClips.context ..< TrueClips.length)
        eyeKong = clips.kongs(seen)
        eyeSharpness = Yardsticks.sharpness(seen, of: future)
        copiedKong = clips.copiedKongs
        sharpness = Yardsticks.sharpness(rollouts.imagined, of: future)
        sampleSharpness = sample.map { Yardsticks.sharpness($0, of: future) }
        frechet = eye.map { frechetDistance(rollouts.imagined, future, in: $0) }
        sampleFrechet = eye.flatMap { eye in sample.map { frechetDistance($0, future, in: eye) } }
        halvesFrechet = eye.flatMap { frechetDistanceOfHalves(future, in: $0) }
    }

    /// A row of the table: its name in `validation.json`, its value, and what a trivial answer has.
    public struct Row { public let name: String, value: Double, baseline: String }

    /// The rows that say something of pictures. `sharpness`, `frechet_distance` and the rows of `sample_...` are of one sample; where a
    /// model draws none, of the only frames that it has.
    public var rows: [Row] {
        let clips = rollouts.clips
        func text(_ format: String, _ values: Double...) -> String { String(format: format, arguments: values) }
        var rows = [
            Row(name: "rollout_psnr_db", value: clips.moving(rollouts.imaginedPSNR),
                baseline: text(
                    "%.2f (copy), %.2f (its eye)", clips.moving(clips.copyPSNR), clips.moving(rollouts.ceilingPSNR))),
            Row(
                name: "shuffled_actions_psnr_db", value: clips.moving(rollouts.shuffledPSNR),
                baseline: "clearly less than rollout_psnr_db"),
            Row(name: "delta_psnr_db", value: rollouts.delta, baseline: "0 (actions ignored)"),
        ]
        if let samples = rollouts.samples {
            rows += [
                Row(name: "sample_psnr_db", value: clips.moving(samples.onePSNR), baseline: "one sample"),
                Row(name: "sample_mean_of_\(samples.count)_psnr_db", value: clips.moving(samples.meanPSNR), baseline: ""),
                Row(
                    name: "sample_best_of_\(samples.count)_psnr_db", value: clips.moving(samples.bestPSNR),
                    baseline: "the sample nearest to the truth"),
            ]
        }
        rows.append(
            Row(
                name: "sharpness", value: sampleSharpness ?? sharpness,
                baseline: text("1 (real), %.3f (its eye)", eyeSharpness) + (sampleSharpness == nil ? "; draws no samples" : "")))
        if sampleSharpness != nil { rows.append(Row(name: "sharpness_mean", value: sharpness, baseline: "of the mean")) }
        if let frechet {
            rows.append(
                Row(
                    name: "frechet_distance", value: sampleFrechet ?? frechet,
                    baseline: halvesFrechet.map { text("%.2f (two halves of the real frames)", $0) } ?? ""))
            if sampleFrechet != nil { rows.append(Row(name: "frechet_distance_mean", value: frechet, baseline: "of the mean")) }
        }
        if kong.frames > 0 {
            rows += [
                Row(
                    name: "kong_bearing_within_10_degrees", value: kong.share,
                    baseline: text("%.3f (copy), %.3f (its eye)", copiedKong.share, eyeKong.share)),
                Row(name: "kong_seen", value: kong.seen / kong.frames, baseline: text("%.3f (its eye)", eyeKong.seen / eyeKong.frames)),
                Row(name: "kong_in_one_piece", value: kong.onePiece / max(1, kong.seen), baseline: ""),
                Row(
                    name: "kong_false_alarms", value: kong.falseAlarms,
                    baseline: text("%.3f (copy), %.3f (its eye)", copiedKong.falseAlarms, eyeKong.falseAlarms)),
                Row(name: "kong_frames", value: kong.frames, baseline: ""),
            ]
            if let sampleKong {
                rows.append(Row(name: "kong_bearing_within_10_degrees_sample", value: sampleKong.share, baseline: "one sample"))
                rows.append(Row(name: "kong_false_alarms_sample", value: sampleKong.falseAlarms, baseline: "one sample"))
            }
        }
        return rows
    }
}

/// Frames imagined in a second, one dream at a time, as in `play`: drawn, and remembered.
public func framesPerSecond(_ world: any WorldModel, _ clips: TrueClips, _ sampling: Sampling) -> Double {
    Tensor.withoutGradients {
        var dream = world.dream(from: clips.frames.sliced(axis: 0, 0 ..< 1).sliced(axis: 1, 0 ..< 1), actions: []),
            generator = SeededGenerator(seed: 1)
        for _ in 0 ..< 5 { _ = dream.step([0], sampling, using: &generator) }
        let begin = Date()
        for i in 0 ..< 40 { _ = dream.step([i / 8 % world.actionCount], sampling, using: &generator) }
        return 40 / Date().timeIntervalSince(begin)
    }
}

/// How long a run was trained, in minutes, as its log says; NaN without one.
public func trainingMinutes(_ folder: URL) -> Double {
    let text = (try? String(contentsOf: folder.appendingPathComponent("metrics.jsonl"), encoding: .utf8)) ?? ""
    let seconds = text.split(separator: "\n").compactMap {
        try? JSONDecoder().decode([String: Double].self, from: Data($0.utf8))["seconds"]
    }
    // The clock begins again with each `--resume`.
    let total = zip([0] + seconds, seconds).reduce(0) { $0 + ($1.1 >= $1.0 ? $1.1 - $1.0 : $1.1) }
    return seconds.isEmpty ? .nan : total / 60
}
