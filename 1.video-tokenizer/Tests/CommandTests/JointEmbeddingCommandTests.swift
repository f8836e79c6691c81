// JointEmbeddingCommandTests.swift - `train-tokenizer joint-embedding`: the same weights however often it was stopped,
// one clear line for bad input, and probes.

import CommandTesting
import Foundation
import XCTest

final class JointEmbeddingCommandTests: TokenizerCommandTestCase {
    private func embed(_ more: String..., data: URL = TokenizerCommandTestCase.data) -> [String] {
        ["train-tokenizer", "joint-embedding", "--data", data.path, "--preset", "tiny", "--batch-size", "8", "--threads", "1"] + more
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        for objective in ["masks", "sigreg", "distortions"] {
            let (whole, parts) = ("whole-\(objective)", "parts-\(objective)")
            try succeed(embed("--objective", objective, "--steps", "6", "--run", whole))
            let output = try succeed(embed("--objective", objective, "--steps", "6", "--run", parts, "--stop-at", "4"))
            XCTAssertTrue(
                output.contains("go on with: train-tokenizer joint-embedding --data \(Self.data.path) --run \(parts) --resume"), output)
            try succeed(["train-tokenizer", "joint-embedding", "--data", Self.data.path, "--run", parts, "--resume"])
            try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: whole, and: parts)
        }
    }

    func testMeasuredAndProbed() throws {
        try succeed(embed("--steps", "2", "--run", "a"))
        try succeed(embed("--steps", "2", "--run", "b", "--objective", "masks"))
        let table = try succeed(["validate-tokenizer", "--data", Self.data.path, "--run", "a", "--threads", "1"])
        for word in ["spread", "rankme", "copy_ratio", "features.png"] { XCTAssertTrue(table.contains(word), "\(word): \(table)") }
        XCTAssertTrue(FileManager.default.fileExists(atPath: file("checkpoints/a/neighbors.png").path))
        // The probe asks for frames with a Kong and without; so short a recording may have only one kind, and then it says so.
        let probe = try start(["probe-features", "--data", Self.data.path, "--run", "a", "--against", "b", "--threads", "1"]).finish()
        XCTAssertTrue(probe.status == 0 ? probe.output.contains("b (masks)") : probe.errors.contains("the Kong is visible in all frames"),
            probe.output + probe.errors)
    }

    func testBadInput() throws {
        try refuse(embed("--preset", "large"), "--preset is default, tiny or patient")
        try refuse(embed("--teacher-momentum", "2", "--objective", "masks"), "momentum")
        try refuse(embed("--episodes-per-batch", "3"), "--episodes-per-batch 3", "shared out evenly")
        try refuse(embed("--gaussian-weight=-1"), "weights are not negative")
        try refuse(embed("--resume"), "nothing to resume")
        try succeed(train("--steps", "1"))
        try refuse(embed("--resume"), "holds a video-tokenizer, not a joint-embedding")
        try refuse(["probe-features", "--data", Self.data.path, "--run", "none"], "none", "train-tokenizer")
        try refuse(["probe-features", "--data", Self.data.path, "--dinov2", file("nowhere").path], "nowhere", "no such folder")
    }
}
