// ComparisonTests.swift - runs of several kinds through the same doors: are they measured alike, and
// is what does not fit refused in one line?

import CommandTesting
import Foundation
import InverseDynamics
import PixelRegression
import Randomness
import SafeTensors
import Training
import XCTest

final class ComparisonTests: DynamicsCommandTestCase {
    private func regression(_ more: String...) -> [String] {
        ["train-dynamics", "pixel-regression", "--data", Self.data.path, "--action-model", Self.trained("actions").path] + more
    }
    private func compare(_ more: String..., data: URL = DynamicsCommandTestCase.data) -> [String] {
        ["compare", "--data", data.path, "--threads", "1", "--clips", "4", "--samples", "2"] + more
    }
    private func numbers(_ path: String) throws -> [String: Any] {
        try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: file(path))) as? [String: Any])
    }

    func testPixelRegressionIsMeasuredAsAllAre() throws {
        let output = try succeed(regression())
        XCTAssertTrue(output.contains("Next: validate-dynamics --data \(Self.data.path) --run pixel-regression"), output)
        try succeed(train("--steps", "2"))
        try succeed(validate("--clips", "4", "--samples", "2", "--eye", Self.trained("tokenizer").path))
        try succeed(validate("--run", "pixel-regression", "--clips", "4", "--eye", Self.trained("tokenizer").path))
        let masked = try numbers("checkpoints/default/validation.json"),
            pixels = try numbers("checkpoints/pixel-regression/validation.json")
        for name in [
            "rollout_psnr_db", "delta_psnr_db", "sharpness", "frechet_distance", "parameters", "frames_per_second", "copy_last_psnr_db",
        ] {
            XCTAssertNotNil(masked[name] as? Double, name)
            XCTAssertNotNil(pixels[name] as? Double, name)
        }
        // What only one of them has.
        XCTAssertNotNil(masked["token_accuracy"] as? Double)
        XCTAssertNotNil(masked["sample_psnr_db"] as? Double)
        XCTAssertNil(pixels["token_accuracy"])
        XCTAssertNil(pixels["sample_psnr_db"])
        // The rival that stands beside the masked model is this run.
        XCTAssertEqual(masked["pixel_regression_psnr_db"] as? Double, pixels["rollout_psnr_db"] as? Double)
        XCTAssertEqual(masked["copy_last_psnr_db"] as? Double, pixels["copy_last_psnr_db"] as? Double)

        let table = try succeed(compare("default", "checkpoints/pixel-regression", "--eye", Self.trained("tokenizer").path))
        XCTAssertTrue(table.contains("pixel-regression") && table.contains("copy of the last frame"), table)
        let compared = try numbers("comparison/comparison.json")
        XCTAssertEqual(
            (compared["pixel-regression"] as? [String: Any])?["rollout_psnr_db"] as? Double, pixels["rollout_psnr_db"] as? Double)
        for name in ["comparison.png", "comparison-rollouts.png", "comparison.txt"] {
            XCTAssertTrue(FileManager.default.fileExists(atPath: file("comparison/\(name)").path), name)
        }
    }

    /// Where it carries over what was seen its file holds from where, and its dreams are others.
    func testPixelRegressionCarriesIfAsked() throws {
        try succeed(regression())
        try succeed(regression("--carry", "--run", "carried"))
        for run in ["pixel-regression", "carried"] {
            try succeed(validate("--run", run, "--clips", "4", "--eye", Self.trained("tokenizer").path))
        }
        let own = try numbers("checkpoints/carried/validation.json"), plain = try numbers("checkpoints/pixel-regression/validation.json")
        XCTAssertNotEqual(own["rollout_psnr_db"] as? Double, plain["rollout_psnr_db"] as? Double)
        XCTAssertEqual(own["copy_last_psnr_db"] as? Double, plain["copy_last_psnr_db"] as? Double)
        let file = try SafeTensorsFile(contentsOf: file("checkpoints/carried/model.safetensors"))
        XCTAssertTrue(try file.floats("flow.known").contains(1), "something is known")
    }

    func testARunIsNotReplacedUnasked() throws {
        try succeed(regression())
        try refuse(regression(), "checkpoints/pixel-regression: this run exists", "--overwrite")
        try succeed(regression("--overwrite", "--look-back", "2"))
        try refuse(regression("--overwrite", "--look-back", "9"), "looks back at 1 to 3 frames, not 9")
        try refuse(
            [
                "train-dynamics", "pixel-regression", "--data", Self.data.path, "--action-model", Self.trained("tokenizer").path, "--run",
                "other",
            ],
            "holds a video-tokenizer, not a latent-action-model")
        try refuse(["train-dynamics", "pixels"], "pixels")
    }

    func testRunsThatCannotBeCompared() throws {
        try succeed(regression())
        try refuse(compare("nowhere"), "checkpoints/nowhere/model.safetensors: no such checkpoint", "train-dynamics")
        try refuse(
            compare("pixel-regression", Self.trained("tokenizer").path),
            "model.safetensors: holds a video-tokenizer, which is no world model")
        try refuse(compare("pixel-regression", "--split", "train"), "--split train")
        try refuse(compare("pixel-regression", "--eye", Self.trained("actions").path), "holds a latent-action-model, which is no eye")
        // A kind that nobody knows, and one that has half of its files.
        let run = file("checkpoints/unknown")
        try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        var writer = SafeTensorsWriter(metadata: ["kind": "crystal-ball"])
        writer.add("x", shape: [1], floats: [1])
        try writer.write(to: run.appendingPathComponent("model.safetensors"))
        try refuse(validate("--run", "unknown"), "checkpoints/unknown/model.safetensors: holds a crystal-ball, which is no world model")
        try succeed(train("--steps", "1"))
        try FileManager.default.removeItem(at: file("checkpoints/default/tokenizer.safetensors"))
        try refuse(compare("pixel-regression", "default"), "checkpoints/default/tokenizer.safetensors: no such checkpoint")
    }

    func testFramesOfTwoSizesAreNotCompared() throws {
        try succeed(regression())
        var c = ActionConfiguration.micro, generator = SeededGenerator(seed: 1)
        (c.imageSize, c.patchSize) = (8, 4)
        let other = LatentActionModel(c, using: &generator), run = file("checkpoints/other")
        try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        let configuration = PixelRegression.Configuration(actionModel: c, commands: [], framesPerSecond: 4)
        try Checkpoint.write(other.tensors, metadata: Checkpoint.metadata(kind: PixelRegression.kind, configuration: configuration),
                             to: run.appendingPathComponent("model.safetensors"))
        try refuse(
            compare("pixel-regression", "other"), "checkpoints/other: imagines frames of 8x8, checkpoints/pixel-regression 16x16",
            "compare runs of one size")
        let small = file("small")
        for split in ["train", "validation"] { try Self.record(into: small.appendingPathComponent(split), count: 1, size: 8) }
        try refuse(compare("pixel-regression", data: small), "small/validation", "8x8", "16x16")
    }
}
