// PixelDiffusionRunTests.swift - does a pixel diffusion run give the same weights however often it
// was stopped, and refuse what does not fit?

import CommandTesting
import Foundation
import XCTest

final class PixelDiffusionRunTests: DynamicsCommandTestCase {
    private func diffuse(_ more: String..., data: URL = DynamicsCommandTestCase.data) -> [String] {
        ["train-dynamics", "pixel-diffusion", "--data", data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1"] + more
    }

    /// Stopped in the first part, where the parts meet, and in the second.
    func testStoppedAndResumedGivesTheSameBytes() throws {
        try succeed(diffuse("--steps", "6", "--run", "whole"))
        try succeed(diffuse("--steps", "6", "--run", "parts", "--stop-at", "2"))
        for stop in ["3", "5", "6"] {
            try succeed(["train-dynamics", "pixel-diffusion", "--data", Self.data.path, "--run", "parts", "--resume", "--stop-at", stop])
        }
        try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: "whole", and: "parts")
    }

    func testWithoutAMeanAndWithoutNoiseOnThePast() throws {
        try succeed(diffuse("--steps", "2", "--run", "plain", "--no-mean-first", "--past-noise", "0", "--in-a-row", "1"))
        let output = try succeed(["validate-dynamics", "--data", Self.data.path, "--run", "plain", "--threads", "1", "--clips", "2"])
        for name in ["rollout_psnr_db", "sample_psnr_db", "sharpness", "delta_psnr_db"] { XCTAssertTrue(output.contains(name), output) }
    }

    func testWhatDoesNotFitIsRefused() throws {
        try refuse(diffuse("--preset", "tinny"), "--preset is default, tiny or patient")
        try refuse(diffuse("--past-noise", "2"), "--past-noise must be at least 0")
        try refuse(diffuse("--in-a-row", "0"), "--in-a-row must be at least 1")
        try refuse(diffuse(data: file("nowhere")), "nowhere/train", "there is no such folder")
        try Self.record(into: file("silent/train"), count: 1, withActions: false)
        try Self.record(into: file("silent/validation"), count: 1, withActions: false)
        try refuse(diffuse(data: file("silent")), "has no actions", "label-actions")
        try Self.record(into: file("small/train"), count: 1, size: 8)
        try Self.record(into: file("small/validation"), count: 1, size: 8)
        try refuse(diffuse(data: file("small")), "8 pixels", "squares of 8")
        try succeed(diffuse("--steps", "1"))
        try refuse(diffuse("--steps", "1"), "checkpoints/default", "--overwrite")
        try refuse(diffuse("--resume", "--seed", "5"), "--resume keeps seed 1")
        let model = file("checkpoints/default/model.safetensors")
        try Data(contentsOf: model).dropLast(100).write(to: model)
        try refuse(["validate-dynamics", "--data", Self.data.path], "model.safetensors", "truncated")
    }
}
