// FamilyFaultTests.swift - what holds for the main road's runs holds for those of every family: the same bytes however often they were
// stopped, damaged files, files of two runs, and numbers that are not to be believed.

import CommandTesting
import Foundation
import Randomness
import SafeTensors
import Tensors
import Training
import VariationalAutoencoder
import WorldModels
import Worlds
import XCTest

final class FamilyFaultTests: DynamicsCommandTestCase {
    /// An untrained eye for frames of 16x16.
    private func makeEye(_ name: String = "eye", seed: UInt64 = 1) throws {
        var c = VariationalConfiguration(), generator = SeededGenerator(seed: seed)
        (c.imageSize, c.latentDimensions, c.channels) = (16, 4, 2)
        try FileManager.default.createDirectory(at: file(name), withIntermediateDirectories: true)
        try Checkpoint.write(
            VariationalAutoencoder(c, using: &generator).tensors,
            metadata: Checkpoint.metadata(kind: VariationalAutoencoder.kind, configuration: c),
            to: file("\(name)/model.safetensors"))
    }

    /// What each family is asked for, and the model that it keeps beside its own.
    private static let families: [(name: String, flags: [String], companion: String?)] = [
        ("pixel-regression", ["--action-model", trained("actions").path], nil),
        ("pixel-diffusion", ["--preset", "tiny", "--batch-size", "2", "--threads", "1", "--steps", "4"], nil),
        (
            "recurrent",
            ["--preset", "tiny", "--batch-size", "2", "--threads", "1", "--frames", "6", "--tokenizer", "eye", "--steps", "4"],
            "eye.safetensors"
        ),
        (
            "recurrent",
            [
                "--preset", "tiny", "--batch-size", "2", "--threads", "1", "--frames", "6", "--tokenizer", "eye", "--steps", "4",
                "--memory", "rssm",
            ], "eye.safetensors"
        ),
        (
            "shortcut-forcing", ["--preset", "tiny", "--batch-size", "2", "--threads", "1", "--tokenizer", "eye", "--steps", "4"],
            "tokenizer.safetensors"
        ),
        (
            "diffusion-transformer", ["--preset", "tiny", "--batch-size", "2", "--threads", "1", "--tokenizer", "eye", "--steps", "4"],
            "tokenizer.safetensors"
        ),
        (
            "latent-prediction", ["--preset", "tiny", "--batch-size", "2", "--threads", "1", "--eye", "eye", "--steps", "4"],
            "eye.safetensors"
        ),
    ]

    private func train(_ i: Int, _ more: String...) -> [String] {
        ["train-dynamics", Self.families[i].name, "--data", Self.data.path] + Self.families[i].flags + ["--run", "\(i)"] + more
    }

    func testNumbersOfConfigurationsAreNotBelieved() throws {
        try makeEye()
        for i in Self.families.indices {
            try succeed(train(i))
            let folder = file("checkpoints/\(i)")
            try assertNoNumberIsBelieved(in: folder.appendingPathComponent("model.safetensors")) {
                let world = try Worlds.open(folder), size = world.imageSize
                guard size <= 64 else { return }
                var dream = world.dream(from: Tensor(repeating: 0.5, shape: [1, 2, size, size, 3]), actions: [0]),
                    generator = SeededGenerator(seed: 1)
                XCTAssertEqual(dream.step([0], .sample, using: &generator).shape, [1, size, size, 3])
            }
        }
    }

    func testLatentPredictionStoppedAndResumedGivesTheSameBytes() throws {
        try makeEye()
        let train = [
            "train-dynamics", "latent-prediction", "--data", Self.data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1",
            "--eye", "eye",
        ]
        for recipe in ["dino-wm", "v-jepa", "drawing"] {
            try succeed(train + ["--steps", "6", "--recipe", recipe, "--run", "whole-\(recipe)"])
            let output = try succeed(train + ["--steps", "6", "--recipe", recipe, "--run", "parts-\(recipe)", "--stop-at", "3"])
            XCTAssertTrue(
                output.contains("go on with: train-dynamics latent-prediction --data \(Self.data.path) --run parts-\(recipe) --resume"),
                output)
            // Stage 1 may be trained anew meanwhile: the run has its own copy of the eye.
            try makeEye(seed: 2)
            try succeed(["train-dynamics", "latent-prediction", "--data", Self.data.path, "--run", "parts-\(recipe)", "--resume"])
            try assertSameFiles(
                ["model.safetensors", "training-state.safetensors", "eye.safetensors"], in: "whole-\(recipe)", and: "parts-\(recipe)")
            try makeEye()
        }
    }

    func testDamagedRuns() throws {
        try makeEye()
        try makeEye("other", seed: 9)
        for (i, family) in Self.families.enumerated() where i > 0 {
            try succeed(train(i, "--stop-at", "2"))
            let folder = file("checkpoints/\(i)"),
                resume = ["train-dynamics", family.name, "--data", Self.data.path, "--run", "\(i)", "--resume"]
            func damage(_ name: String, _ change: (Data) throws -> Data, _ body: () throws -> Void) throws {
                let url = folder.appendingPathComponent(name), whole = try Data(contentsOf: url)
                try change(whole).write(to: url)
                try body()
                try whole.write(to: url)
            }
            try damage("model.safetensors", { $0.dropLast(100) }) {
                try refuse(validate("--run", "\(i)"), "checkpoints/\(i)/model.safetensors", "truncated")
            }
            try damage("training-state.safetensors", { $0.dropLast(100) }) {
                try refuse(resume, "checkpoints/\(i)/training-state.safetensors", "truncated", "--overwrite")
            }
            if let companion = family.companion {
                // Of another run, as a copy at the wrong moment may leave it.
                try damage(companion, { _ in try Data(contentsOf: file("other/model.safetensors")) }) {
                    try refuse(
                        validate("--run", "\(i)"),
                        "checkpoints/\(i)/\(companion): is not the one that model.safetensors beside it was trained with")
                    try refuse(resume, "checkpoints/\(i)/\(companion): is not the one that training-state.safetensors")
                }
            }
            for (key, value) in [("generators", "{}"), ("optimizer_steps", "[]"), ("step", "-5")] {
                try damage("training-state.safetensors", { _ in
                        let whole = try SafeTensorsFile(contentsOf: folder.appendingPathComponent("training-state.safetensors")),
                            copy = file("copy.safetensors")
                    var writer = SafeTensorsWriter(metadata: whole.metadata.merging([key: value]) { $1 })
                    for name in whole.names { writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name)) }
                    try writer.write(to: copy)
                    return try Data(contentsOf: copy)
                }) { try refuse(resume, "checkpoints/\(i)/training-state.safetensors", "--overwrite") }
            }
            try succeed(resume)
        }
        // Where its two parts meet was decided when it began.
        try succeed(train(1, "--overwrite", "--stop-at", "2"))
        try refuse(
            ["train-dynamics", "pixel-diffusion", "--data", Self.data.path, "--run", "1", "--resume", "--steps", "8"],
            "--resume keeps the 4 steps of run '1'")
    }
}
