// ActionRunTests.swift - does a run give the same weights however often it was stopped, and do later commands find what they
// need?

import CommandTesting
import Episodes
import Foundation
import XCTest

final class ActionRunTests: ActionCommandTestCase {
    private let names = ["model.safetensors", "training-state.safetensors"]

    /// Stopped among the motion maps, and again among the clips.
    func testTheLatentModelStoppedAndResumedGivesTheSameBytes() throws {
        let kinds = [["maps", "--threads", "2"], ["nobody", "--threads", "1", "--quantizer", "vq", "--conditioning", "add"]]
        for flags in kinds {
            let kind = flags[0], plan = ["--steps", "8", "--teacher"] + flags
            try succeed(train("latent", "--run", "whole-\(kind)") + plan)
            let output = try succeed(train("latent", "--run", "parts-\(kind)", "--stop-at", "2") + plan)
            // What it says is all that is needed: the plan is in the checkpoint.
            let goOn = "train-actions --data \(Self.data.path) --run parts-\(kind) --model latent --resume"
            XCTAssertTrue(output.contains("go on with: \(goOn)\n"), output)
            let resume = goOn.split(separator: " ").map(String.init)
            for more in [["--stop-at", "6"], []] { try succeed(resume + more) }
            try assertSameFiles(names, in: "whole-\(kind)", and: "parts-\(kind)")
        }
    }

    func testTheSupervisedModelsStoppedAndResumedGiveTheSameBytes() throws {
        try succeed(train("supervised", "--run", "whole", "--steps", "4"))
        try succeed(train("supervised", "--run", "parts", "--steps", "4", "--stop-at", "3"))
        try succeed(["train-actions", "--data", Self.data.path, "--run", "parts", "--model", "supervised", "--resume"])
        for budget in ["labels-50", "labels-200", "labels-1000", "labels-all"] {
            try assertSameFiles(names.map { "\(budget)/\($0)" }, in: "whole", and: "parts")
        }
    }

    func testTheSameCommandGivesTheSameBytesAndAnotherSeedDoesNot() throws {
        for (run, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
            try succeed(train("latent", "--steps", "4", "--run", run, "--seed", seed))
        }
        try assertSameFiles(names, in: "a", and: "b")
        let models = try ["a", "c"].map { try Data(contentsOf: file("checkpoints/\($0)/model.safetensors")) }
        XCTAssertFalse(models[0] == models[1])
    }

    func testControlCSavesAndSaysHowToResume() throws {
        try interrupt(train("latent", "--steps", "100000", "--teacher", "nobody"),
                      says: "train-actions --data \(Self.data.path) --run default --model latent --resume")
        try succeed(train("latent", "--resume", "--stop-at", "\(try savedStep() + 1)"))
    }

    func testValidationWritesEveryNumberOfTheStage() throws {
        try succeed(train("latent", "--steps", "4"))
        try succeed(train("supervised", "--steps", "2"))
        let table = try succeed(["validate-actions", "--data", Self.data.path, "--threads", "1"])
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file("checkpoints/default/validation.json")))
        let object = try XCTUnwrap(json as? [String: Any])
        for name in ["action_accuracy", "action_nmi", "codes_used", "delta_psnr_db", "next_frame_psnr_db", "copy_last_psnr_db",
                     "idm_accuracy", "idm_labels", "majority_accuracy"] {
            XCTAssertTrue((object[name] as? Double)?.isFinite ?? false, "\(name): \(object[name] ?? "missing")")
            XCTAssertTrue(table.contains(name), name)
        }
        XCTAssertEqual(object["idm_labels"] as? Double, 1100)
        for name in ["futures.png", "predictions.png", "codes.png", "gates.png", "labels.png", "loss.png", "psnr.png", "samples.png"] {
            XCTAssertGreaterThan(try Data(contentsOf: file("checkpoints/default/\(name)")).count, 500, name)
        }
    }

    /// Nobody named the actions, and one that is done in training episodes is never done in the others.
    func testValidationOfEpisodesWithFewerActions() throws {
        for (split, action) in [("train", 2), ("validation", 0), ("unseen-rooms", 3)] {
            try Self.record(into: file("data/\(split)"), count: 1)
            let url = file("data/\(split)/0.safetensors")
            var episode = try Episode(contentsOf: url)
            episode.actions = Array(repeating: action, count: 11)
            episode.metadata["action_names"] = nil
            try episode.write(to: url)
        }
        try succeed(train("latent", "--steps", "2", data: file("data")))
        let table = try succeed(["validate-actions", "--data", "data", "--threads", "1"])
        XCTAssertTrue(table.contains("action_accuracy"), table)
    }

    /// A video without actions becomes one with actions; frames and all else stay.
    func testLabelActions() throws {
        let silent = file("silent")
        for split in ["train", "validation"] {
            try Self.record(into: silent.appendingPathComponent(split), count: 2, withActions: false)
        }
        try succeed(train("latent", "--steps", "4", data: silent))
        try succeed(["validate-actions", "--data", "silent"])
        try succeed(train("supervised", "--steps", "2"))
        for (model, actionNames) in [("latent", (0 ..< 8).map { "code \($0)" }), ("supervised", ["stand", "left", "right"])] {
            let labeled = file("labeled-\(model)")
            try succeed(["label-actions", "--data", "silent", "--model", model, "--output", "labeled-\(model)"])
            for path in ["train/0", "train/1", "validation/0", "validation/1"] {
                let before = try Episode(contentsOf: silent.appendingPathComponent("\(path).safetensors"))
                let after = try Episode(contentsOf: labeled.appendingPathComponent("\(path).safetensors"))
                XCTAssertEqual(after.frames, before.frames)
                let actions = try XCTUnwrap(after.actions)
                XCTAssertEqual(actions.count, 11)
                XCTAssertTrue(actions.allSatisfy { actionNames.indices.contains($0) })
                XCTAssertEqual(after.metadata["action_names"], actionNames.joined(separator: ","))
                XCTAssertEqual(after.metadata["actions_inferred_by"], model)
                XCTAssertEqual(after.metadata["fps"], "4")
            }
        }
        // What was inferred is worth training on.
        try succeed(train("latent", "--steps", "2", "--run", "again", data: file("labeled-latent")))
    }
}
