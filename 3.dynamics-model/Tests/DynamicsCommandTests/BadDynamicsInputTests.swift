// BadDynamicsInputTests.swift - what does a learner read when something is wrong, and is everything else still as it was?

import CommandTesting
import Episodes
import Foundation
import Randomness
import SafeTensors
import Training
import VideoTokenizer
import XCTest

final class BadDynamicsInputTests: DynamicsCommandTestCase {
    func testFlags() throws {
        try refuse(train("--preset", "tinny"), "--preset is default, tiny or patient", "tinny")
        try refuse(train("--actions", "imagined"), "--actions is latent or true", "imagined")
        try refuse(train("--masks", "half"), "--masks is cosine or uniform", "half")
        try refuse(train("--order", "raster", "--masks", "uniform"), "--masks goes with --order surest")
        try refuse(train("--words"), "--words goes with --order raster")
        try refuse(train("--words", "--order", "raster"), "too few for a sentence")
        try refuse(train("--unseen", "0.5"), "--unseen goes with --words")
        try refuse(train("--tokenizer", Self.trained("causal").path), "2 frames share one row of latents")
        try refuse(
            ["train-dynamics", "shortcut-forcing", "--data", Self.data.path, "--tokenizer", Self.trained("causal").path],
            "2 frames share one row of latents")
        try refuse(train("--order", "spiral"), "--order is surest or raster", "spiral")
        try refuse(train("--corruption", "1"), "--corruption")
        try refuse(train("--frames", "1"), "--frames must be at least 2")
        try refuse(train("--learning-rate", "nan"), "--learning-rate")
        try refuse(validate("--sampling-steps", "0"), "--sampling-steps must be at least 1")
        try refuse(validate("--temperature=-1"), "--temperature")
    }

    func testEarlierStagesThatAreNotThereOrAnother() throws {
        let (tokenizer, actions) = (Self.trained("tokenizer").path, Self.trained("actions").path)
        try refuse(train("--tokenizer", "nowhere"), "nowhere/model.safetensors", "no such checkpoint", "`train-tokenizer`")
        try refuse(train("--action-model", "nowhere"), "nowhere/model.safetensors", "no such checkpoint", "`train-actions`")
        try refuse(train("--tokenizer", actions), "model.safetensors", "holds a latent-action-model, not a video-tokenizer")
        try refuse(train("--action-model", tokenizer), "model.safetensors", "holds a video-tokenizer, not a latent-action-model")
        let model = try copyShared("tokenizer").appendingPathComponent("model.safetensors")
        try Data(contentsOf: model).dropLast(100).write(to: model)
        try refuse(train("--tokenizer", "tokenizer"), "tokenizer/model.safetensors", "truncated", "`train-tokenizer`")
    }

    func testDataThatDoesNotFit() throws {
        try refuse(train(data: file("nowhere")), "nowhere/train", "there is no such folder", "episodes record")
        try Self.record(into: file("small/train"), count: 1, size: 8)
        try refuse(train(data: file("small")), "small/validation", "there is no such folder")
        try Self.record(into: file("small/validation"), count: 1, size: 8)
        try refuse(train(data: file("small")), "small/train", "8x8", "--size 16")
        try Self.record(into: file("silent/train"), count: 1, withActions: false)
        try Self.record(into: file("silent/validation"), count: 1, withActions: false)
        try refuse(train("--actions", "true", data: file("silent")),
                   "silent/train/0.safetensors", "has no actions", "--actions latent", "label-actions")
        let data = try copyShared("data"), first = data.appendingPathComponent("train/0.safetensors")
        try Data(contentsOf: first).dropLast(100).write(to: first)
        try refuse(train(data: data), "train/0.safetensors", "truncated")
    }

