// ValidateDynamics.swift - does imagination follow the actions, how long does it stay with the truth, and how fast is it?

import ArgumentParser
import DynamicsModel
import Episodes
import Foundation
import InverseDynamics
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer

@main
struct ValidateDynamics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-dynamics",
        abstract: "Imagine validation episodes and unseen rooms from four frames, compare with what happened, and draw it.")

    @OptionGroup var options: RunOptions
    @OptionGroup var sampling: SamplingOptions
    @Option(help: "Clips of 16 frames that are imagined, of each split.") var clips = 48

    mutating func validate() throws {
        guard (2 ... 10_000).contains(clips) else { throw ValidationError("--clips must be at least 2, and at most 10,000") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run)
        let world = try WorldModel(folder: folder), sampling = sampling.sampling
        let validation = try EpisodeSet(options.dataFolder, .validation)
        let unseen = EpisodeSet.exists(options.dataFolder, .unseenRooms) ? try EpisodeSet(options.dataFolder, .unseenRooms) : nil
        let length = Rollouts.context + Rollouts.horizon
        for set in [validation] + (unseen.map { [$0] } ?? []) {
            try set.check(size: world.imageSize)
            if world.actionModel == nil { try set.check(actions: world.dynamics.configuration.actions) }
            guard set.episodes.contains(where: { $0.frameCount >= length }) else {
                throw TrainingError("\(set.url.relativePath): no episode has the \(length) frames of a rollout; record or import longer ones")
            }
        }
        let tokens = try guesses(world, folder, validation)
        let seen = try Rollouts(world, validation, sampling: sampling, atMost: clips)

        var report = ValidationReport()
        report.add("token_accuracy", tokens.right, expected: "0.3 to 0.4", baseline: String(format: "%.3f (token of the last frame)", tokens.copied))
        report.add("rollout_psnr_db", seen.moving(seen.imaginedPSNR), expected: "2.5 to 3.5 above the copy",
                   baseline: String(format: "%.2f (copy), %.2f (tokenizer: the most there is)", seen.moving(seen.copyPSNR), seen.moving(seen.ceilingPSNR)))
        report.add("copy_last_psnr_db", seen.moving(seen.copyPSNR))
        report.add("shuffled_actions_psnr_db", seen.moving(seen.shuffledPSNR), expected: "clearly less")
        report.add("delta_psnr_db", seen.delta, expected: "above 2", baseline: "0 (actions ignored)")
        report.add("rollout_frames", Double(Rollouts.horizon))
        addKong(&report, seen, "")
        if let unseen {
            let there = try Rollouts(world, unseen, sampling: sampling, atMost: clips)
            report.add("rollout_psnr_unseen_rooms_db", there.moving(there.imaginedPSNR), baseline: String(format: "%.2f (copy)", there.moving(there.copyPSNR)))
            report.add("delta_psnr_unseen_rooms_db", there.delta)
            addKong(&report, there, "_unseen_rooms")
        }
        report.add("frames_per_second", framesPerSecond(world, validation, sampling), expected: "15 or more")

        let pictures = [
            ("horizon.png", horizonChart(seen)), ("rollouts.png", rolloutSheet(seen)), ("divergence.png", divergenceSheet(seen)),
            ("order.png", orderSheet(world, validation, sampling)),
        ]
        for (name, picture) in pictures { try picture.writePNG(to: folder.appendingPathComponent(name)) }
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
        print("pictures: \(folder.relativePath)/ \(pictures.map(\.0).joined(separator: ", "))")
    }

    /// Whether the Kong is still there, one, and in the right direction.
    private func addKong(_ report: inout ValidationReport, _ rollouts: Rollouts, _ suffix: String) {
        let (imagined, tokenized, copied) = rollouts.kongs()
        guard imagined.frames > 0 else { return }
        report.add("kong_bearing_within_10_degrees\(suffix)", imagined.share, expected: "above the copy",
                   baseline: String(format: "%.3f (copy), %.3f (tokenizer)", copied.share, tokenized.share))
        report.add("kong_seen\(suffix)", imagined.seen / imagined.frames, baseline: String(format: "%.3f (tokenizer)", tokenized.seen / tokenized.frames))
        report.add("kong_in_one_piece\(suffix)", imagined.onePiece / max(1, imagined.seen))
        report.add("kong_frames\(suffix)", imagined.frames)
    }

    /// The share of masked tokens that are guessed rightly, and how often the same place of the last frame held the same token.
    private func guesses(_ world: WorldModel, _ folder: URL, _ episodes: EpisodeSet) throws -> (right: Double, copied: Double) {
        let tokenizer = try TrainedModel(folder.appendingPathComponent("tokenizer.safetensors")) { _ in world.tokenizer }
        let namer = try world.actionModel.map { model in try TrainedModel(folder.appendingPathComponent("actions.safetensors")) { _ in model } }
        let tokens = try TokenEpisodes(episodes, tokenizer: tokenizer, actionModel: namer)
        var c = world.dynamics.configuration, generator = SeededGenerator(seed: 3), (right, copied, all) = (0, 0, 0)
        c.corruption = 0
        let places = episodes.places(length: c.frames)
        for first in stride(from: 0, to: places.count, by: 16) {
            let part = Array(places[first ..< min(first + 16, places.count)]), clips = tokens.clips(at: part, length: c.frames)
            let draw = MaskDraw(clips.tokens, batch: part.count, c, using: &generator)
            let guessed = Tensor.withoutGradients {
                world.dynamics.logits(read: draw.read, guessed: draw.guessed, actions: clips.actions, batch: part.count).argmax()
            }
            right += zip(guessed, draw.targets).filter { $0 == $1 }.count
            let length = c.frames * c.patches
            let before = (0 ..< part.count).flatMap { clips.tokens[$0 * length ..< ($0 + 1) * length - c.patches] }
            let masked = draw.guessed.indices.filter { draw.guessed[$0] == c.maskToken }
            copied += zip(masked, draw.targets).filter { before[$0] == $1 }.count
            all += guessed.count
        }
        return (Double(right) / Double(max(1, all)), Double(copied) / Double(max(1, all)))
    }

    /// Frames imagined in a second, one dream at a time, as in `play`: sampled, remembered, and drawn.
    private func framesPerSecond(_ world: WorldModel, _ episodes: EpisodeSet, _ sampling: Sampling) -> Double {
        let start = episodes.clips(at: [ClipPlace(episode: 0, start: 0)], length: 1).frames
        var dream = world.dream(from: start, actions: []), generator = SeededGenerator(seed: 1)
        for _ in 0 ..< 5 { _ = dream.step([0], sampling, using: &generator) }
        let begin = Date()
        for i in 0 ..< 40 { _ = dream.step([i / 8 % world.dynamics.configuration.actions], sampling, using: &generator) }
        return 40 / Date().timeIntervalSince(begin)
    }
}
