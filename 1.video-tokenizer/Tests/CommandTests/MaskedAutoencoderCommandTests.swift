// MaskedAutoencoderCommandTests.swift - `train-tokenizer masked-autoencoder`: the same weights however often it was
// stopped, and one clear line for bad input.

import CommandTesting
import XCTest

final class MaskedAutoencoderCommandTests: TokenizerCommandTestCase {
    private func trainMasked(_ more: String...) -> [String] {
        ["train-tokenizer", "masked-autoencoder", "--data", Self.data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1"]
            + more
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        try succeed(trainMasked("--run", "whole", "--steps", "8", "--latents", "8"))
        let output = try succeed(trainMasked("--run", "parts", "--steps", "8", "--latents", "8", "--stop-at", "5"))
        XCTAssertTrue(
            output.contains("go on with: train-tokenizer masked-autoencoder --data \(Self.data.path) --run parts --resume"), output)
        try succeed(["train-tokenizer", "masked-autoencoder", "--data", Self.data.path, "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: "whole", and: "parts")
    }

    func testBadInput() throws {
        try refuse(trainMasked("--preset", "large"), "--preset is default, tiny or patient", "large")
        try refuse(trainMasked("--most-masked", "1"), "--most-masked is a share")
        try refuse(trainMasked("--latents", "0"), "--latents must be at least 1")
        try refuse(trainMasked("--latent-dimensions", "0"), "--latent-dimensions must be at least 1")
        try refuse(trainMasked("--edge-weight", "nan"), "--edge-weight")
        try refuse(trainMasked("--resume"), "nothing to resume", "masked-autoencoder")
        try succeed(train("--steps", "1"))
        try refuse(trainMasked("--resume"), "holds a video-tokenizer, not a masked-autoencoder")
        try refuse(trainMasked(), "exists", "--overwrite")
    }
}
