// DynamicsRunTests.swift - does a run give the same weights however often it was stopped, and is it complete in itself?

import CommandTesting
import Episodes
import Foundation
import XCTest

final class DynamicsRunTests: DynamicsCommandTestCase {
    private let names = ["model.safetensors", "training-state.safetensors"]

    private func bytes(_ name: String, run: String = "default") throws -> Data {
        try Data(contentsOf: file("checkpoints/\(run)/\(name)"))
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        for (actions, order, threads) in [("latent", "surest", "2"), ("true", "raster", "1")] {
            let plan = ["--steps", "6", "--actions", actions, "--order", order, "--threads", threads]
            try succeed(train("--run", "whole-\(actions)") + plan)
            let output = try succeed(train("--run", "parts-\(actions)", "--stop-at", "4") + plan)
            // The plan is in the checkpoint, and both models beside it: no flag is needed but the data.
            let goOn = "train-dynamics --data \(Self.data.path) --run parts-\(actions) --resume"
            XCTAssertTrue(output.contains("go on with: \(goOn)\n"), output)
            try succeed(goOn.split(separator: " ").map(String.init))
            try assertSameFiles(names, in: "whole-\(actions)", and: "parts-\(actions)")
        }
        let namer = try Data(contentsOf: Self.trained("actions").appendingPathComponent("model.safetensors"))
        XCTAssertEqual(try bytes("actions.safetensors", run: "parts-latent"), namer)
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints/whole-true/actions.safetensors").path))
    }

    /// A world that is told words goes on where it was stopped, and says what it makes of them.
    func testARunWithWords() throws {
        for split in Split.allCases {
            try Self.record(into: file("told/\(split.rawValue)"), count: 2, seed: UInt64(split.rawValue.count), withTruth: true)
        }
        func told(_ more: String...) -> [String] {
            train("--tokenizer", Self.trained("fine").path, "--order", "raster", "--words", "--steps", "4", data: file("told")) + more
        }
        try succeed(told("--run", "whole"))
        try succeed(told("--run", "parts", "--stop-at", "2"))
        try succeed(["train-dynamics", "--data", file("told").path, "--run", "parts", "--resume"])
        try assertSameFiles(names, in: "whole", and: "parts")
        let output = try succeed(validate("--run", "whole", data: file("told")))
        for row in ["bits_told", "sentence_left_drawn", "told_empty_drawn"] { XCTAssertTrue(output.contains(row), "\(row): \(output)") }
        for name in ["sentences.png", "words.png"] {
            XCTAssertTrue(FileManager.default.fileExists(atPath: file("checkpoints/whole/\(name)").path), name)
        }
    }

    /// Codes of a vector quantizer have no digits, and sixteen numbers a patch.
    func testARunOnAVectorQuantizersTokens() throws {
        try succeed(train("--tokenizer", Self.trained("vector").path, "--steps", "2"))
        try succeed(validate())
    }

    func testTheSameCommandGivesTheSameBytesAndAnotherSeedDoesNot() throws {
        for (run, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
            try succeed(train("--steps", "2", "--run", run, "--seed", seed))
        }
        try assertSameFiles(names, in: "a", and: "b")
        XCTAssertFalse(try bytes("model.safetensors", run: "a") == bytes("model.safetensors", run: "c"))
    }

    /// Stage 1 trained anew spoils nothing here: neither what can be resumed, nor what can be validated.
    func testARunKeepsTheModelsThatItWasBegunWith() throws {
        let tokenizer = try copyShared("tokenizer"), data = try copyShared("data")
        try succeed(train("--tokenizer", tokenizer.path, "--steps", "3", "--stop-at", "2", data: data))
        try Data("trained anew".utf8).write(to: tokenizer.appendingPathComponent("model.safetensors"))
        try succeed(train("--tokenizer", tokenizer.path, "--resume", data: data))
        try succeed(validate(data: data))
        try succeed(train("--steps", "3", "--run", "whole"))
        try assertSameFiles(names, in: "default", and: "whole")
    }

