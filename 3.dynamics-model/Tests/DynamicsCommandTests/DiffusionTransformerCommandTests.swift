// DiffusionTransformerCommandTests.swift - `train-dynamics diffusion-transformer`, with shapes and without: the same weights however often
// it was stopped, one clear line for bad input, and dreams through the same doors as every other family's.

import CommandTesting
import Episodes
import Foundation
import MaskedAutoencoder
import Randomness
import Recording
import Tensors
import Training
import VideoDiffusion
import WorldModels
import Worlds
import XCTest

final class DiffusionTransformerCommandTests: DynamicsCommandTestCase {
    /// An untrained eye for frames of 16x16: 4 latents of 3 numbers. It looks at fewer frames together than a window has.
    private func makeEye() throws {
        var c = MaskedAutoencoderConfiguration(), generator = SeededGenerator(seed: 1)
        (c.imageSize, c.frames, c.patchSize, c.latents, c.latentDimensions) = (16, 3, 4, 4, 3)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.encoderBlocks, c.decoderBlocks) = (16, 2, 24, 1, 1)
        try FileManager.default.createDirectory(at: file("eye"), withIntermediateDirectories: true)
        try Checkpoint.write(
            MaskedAutoencoder(c, using: &generator).tensors, metadata: Checkpoint.metadata(kind: MaskedAutoencoder.kind, configuration: c),
            to: file("eye/model.safetensors"))
    }

    /// Episodes that the simulator can replay.
    private func recordInSimulator() throws -> URL {
        let recorder = Recorder(rooms: 1, frames: 18, size: 16, seed: 3)
        for split in Split.allCases {
            try recorder.write(2, of: split, to: file("simulated").appendingPathComponent(split.rawValue))
        }
        return file("simulated")
    }

    private func trainTransformer(data: URL, _ more: String...) -> [String] {
        [
            "train-dynamics", "diffusion-transformer", "--data", data.path, "--tokenizer", "eye", "--preset", "tiny", "--batch-size", "4",
            "--threads", "1",
        ] + more
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        try makeEye()
        let data = try recordInSimulator()
        try succeed(trainTransformer(data: data, "--surfaces", "--run", "whole", "--steps", "7"))
        try succeed(trainTransformer(data: data, "--surfaces", "--run", "parts", "--steps", "7", "--stop-at", "4"))
        // Stage 1 may be trained anew meanwhile: the run has its own copy of the eye.
        try FileManager.default.removeItem(at: file("eye"))
        try succeed(["train-dynamics", "diffusion-transformer", "--data", data.path, "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors", "tokenizer.safetensors"], in: "whole", and: "parts")
        let output = try succeed(["validate-dynamics", "--data", data.path, "--run", "parts", "--clips", "2", "--threads", "1"])
        for name in ["rollout_psnr_db", "shuffled_actions_loss_ratio", "depth_error", "normals_degrees"] {
            XCTAssertTrue(output.contains(name), output)
        }
        XCTAssertTrue(FileManager.default.fileExists(atPath: file("checkpoints/parts/surfaces.png").path))
    }

    func testBadInput() throws {
        try refuse(trainTransformer(data: Self.data), "eye/model.safetensors", "no such")
        try makeEye()
        try refuse(trainTransformer(data: Self.data, "--frames", "1"), "--frames must be at least 2")
        try refuse(trainTransformer(data: Self.data, "--frames", "19"), "data/train", "a clip takes 19 frames")
        try refuse(trainTransformer(data: Self.data, "--surfaces"), "0.safetensors", "only of what the simulator recorded")
        try refuse(trainTransformer(data: Self.data, "--resume"), "nothing to resume", "diffusion-transformer")
    }

    func testItsDreamsAreValues() throws {
        try makeEye()
        try succeed(trainTransformer(data: Self.data, "--steps", "2"))
        let world = try Worlds.open(file("checkpoints/default"))
        XCTAssertEqual(world.actionCount, 5)
        let frames = try EpisodeSet(Self.data, .validation).clips(
            at: [ClipPlace(episode: 0, start: 0), ClipPlace(episode: 1, start: 3)], length: 5
        ).frames
        var generator = SeededGenerator(seed: 1), dream = world.dream(from: frames, actions: Array(repeating: 1, count: 8)), other = dream
        let a = dream.step([0, 3], .mean, using: &generator), b = other.step([0, 3], .mean, using: &generator)
        XCTAssertEqual(a.shape, [2, 16, 16, 3])
        XCTAssertEqual(a.values, b.values, "the mean needs no chance")
        XCTAssertNotEqual(dream.step([0, 3], .sample, using: &generator).values, other.step([0, 3], .sample, using: &generator).values)
        // What led where: a window of the last three frames knows no more, and other actions are another past.
        func after(_ frames: Tensor, _ actions: [Int]) -> [Float] {
            var dream = world.dream(from: frames.sliced(axis: 0, 0 ..< 1), actions: actions), generator = SeededGenerator(seed: 1)
            return dream.step([3], .mean, using: &generator).values
        }
        let last = frames.sliced(axis: 1, 2 ..< 5)
        XCTAssertEqual(after(frames, [0, 1, 2, 3]), after(last, [2, 3]))
        XCTAssertNotEqual(after(frames, [0, 1, 2, 3]), after(last, [3, 2]))
        // Rows go on as they would have, whoever dreams beside them, and a dream may be longer than a window.
        var chosen = dream.selecting([1])
        for t in 0 ..< 6 {
            let both = dream.step([t % 5, t % 3], .mean, using: &generator), one = chosen.step([t % 3], .mean, using: &generator)
            for (x, y) in zip(both.sliced(axis: 0, 1 ..< 2).values, one.values) { XCTAssertEqual(x, y, accuracy: 1e-3, "frame \(t)") }
        }
    }
}
