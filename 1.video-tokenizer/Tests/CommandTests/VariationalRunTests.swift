// VariationalRunTests.swift - the variational autoencoder as a run: stopped and resumed, measured as all eyes are, and refused in one line.

import CommandTesting
import XCTest

final class VariationalRunTests: TokenizerCommandTestCase {
    private func vae(_ more: String..., data: URL = TokenizerCommandTestCase.data) -> [String] {
        ["train-tokenizer", "vae", "--data", data.path, "--preset", "tiny", "--batch-size", "4", "--threads", "1"] + more
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        try succeed(vae("--run", "whole", "--steps", "6"))
        let output = try succeed(vae("--run", "parts", "--steps", "6", "--stop-at", "3"))
        XCTAssertTrue(output.contains("go on with: train-tokenizer vae --data \(Self.data.path) --run parts --resume"), output)
        try succeed(["train-tokenizer", "vae", "--data", Self.data.path, "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: "whole", and: "parts", line: #line)
    }

    func testItIsMeasuredAsAllEyesAre() throws {
        for side in ["1", "4"] {
            try succeed(vae("--run", side, "--steps", "2", "--side", side))
            try succeed(["validate-tokenizer", "--data", Self.data.path, "--run", side, "--threads", "1"])
            let file = file("checkpoints/\(side)/validation.json")
            let numbers = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            for name in ["psnr_db", "ssim", "divergence_nats", "active_numbers", "floats_per_frame"] {
                XCTAssertNotNil(numbers[name] as? Double, name)
            }
        }
    }

    func testBadInput() throws {
        try refuse(vae("--side", "2"), "--side is 1 or 4")
        try refuse(vae("--tolerance", "-1"), "--tolerance")
        try refuse(vae(data: file("nowhere")), "nowhere")
        try succeed(vae("--steps", "1"))
        try refuse(["train-tokenizer", "--data", Self.data.path, "--resume"], "holds a variational-autoencoder, not a video-tokenizer")
    }
}