    /// The caches of shared data are there after a first run; then nothing at all may change.
    func testClipsLongerThanEpisodes() throws {
        try succeed(train("--steps", "1"))
        try refuse(train("--frames", "19", "--overwrite"), "data/train", "a clip takes 19 frames, the longest episode has 18")
        let data = try copyShared("data"), validation = data.appendingPathComponent("validation")
        try FileManager.default.removeItem(at: validation)
        try Self.record(into: validation, count: 1, frames: 3)
        let (status, _, errors) = try start(train("--run", "other", data: data)).finish()
        XCTAssertEqual(status, 1)
        XCTAssertTrue(errors.contains("data/validation: no episode has the 4 frames of a clip"), errors)
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints/other").path))
        try refuse(validate(data: data), "data/validation", "no episode has the 16 frames of a rollout")
        try FileManager.default.removeItem(at: validation)
        try FileManager.default.copyItem(at: data.appendingPathComponent("unseen-rooms"), to: validation)
        let unseen = data.appendingPathComponent("unseen-rooms")
        try FileManager.default.removeItem(at: unseen)
        try Self.record(into: unseen, count: 1, frames: 3)
        try refuse(validate(data: data), "data/unseen-rooms", "no episode has the 16 frames of a rollout")
    }

    /// A model that learned five actions has no sixth.
    func testActionsThatTheModelDoesNotKnow() throws {
        for (split, kinds) in [("train", 5), ("validation", 6)] {
            try Self.record(into: file("data/\(split)"), count: 1)
            let url = file("data/\(split)/0.safetensors")
            var episode = try Episode(contentsOf: url)
            episode.actions = (0 ..< 17).map { $0 % kinds }
            episode.metadata["action_names"] = nil  // nobody named them
            try episode.write(to: url)
        }
        try refuse(train("--actions", "true", data: file("data")), "data/validation/0.safetensors", "an action 5", "0 to 4")
        try succeed(train("--actions", "true", "--steps", "1"))
        try refuse(validate(data: file("data")), "data/validation/0.safetensors", "an action 5", "0 to 4")
    }

    func testRunsThatExistOrDoNot() throws {
        try refuse(train("--resume"), "checkpoints/default", "nothing to resume", "without --resume")
        try refuse(validate(), "checkpoints/default/model.safetensors", "no such checkpoint", "`train-dynamics`")
        try succeed(train("--steps", "1"))
        try refuse(train("--steps", "1"), "checkpoints/default", "exists", "--resume", "--overwrite", "--run")
        try refuse(train("--resume", "--seed", "2"), "--resume keeps seed 1")
        try Data("a file".utf8).write(to: file("checkpoints/taken"))
        try refuse(train("--run", "taken"), "checkpoints/taken", "is a file in its place")
    }

    func testALossThatIsNotANumber() throws {
        try succeed(train("--steps", "1"))
        try refuse(train("--steps", "6", "--overwrite", "--learning-rate", "1e30"),
                   "the loss is not a number", "checkpoints/default is kept", "lower --learning-rate")
    }

    /// Another tokenizer, and no room for all that must be written: the earlier world is as it was, and still works.
    func testAFullDisk() throws {
        try succeed(train("--steps", "1"))
        let kept = ["model.safetensors", "training-state.safetensors", "tokenizer.safetensors", "metrics.jsonl"]
            .map { file("checkpoints/default/\($0)") }
        let before = try kept.map { try Data(contentsOf: $0) }, sizes = before.map { $0.count / 1024 }
        for kilobytes in [sizes[2] / 2, (sizes[1] + sizes[2]) / 2] {
            let (status, _, errors) = try runOnAFullDisk(train("--steps", "2", "--overwrite"), kilobytes: max(1, kilobytes))
            XCTAssertEqual(status, 1)
            XCTAssertTrue(errors.contains("cannot write ") && errors.split(separator: "\n").count == 1, errors)
            XCTAssertTrue(try kept.map { try Data(contentsOf: $0) } == before)
        }
        try succeed(validate())
    }

    /// A world and the tokenizer of another one, as a kill at the wrong moment, or a copy, may leave them.
    func testFilesOfTwoRuns() throws {
        try succeed(train("--steps", "2", "--stop-at", "1"))
        try succeed(train("--steps", "1", "--run", "other", "--actions", "true"))
        var generator = SeededGenerator(seed: 9)
        let other = VideoTokenizer(.micro, using: &generator)
        for name in ["tokenizer.safetensors"] {
            let url = file("checkpoints/default/\(name)"), own = try Data(contentsOf: url)
            try Checkpoint.write(
                other.tensors, metadata: Checkpoint.metadata(kind: VideoTokenizer.kind, configuration: other.configuration), to: url)
            try refuse(validate(), "checkpoints/default/\(name): is not the one that model.safetensors beside it was trained with")
            try refuse(train("--resume"), "checkpoints/default/\(name): is not the one that training-state.safetensors")
            try own.write(to: url)
        }
        try succeed(train("--resume"))
        try succeed(validate())
    }

