// ShortcutForcingCommandTests.swift - `train-dynamics shortcut-forcing`: the same weights however often it was stopped, one clear line for
// bad input, and dreams through the same doors as every other family's.

import CommandTesting
import Episodes
import Foundation
import MaskedAutoencoder
import Randomness
import ShortcutForcing
import Tensors
import Training
import WorldModels
import Worlds
import XCTest

final class ShortcutForcingCommandTests: DynamicsCommandTestCase {
    /// An untrained eye for frames of 16x16: 4 latents of 3 numbers.
    private func makeEye() throws {
        var c = MaskedAutoencoderConfiguration(), generator = SeededGenerator(seed: 1)
        (c.imageSize, c.frames, c.patchSize, c.latents, c.latentDimensions) = (16, 3, 4, 4, 3)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.encoderBlocks, c.decoderBlocks) = (16, 2, 24, 1, 1)
        try FileManager.default.createDirectory(at: file("eye"), withIntermediateDirectories: true)
        try Checkpoint.write(
            MaskedAutoencoder(c, using: &generator).tensors, metadata: Checkpoint.metadata(kind: MaskedAutoencoder.kind, configuration: c),
            to: file("eye/model.safetensors"))
    }

    private func trainShortcut(_ more: String...) -> [String] {
        [
            "train-dynamics", "shortcut-forcing", "--data", Self.data.path, "--tokenizer", "eye", "--preset", "tiny", "--batch-size", "4",
            "--threads", "1",
        ] + more
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        try makeEye()
        try succeed(trainShortcut("--run", "whole", "--steps", "11"))
        let output = try succeed(trainShortcut("--run", "parts", "--steps", "11", "--stop-at", "7"))
        XCTAssertTrue(output.contains("go on with: train-dynamics shortcut-forcing --data \(Self.data.path) --run parts --resume"), output)
        XCTAssertTrue(try String(contentsOf: file("checkpoints/whole/metrics.jsonl"), encoding: .utf8).contains("bootstrap_loss"))
        // Stage 1 may be trained anew meanwhile: the run has its own copy of the eye.
        try FileManager.default.removeItem(at: file("eye"))
        try succeed(["train-dynamics", "shortcut-forcing", "--data", Self.data.path, "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors", "tokenizer.safetensors"], in: "whole", and: "parts")
    }

    func testBadInput() throws {
        try refuse(trainShortcut("--objective", "magic"), "--objective is shortcut, meanflow or flow")
        try refuse(trainShortcut("--prediction", "e"), "--prediction is x or v")
        try refuse(trainShortcut("--past", "clean"), "--past is light or any")
        try refuse(trainShortcut("--context-noise", "2"), "--context-noise is a share")
        try refuse(trainShortcut("--frames", "1"), "--frames must be at least 2")
        try refuse(trainShortcut(), "eye/model.safetensors", "no such")
        try makeEye()
        try refuse(trainShortcut("--frames", "19"), "data/train", "a clip takes 19 frames")
        try refuse(trainShortcut("--resume"), "nothing to resume", "shortcut-forcing")
    }

    func testItsDreamsAreValues() throws {
        try makeEye()
        try succeed(trainShortcut("--steps", "2"))
        let world = try Worlds.open(file("checkpoints/default"))
        XCTAssertEqual(world.actionCount, 5)
        XCTAssertTrue(world.drawsSamples)
        let frames = try EpisodeSet(Self.data, .validation).clips(
            at: [ClipPlace(episode: 0, start: 0), ClipPlace(episode: 1, start: 3)], length: 5
        ).frames
        var generator = SeededGenerator(seed: 1), dream = world.dream(from: frames, actions: Array(repeating: 1, count: 8)), other = dream
        XCTAssertEqual(world.reconstructed(frames).shape, frames.shape)
        // The mean needs no chance: another generator, the same frames. A copy is another future.
        var second = SeededGenerator(seed: 2)
        let a = dream.step([0, 3], .mean, using: &generator), b = other.step([0, 3], .mean, using: &second)
        XCTAssertEqual(a.shape, [2, 16, 16, 3])
        XCTAssertEqual(a.values, b.values)
        XCTAssertEqual(second, SeededGenerator(seed: 2), "nothing was drawn")
        XCTAssertNotEqual(dream.step([0, 3], .sample, using: &generator).values, other.step([0, 3], .sample, using: &second).values)
        // Rows go on as they would have, whoever dreams beside them, and a dream may be longer than what the model looks back at.
        var chosen = dream.selecting([1])
        for t in 0 ..< 12 {
            let both = dream.step([t % 5, t % 3], .mean, using: &generator), one = chosen.step([t % 3], .mean, using: &generator)
            for (x, y) in zip(both.sliced(axis: 0, 1 ..< 2).values, one.values) { XCTAssertEqual(x, y, accuracy: 1e-3, "frame \(t)") }
        }
    }

    func testItIsValidatedAsEveryOther() throws {
        try makeEye()
        try succeed(trainShortcut("--steps", "2"))
        let output = try succeed(["validate-dynamics", "--data", Self.data.path, "--clips", "2", "--threads", "1"])
        for name in ["rollout_psnr_db", "copy_last_psnr_db", "delta_psnr_db", "sharpness", "frames_per_second"] {
            XCTAssertTrue(output.contains(name), output)
        }
    }
}
