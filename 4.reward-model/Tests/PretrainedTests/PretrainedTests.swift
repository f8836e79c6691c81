// PretrainedTests.swift - do the trained models still do what the READMEs say of them?
//
// Training takes most of an hour, so no test can do it again. But the weights of the default runs come with the workbook, and the simulator
// gives the same episodes from the same seeds: a handful of the clips that the READMEs' numbers were measured on is recorded on the spot.
// Who changes a layer, a kernel or the camera such that a trained model no longer works sees it here, in seconds. Bounds lie a little below
// what these weights give here.

import Episodes
import Foundation
import FrameCoding
import InverseDynamics
import JetBot
import Pictures
import Planning
import Randomness
import Recording
import RewardModel
import Tensors
import VideoTokenizer
import WorldModels
import Worlds
import XCTest

final class PretrainedTests: XCTestCase {
    private static let root = (0 ..< 4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    private func weights(_ stage: String) -> URL { PretrainedTests.root.appendingPathComponent("\(stage)/pretrained") }
    private func model(_ stage: String) -> URL { weights(stage).appendingPathComponent("model.safetensors") }

    /// The first episodes of `episodes record`.
    private static let recorder = Recorder()
    private static let validation = record(.validation)
    private static let unseen = record(.unseenRooms)
    private static func record(_ split: Split) -> Result<EpisodeSet, any Error> { Result { try recorder.episodes(8, of: split) } }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    /// `value` is printed, so that a new bound can be chosen when weights are made anew.
    private func expect(_ name: String, _ value: Double, atLeast bound: Double, line: UInt = #line) {
        print(String(format: "%@ %.3f, at least %.3f", name, value, bound))
        XCTAssertGreaterThanOrEqual(value, bound, name, line: line)
    }

    func testFramesComeBackFromTheirTokens() throws {
        let eye = try VideoTokenizer(checkpoint: model("1.video-tokenizer"))
        XCTAssertNotEqual(try Self.validation.get().fingerprint, try Self.unseen.get().fingerprint)
        for (name, set, bound, keeps) in [
            ("psnr_db", try Self.validation.get(), 29.0, 0.6), ("psnr_unseen_rooms_db", try Self.unseen.get(), 26.5, 0.9),
        ] {
            var psnrs: [Double] = [], kongs = 0, kept = 0
            for place in set.places(length: eye.frames) {
                let frames = set.clips(at: [place], length: eye.frames).frames, decoded = eye.reconstructed(frames)
                psnrs += squaredErrors(decoded, frames).map(psnr)
                for t in 0 ..< eye.frames where RedKong(Image(frames, frame: t)) != nil {
                    kongs += 1
                    kept += RedKong(Image(decoded, frame: t)) == nil ? 0 : 1
                }
            }
            expect(name, mean(psnrs), atLeast: bound)
            expect("kong_kept", Double(kept) / Double(kongs), atLeast: keeps)
        }
    }

    func testCodesMeanActions() throws {
        let model = try LatentActionModel(checkpoint: model("2.inverse-dynamics"))
        func table(_ set: EpisodeSet) -> CodeTable {
            var table = CodeTable(codes: model.configuration.codes, actions: Action.allCases.count)
            for i in set.episodes.indices { table.add(model.codes(ofEpisode: i, in: set), set.episodes[i].actions!) }
            return table
        }
        let names = table(try Self.recorder.episodes(6, of: .train)).names
        expect("action_accuracy", table(try Self.validation.get()).accuracy(naming: names), atLeast: 0.95)
        expect("action_accuracy_unseen_rooms", table(try Self.unseen.get()).accuracy(naming: names), atLeast: 0.92)
    }

    /// Four true frames, twelve imagined, as `validate-dynamics` asks: better than the copy of the last frame,
    /// and worse with the actions of another clip.
    func testDreamsStayWithTheTruthAndFollowActions() throws {
        let world = try Worlds.open(weights("3.dynamics-model")), set = try Self.validation.get(), length = 16, context = 4
        let places = set.places(length: length), clips = set.clips(at: places, length: length), b = places.count
        let actions = try world.actionReader.actions(of: clips.frames, own: clips.actions)
        let rows = (0 ..< b).map { clip in Array(actions[clip * (length - 1) ..< (clip + 1) * (length - 1)]) }
        func imagined(_ shift: Int) -> Tensor {
            let known = rows.flatMap { $0.prefix(context - 1) }, shape = [b, 1, world.imageSize, world.imageSize, 3]
            var dream = world.dream(from: clips.frames.sliced(axis: 1, 0 ..< context), actions: known), generator = SeededGenerator(seed: 1)
            var frames: [Tensor] = []
            for t in context ..< length {
                let next = (0 ..< b).map { rows[($0 + shift) % b][t - 1] }
                frames.append(dream.step(next, Sampling.mean, using: &generator).reshaped(shape))
            }
            return .concatenated(frames, axis: 1)
        }
        func errors(_ frames: Tensor, from first: Int = 4) -> [Double] {
            squaredErrors(frames, clips.frames.sliced(axis: 1, first ..< first + 12)).map(psnr)
        }
        // As in the README: frames in which the robot moves.
        let before = clips.frames.sliced(axis: 1, 3 ..< 15), moves = errors(before).map { $0 < 33 }
        func moving(_ psnrs: [Double]) -> Double { mean(zip(psnrs, moves).filter(\.1).map(\.0)) }
        let own = moving(errors(imagined(0))), other = moving(errors(imagined(b / 2)))
        let copy = moving(errors(.concatenated(Array(repeating: clips.frames.sliced(axis: 1, 3 ..< 4), count: 12), axis: 1)))
        expect("rollout_psnr_db above the copy", own - copy, atLeast: 3.5)
        expect("rollout_psnr_db above another clip's actions", own - other, atLeast: 2.5)
    }

    func testRewardsAgreeWithTheTruth() throws {
        let scorer = try Scorer(checkpoint: model("4.reward-model")), set = try Self.unseen.get()
        var rewards: [Float] = [], truth: [Float] = [], bearing: [Float] = []
        for (i, episode) in set.episodes.enumerated() {
            let frames = set.clips(at: [ClipPlace(episode: i, start: 0)], length: episode.frameCount).frames
            rewards += scorer.rewards(of: frames.reshaped([episode.frameCount, set.height, set.width, 3]))
            truth += episode.reward!
            bearing += episode.bearing!
        }
        let visible = bearing.indices.filter { !bearing[$0].isNaN }
        expect("auroc_finetuned", areaUnderROC(rewards, bearing.map { abs($0) < 10 * .pi / 180 }), atLeast: 0.97)
        expect("spearman_finetuned", spearman(visible.map { rewards[$0] }, visible.map { truth[$0] }), atLeast: 0.92)
    }

    /// The whole workbook in one number.
    func testTheRobotFindsItsToy() throws {
        let imagination = try Imagination(world: weights("3.dynamics-model"), scorer: try Scorer(checkpoint: model("4.reward-model")))
        let starts = driveStarts(
            in: Self.recorder.rooms[.train]!, count: 10, .kongInView, framesPerSecond: Float(imagination.model.framesPerSecond), seed: 1)
        let planner = ConstantActions(actions: Action.allCases.map(\.rawValue), horizon: 4)
        let driver = PlanningDriver(.imagination(imagination), planner: planner, actions: Action.allCases, seed: 1)
        expect("drive_success", driveEpisodes(from: starts, with: driver, camera: Camera()).successRate.rate, atLeast: 0.9)
    }
}