    func testNumbersOfCheckpointsAreNotBelieved() throws {
        try succeed(train("--steps", "1"))
        let url = file("checkpoints/default/model.safetensors"), file = try SafeTensorsFile(contentsOf: url)
        let configuration = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(file.metadata["configuration"]!.utf8)) as? [String: Any])
        for key in [
            "side", "frames", "actions", "embeddingDimensions", "heads", "hiddenDimensions", "blocks", "motionHeads", "framesPerSecond",
            "carries", "latentDimensions",
        ] {
            for number in [4_611_686_018_427_387_904, 4_294_967_296, 1_000_000, 1024, -1] where number != 1024 || key == "carries" {
                let changed = try JSONSerialization.data(withJSONObject: configuration.merging([key: number]) { $1 })
                var writer = SafeTensorsWriter(
                    metadata: file.metadata.merging(["configuration": String(decoding: changed, as: UTF8.self)]) { $1 })
                for name in file.names { writer.add(name, shape: file.entries[name]!.shape, floats: try file.floats(name)) }
                try writer.write(to: url)
                let (status, _, errors) = try start(validate()).finish()
                XCTAssertEqual(status, 1, "\(key) = \(number): \(errors)")
                XCTAssertTrue(
                    errors.hasPrefix("Error: checkpoints/default/model.safetensors: ") && errors.split(separator: "\n").count == 1,
                    "\(key) = \(number): \(errors)")
            }
        }
    }

    func testDamagedRuns() throws {
        try succeed(train("--steps", "1"))
        func damage(_ name: String, _ change: (Data) throws -> Data, _ body: () throws -> Void) throws {
            let url = file("checkpoints/default/\(name)"), whole = try Data(contentsOf: url)
            try change(whole).write(to: url)
            try body()
            try whole.write(to: url)
        }
        for name in ["model.safetensors", "tokenizer.safetensors", "actions.safetensors"] {
            let path = "checkpoints/default/\(name)"
            try damage(name, { $0.dropLast(100) }) { try refuse(validate(), path, "truncated", "`train-dynamics") }
            try damage(name, { _ in Data() }) { try refuse(validate(), path) }
            try damage(name, { _ in Data("no model".utf8) }) { try refuse(validate(), path, "not a safetensors file") }
        }
        let reward = file("reward.safetensors")
        try SafeTensorsWriter(metadata: ["kind": "reward-model"]).write(to: reward)
        try damage("model.safetensors", { _ in try Data(contentsOf: reward) }) {
            try refuse(validate(), "model.safetensors", "holds a reward-model, which is no world model")
        }
        for name in ["training-state.safetensors", "tokenizer.safetensors", "actions.safetensors"] {
            let path = "checkpoints/default/\(name)"
            try damage(name, { $0.dropLast(100) }) { try refuse(train("--resume"), path, "truncated", "--overwrite") }
        }
        try succeed(validate())
        try succeed(train("--resume"))
    }

    func testValidationOfOtherData() throws {
        try succeed(train("--steps", "1", "--actions", "true"))
        try Self.record(into: file("small/validation"), count: 1, size: 8)
        try refuse(validate(data: file("small")), "small/validation", "8x8", "--size 16")
        try Self.record(into: file("silent/validation"), count: 1, withActions: false)
        try refuse(validate(data: file("silent")), "silent/validation/0.safetensors", "has no actions")
        // The validation split has them, the unseen rooms have not.
        let data = try copyShared("data"), unseen = data.appendingPathComponent("unseen-rooms")
        try FileManager.default.removeItem(at: unseen)
        try Self.record(into: unseen, count: 1, withActions: false)
        try refuse(validate(data: data), "data/unseen-rooms/0.safetensors", "has no actions")
    }
}