    /// The tokens in the cache are those that the tokenizer makes: a command that finds damaged ones makes them anew.
    func testADamagedTokenCacheIsMadeAnew() throws {
        let data = try copyShared("data")
        func cacheFolders() throws -> [URL] {
            try FileManager.default.contentsOfDirectory(at: data, includingPropertiesForKeys: nil)
                .filter { $0.lastPathComponent.hasPrefix("tokens-") || $0.lastPathComponent.hasPrefix("actions-") }
        }
        for other in try cacheFolders() { try FileManager.default.removeItem(at: other) }       // of other tests' models
        try succeed(train("--steps", "2", "--run", "first", data: data))
        let folders = try cacheFolders()
        let caches = folders.flatMap { folder in
            ["train.safetensors", "validation.safetensors"].map { folder.appendingPathComponent($0) }
        }
        XCTAssertEqual(caches.count, 4)
        let whole = try caches.map { try Data(contentsOf: $0) }
        let damages: [(run: String, damage: (Data) throws -> Data)] = [
            ("short", { $0.dropLast(8) }), ("empty", { _ in Data() }), ("text", { _ in Data("no cache".utf8) }),
            // As long as it should be; but the last number is none of the 12 tokens, or of the 8 actions.
            ("another", { $0.dropLast(8) + Data([12, 0, 0, 0, 0, 0, 0, 0]) }),
        ]
        for (run, damage) in damages {
            for (url, bytes) in zip(caches, whole) { try damage(bytes).write(to: url) }
            let output = try succeed(train("--steps", "2", "--run", run, data: data))
            XCTAssertTrue(output.contains("encoding 54 frames of") && output.contains("encoding 36 frames of"), output)
            XCTAssertEqual(try caches.map { try Data(contentsOf: $0) }, whole, run)
            try assertSameFiles(names, in: "first", and: run)
        }
        for url in caches where url.lastPathComponent == "validation.safetensors" { try Data().write(to: url) }
        XCTAssertTrue(try succeed(validate("--run", "first", data: data)).contains("encoding 36 frames of"))
        let output = try succeed(train("--steps", "2", "--run", "again", data: data))
        XCTAssertFalse(output.contains("encoding"), "what is whole is used: \(output)")
        // Episodes of the same names, but longer: the cache is not theirs.
        try FileManager.default.removeItem(at: data.appendingPathComponent("train"))
        try Self.record(into: data.appendingPathComponent("train"), count: 3, frames: 20)
        XCTAssertTrue(try succeed(train("--steps", "2", "--run", "longer", data: data)).contains("encoding 60 frames"))
    }

    func testOverwriteReplacesARunAndItsNumbers() throws {
        try succeed(train("--steps", "2", "--seed", "2"))
        try succeed(validate())
        try succeed(train("--steps", "1", "--overwrite"))
        try succeed(train("--steps", "1", "--run", "new"))
        try assertSameFiles(names, in: "default", and: "new")
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints/default/validation.json").path))
        XCTAssertFalse(String(decoding: try bytes("metrics.jsonl"), as: UTF8.self).contains("\"step\":2"))
    }

    func testControlCSavesAndSaysHowToResume() throws {
        try interrupt(train("--steps", "100000"), says: "train-dynamics --data \(Self.data.path) --run default --resume")
        try succeed(train("--resume", "--stop-at", "\(try savedStep() + 1)"))
    }

    func testValidationWritesEveryNumberOfTheStage() throws {
        for actions in ["latent", "true"] {
            try succeed(train("--steps", "2", "--actions", actions, "--run", actions))
            let table = try succeed(validate("--run", actions))
            let object = try JSONSerialization.jsonObject(with: bytes("validation.json", run: actions)) as? [String: Any]
            let numbers = try XCTUnwrap(object as? [String: Double], "\(object ?? [:])")
            XCTAssertTrue(numbers.values.allSatisfy(\.isFinite))
            for name in ["token_accuracy", "rollout_psnr_db", "copy_last_psnr_db", "delta_psnr_db", "frames_per_second"] {
                XCTAssertNotNil(numbers[name], name)
            }
            XCTAssertEqual(numbers["rollout_frames"], 12)
            for name in numbers.keys { XCTAssertTrue(table.contains(name), name) }
            for name in ["horizon.png", "rollouts.png", "divergence.png", "order.png", "loss.png"] {
                XCTAssertGreaterThan(try bytes(name, run: actions).count, 500, name)
            }
        }
        // Imported videos have no unseen rooms, perhaps only one clip to validate with, and no actions: with latent ones, none are needed.
        let imported = file("imported")
        for split in ["train", "validation"] {
            try Self.record(into: imported.appendingPathComponent(split), count: 1, withActions: false)
        }
        try succeed(train("--steps", "2", "--run", "imported", data: imported))
        let table = try succeed(
            validate("--run", "imported", "--eye", Self.trained("tokenizer").path, "--samples", "1", "--long", "48", data: imported))
        for name in ["frechet_distance", "long_sharpness_12", "long_frechet_distance_48", "long.png"] {
            XCTAssertTrue(table.contains(name), name)
        }
    }
}
