// GoldenStepTests.swift - is one whole training step the same as in PyTorch?
//
// From the same weights and frames: latents, codes, pictures, loss, every gradient, and every weight after AdamW. Were one
// layer, one name or one sign different, nothing here would fit.

import GoldenTesting
import Layers
import Tensors
@testable import VideoTokenizer
import XCTest

final class GoldenStepTests: XCTestCase {
    /// The goldens' weights, in a tokenizer whose running statistics leave latents as they are: (z - 0) / √(1 - ε + ε).
    private func tokenizer() throws -> VideoTokenizer {
        let tokenizer = microTokenizer()
        try Golden("micro-weights", in: .module).fill(tokenizer, from: "")
        let quantizer = tokenizer.quantizer as! FiniteScalarQuantizer
        quantizer.runningVariance.pointer.update(repeating: 1 - 1e-5, count: quantizer.levels.count)
        return tokenizer
    }

    private func checkStep(_ prefix: String, isTraining: Bool, notCompared: Set<String> = []) throws {
        let tokenizer = try tokenizer(), step = try Golden("\(prefix)-step", in: .module), frames = try step.tensor("input")
        let (reconstruction, quantized) = tokenizer(frames, isTraining: isTraining)
        if !isTraining { assertEqual(tokenizer.encode(frames), try step.tensor("latents"), within: 1e-5, "latents") }
        XCTAssertEqual(quantized.codes, try step.integers("codes"))
        XCTAssertNil(quantized.loss, "FSQ adds nothing to the loss")
        assertEqual(reconstruction, try step.tensor("reconstruction"), within: 1e-5, "reconstruction")

        let loss = reconstruction.meanSquaredError(frames)
        assertEqual(loss, try step.tensor("loss"), within: 1e-5, "loss")
        loss.backward()
        let gradients = try Golden("\(prefix)-gradients", in: .module)
        for (name, parameter) in tokenizer.parameters where !notCompared.contains(name) {
            assertEqual(parameter.gradient, try gradients.tensor(name), within: 1e-4, "gradient of \(name)")
        }

        XCTAssertEqual(clipGradients(of: tokenizer.parameters, to: 1), try step.tensor("gradientNorm").item, accuracy: 1e-4)
        AdamW(tokenizer.parameters, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01).step(learningRate: 1e-3)
        let after = try Golden("\(prefix)-weights-after", in: .module)
        for (name, parameter) in tokenizer.parameters where !notCompared.contains(name) {
            assertEqual(parameter, try after.tensor(name), within: 1e-4, "\(name) after the step")
        }
    }

    func testWithLatentsNormalizedOverTheBatch() throws {
        // Taking the mean away takes this bias away: its gradient is 0, and ours is rounding.
        try checkStep("micro-normalized", isTraining: true, notCompared: ["encoder.to_latent.bias"])
    }

    /// FSQ as in its paper, without normalization: what running statistics of mean 0 and variance 1 amount to.
    func testWithLatentsAsTheyAre() throws {
        try checkStep("micro", isTraining: false)
    }
}
