// CommandTests.swift - do the commands go from end to end, and what do they refuse?
//
// With weights at random: the robot dreams noise and scores it, but everything must fit together, and be written.

import CommandTesting
import DynamicsModel
import Episodes
import Foundation
import FrameCoding
import JetBot
import Layers
import Pictures
import Randomness
import Recording
import RewardModel
import Training
import VideoTokenizer
import WorldModels
import XCTest

final class DriveCommandTests: CommandTestCase {
    /// A learner's folder: a world model in `world`, a scorer in `checkpoints/default`, and two episodes in `data` for each purpose.
    override func setUpWithError() throws {
        try super.setUpWithError()
        func write<C: Encodable>(_ model: any Module, _ kind: String, _ configuration: C, _ path: String) throws {
            try FileManager.default.createDirectory(at: file(path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try Checkpoint.write(model.tensors, metadata: Checkpoint.metadata(kind: kind, configuration: configuration), to: file(path))
        }
        // As small as can be, four by four patches: what counts here is that one fits the other.
        var generator = SeededGenerator(seed: 1), t = TokenizerConfiguration.tiny, c = DynamicsConfiguration.tiny,
            s = ScorerConfiguration.tiny
        (t.patchSize, t.embeddingDimensions, t.heads, t.hiddenDimensions, t.blocks, t.levels) = (16, 16, 1, 16, 1, [3, 3])
        (c.side, c.levels, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (4, t.levels, 16, 1, 16, 1)
        (s.patchSize, s.embeddingDimensions, s.heads, s.hiddenDimensions, s.imageBlocks) = (16, 16, 1, 16, 1)
        (c.actionKind, c.actions) = ("true", Action.allCases.count)
        c.commands = Action.allCases.map { Command(name: $0.name, action: $0.rawValue) }
        try write(MaskedDynamics(c, using: &generator), MaskedDynamics.kind, c, "world/model.safetensors")
        try write(VideoTokenizer(t, using: &generator), VideoTokenizer.kind, t, "world/tokenizer.safetensors")
        for path in ["", "pretrained/"] {
            try write(ContrastiveModel(s, using: &generator), ContrastiveModel.kind, s, "checkpoints/default/\(path)model.safetensors")
        }
        for (split, room) in [(Split.train, 5), (.validation, 5), (.unseenRooms, 6)] {
            try FileManager.default.createDirectory(at: file("data/\(split.rawValue)"), withIntermediateDirectories: true)
            for i in 0 ..< 2 { try episode(room: room, seed: i).write(to: file("data/\(split.rawValue)/\(i).safetensors")) }
        }
    }

    /// A robot that turns away from its Kong, with the truth about it.
    private func episode(room: Int, seed: Int) -> Episode {
        var world = World(room: Room(seed: UInt64(room)), seed: UInt64(seed), start: .kongInView)
        world.heading += world.kongPolar.bearing
        return Recorder(rooms: 1, frames: 8).episode(from: world) { _ in .turnLeft }
    }

    private func arguments(_ own: [String]) -> [String] {
        own + ["--data", "data"] + (own.contains("--world") ? [] : ["--world", "world"])
    }

    private func succeed(_ own: String...) throws -> String { try succeed(arguments(own)) }

    private func refuse(_ words: String, _ more: String = "", by own: String...) throws {
        try refuse(arguments(own), words, more.isEmpty ? words : more)
    }

    func testValidationDrives() throws {
        let output = try succeed("validate-reward", "--drive-episodes", "2")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file("checkpoints/default/validation.json"))) as! [String: Any]
        for name in ["auroc_zero_shot", "auroc_finetuned", "spearman_finetuned", "drive_success", "drive_success_low", "drive_success_high",
                     "random_success", "simulator_success", "scored_simulator_success", "oracle_success", "drive_success_unseen_rooms",
                     "drive_success_out_of_view", "drive_success_one_motor", "seconds_per_decision"] {
            XCTAssertNotNil(json[name] as? Double, name)
            XCTAssertTrue(output.contains(name), name)
        }
        XCTAssertTrue(json["auroc_regressor"] is NSNull, "nobody has trained one")
        XCTAssertEqual(json["drive_episodes"] as? Int, 2)
        XCTAssertEqual(json["oracle_success"] as? Double, 1)
    }

    func testTheRewardAlone() throws {
        _ = try succeed("validate-reward", "--drive-episodes", "0", "--world", "nowhere")
        let text = try String(contentsOf: file("checkpoints/default/validation.json"), encoding: .utf8)
        XCTAssertTrue(text.contains("auroc_finetuned") && !text.contains("drive"), text)
        for picture in ["episode", "rewards", "labels", "bearing"] {
            XCTAssertGreaterThan(try Image(pngAt: file("checkpoints/default/\(picture).png")).width, 100, picture)
        }
    }

    func testDriveDraws() throws {
        let output = try succeed("drive", "--episodes", "3", "--max-steps", "3", "--horizon", "2", "--sampling-steps", "1")
        for words in ["success", "random", "oracle", "3 episodes", "drive.gif"] { XCTAssertTrue(output.contains(words), output) }
        XCTAssertGreaterThan(try Animation(gifAt: file("checkpoints/default/drive.gif")).frames.count, 3)
        XCTAssertNoThrow(try Image(pngAt: file("checkpoints/default/drive.png")))
        for planner in ["shooting", "cem"] {
            _ = try succeed("drive", "--planner", planner, "--candidates", "6", "--episodes", "1", "--max-steps", "3", "--horizon", "2",
                            "--start", "out-of-view", "--rooms", "unseen", "--output", planner)
            XCTAssertNoThrow(try Image(pngAt: file("\(planner)/drive.png")))
        }
        _ = try succeed(
            "drive", "--simulator", "--one-motor", "--episodes", "3", "--world", "nowhere", "--run", "nowhere", "--output", "simulator")
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints/nowhere").path))
        let turns = try succeed("drive", "--first-turns", "--episodes", "12", "--horizon", "2", "--sampling-steps", "1")
        XCTAssertTrue(turns.contains("as its eye draws them, of"), turns)
    }

    func testWhatIsRefused() throws {
        try Data("kept".utf8).write(to: file("checkpoints/default/validation.json"))
        for command in ["drive", "validate-reward"] {
            try refuse("checkpoints/nowhere/model.safetensors", "train-reward", by: command, "--run", "nowhere")
            try refuse("nowhere", "train-dynamics", by: command, "--world", "nowhere")
            try refuse("checkpoints/default/model.safetensors", "reward-scorer", by: command, "--world", "checkpoints/default")
            try refuse("--run is a plain name", by: command, "--run", "../default")
        }
        try refuse("--drive-episodes must be", by: "validate-reward", "--drive-episodes", "1000000")
        try refuse("--episodes must be", by: "drive", "--episodes", "0")
        try refuse("--horizon must be", by: "drive", "--horizon", "0")
        try refuse("--planner", by: "drive", "--planner", "luck")
        try refuse("--first-turns", by: "drive", "--first-turns", "--one-motor")
        try refuse("file", "--output", by: "drive", "--episodes", "1", "--max-steps", "3", "--output", "world/model.safetensors")

        // A checkpoint that was cut short, one of another kind, and a scorer for other pictures.
        let model = file("checkpoints/default/model.safetensors"), whole = try Data(contentsOf: model)
        try whole.dropLast(100).write(to: model)
        for command in ["drive", "validate-reward"] { try refuse("checkpoints/default/model.safetensors", by: command) }
        try Data(contentsOf: file("world/model.safetensors")).write(to: model)
        for command in ["drive", "validate-reward"] {
            try refuse("checkpoints/default/model.safetensors", "not a reward-scorer", by: command)
        }
        var generator = SeededGenerator(seed: 1), small = ScorerConfiguration.tiny
        small.imageSize = 32
        try Checkpoint.write(ContrastiveModel(small, using: &generator).tensors,
                             metadata: Checkpoint.metadata(kind: ContrastiveModel.kind, configuration: small), to: model)
        for command in ["drive", "validate-reward"] { try refuse("64x64, the scorer takes 32x32", "--size", by: command) }
        try whole.write(to: model)

        // Episodes that are no simulation, and one that was cut short.
        for i in 0 ..< 2 {
            var imported = episode(room: 5, seed: i)
            imported.metadata["room"] = nil
            try imported.write(to: file("data/train/\(i).safetensors"))
        }
        for command in ["drive", "validate-reward"] { try refuse("data/train", "episodes record", by: command) }
        try Data(contentsOf: file("data/train/0.safetensors")).dropLast(100).write(to: file("data/train/0.safetensors"))
        for command in ["drive", "validate-reward"] { try refuse("data/train/0.safetensors", by: command) }
    }
}
