// RecurrentRunTests.swift - memories as runs: stopped and resumed, measured as all worlds are, and refused in one line.

import CommandTesting
import Foundation
import Randomness
import Training
import VariationalAutoencoder
import XCTest

final class RecurrentRunTests: DynamicsCommandTestCase {
    /// An eye for frames of 16x16.
    private func eye() throws -> String {
        var c = VariationalConfiguration(), generator = SeededGenerator(seed: 1)
        (c.imageSize, c.latentDimensions, c.channels) = (16, 4, 2)
        let model = VariationalAutoencoder(c, using: &generator), folder = file("vae")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Checkpoint.write(model.tensors, metadata: Checkpoint.metadata(kind: VariationalAutoencoder.kind, configuration: c),
                             to: folder.appendingPathComponent("model.safetensors"))
        return folder.path
    }
    private func recurrent(_ more: String...) throws -> [String] {
        [
            "train-dynamics", "recurrent", "--data", Self.data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1", "--frames",
            "6",
        ] + more
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        let eye = try eye()
        for (name, flags) in [
            ("mdn-rnn", ["--memory", "mdn-rnn"]), ("rssm", ["--memory", "rssm"]), ("eye", ["--memory", "rssm", "--end-to-end"]),
        ] {
            let plan = ["--steps", "6", "--tokenizer", eye] + flags
            try succeed(recurrent("--run", "whole-\(name)") + plan)
            let output = try succeed(recurrent("--run", "parts-\(name)", "--stop-at", "3") + plan)
            XCTAssertTrue(
                output.contains("go on with: train-dynamics recurrent --data \(Self.data.path) --run parts-\(name) --resume"), output)
            try succeed(["train-dynamics", "recurrent", "--data", Self.data.path, "--run", "parts-\(name)", "--resume"])
            try assertSameFiles(
                ["model.safetensors", "training-state.safetensors"], in: "whole-\(name)", and: "parts-\(name)", line: #line)
        }
    }

    func testItIsMeasuredAsAllWorldsAre() throws {
        try succeed(recurrent("--run", "memory", "--steps", "2", "--tokenizer", eye()))
        try succeed(validate("--run", "memory", "--clips", "4", "--samples", "2"))
        let numbers = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(contentsOf: file("checkpoints/memory/validation.json"))) as? [String: Any])
        for name in ["rollout_psnr_db", "delta_psnr_db", "sample_psnr_db", "frames_per_second"] {
            XCTAssertNotNil(numbers[name] as? Double, name)
        }
        // The control is a run like any other.
        let output = try succeed(recurrent("--run", "untrained", "--untrained", "--tokenizer", eye()))
        XCTAssertTrue(output.contains("left as it was drawn"), output)
        try succeed(validate("--run", "untrained", "--clips", "4", "--samples", "2"))
        // So is one whose eye learned with it.
        try succeed(recurrent("--run", "eye", "--memory", "rssm", "--end-to-end", "--steps", "2", "--tokenizer", eye()))
        try succeed(validate("--run", "eye", "--clips", "4", "--samples", "2"))
    }

    func testBadInput() throws {
        try refuse(recurrent("--memory", "lstm"), "--memory is mdn-rnn or rssm")
        try refuse(recurrent("--tokenizer", file("nowhere").path), "no such checkpoint")
        try refuse(recurrent("--frames", "1"), "--frames")
        try refuse(recurrent("--end-to-end"), "--end-to-end goes with --memory rssm")
        let tokenizer = Self.trained("tokenizer").path
        try refuse(recurrent("--memory", "rssm", "--end-to-end", "--tokenizer", tokenizer), "--end-to-end needs an eye that")
        try succeed(recurrent("--run", "memory", "--steps", "1", "--tokenizer", eye()))
        try FileManager.default.removeItem(at: file("checkpoints/memory/eye.safetensors"))
        try refuse(validate("--run", "memory"), "eye.safetensors: is missing")
    }
}
