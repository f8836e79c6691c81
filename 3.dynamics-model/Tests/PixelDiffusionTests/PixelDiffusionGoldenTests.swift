// PixelDiffusionGoldenTests.swift - does the model compute what PyTorch says: the mean, the factors,
// the denoiser, its loss, and a whole sample?

import GoldenTesting
import Layers
@testable import PixelDiffusion
import Tensors
import Training
import XCTest

final class PixelDiffusionGoldenTests: XCTestCase {
    private var golden: Golden!, model: PixelDiffusion!

    /// The micro model with the goldens' weights.
    override func setUpWithError() throws {
        (golden, model) = (try Golden("micro", in: .module), micro())
        try Checkpoint.fill(model.tensors, from: golden.file)
    }

    private func past() throws -> PixelDiffusion.Past {
        let all = try golden.tensor("past"), shape = Array(all.shape.dropFirst())
        let actions = try golden.integers("actions").map { $0 == model.configuration.actions ? nil : $0 }
        let frames = (0 ..< all.size(0)).map { all.sliced(axis: 0, $0 ..< $0 + 1).reshaped(shape) }
        return .init(frames: frames, actions: actions, noise: try golden.floats("past_noise"))
    }

    func testMeanAndDenoiser() throws {
        let past = try past(), expected = model.expected(after: past)
        assertEqual(expected, try golden.tensor("expected"), within: 1e-5, "expected")
        let denoised = model.denoised(try golden.tensor("noisy"), sigma: try golden.floats("sigma"), after: past, expected: expected)
        assertEqual(denoised, try golden.tensor("denoised"), within: 1e-5, "denoised")
    }

    func testFactorsAndLevels() throws {
        let factors = try golden.floats("factors")
        for (i, sigma) in try golden.floats("sigma").enumerated() {
            let p = Preconditioning(sigma: sigma * 0.25, offset: 0.2 * 0.25, data: 0.25)
            for (j, value) in [p.cSkip, p.cOut, p.cIn, p.cNoise].enumerated() {
                XCTAssertEqual(value, factors[j * 3 + i], accuracy: 1e-5 * max(1, abs(factors[j * 3 + i])))
            }
        }
        for (a, b) in zip(karrasLevels(3, from: 10, to: 0.004), try golden.floats("levels")) {
            XCTAssertEqual(a, b, accuracy: 1e-4 * max(1e-3, b))
        }
    }

    func testLossAndItsGradients() throws {
        let past = try past(), expected = try golden.tensor("expected"), sigma = try golden.floats("sigma")
        let loss = model.denoisingLoss(
            rest: try golden.tensor("frame") - expected, noisy: try golden.tensor("noisy"), sigma: sigma, after: past, expected: expected
        ).loss
        XCTAssertEqual(loss.item, try golden.floats("loss")[0], accuracy: 1e-5)
        loss.backward()
        for name in golden.file.names where name.hasPrefix("gradient.") {
            let parameter = model.parameters.first { $0.name == name.dropFirst("gradient.".count) }?.tensor
            assertEqual(try XCTUnwrap(parameter?.gradient, name), try golden.tensor(name), within: 1e-4, name)
        }
    }

    func testASample() throws {
        let drawn = model.sample(after: try past(), from: try golden.tensor("start"), steps: 3)
        assertEqual(drawn, try golden.tensor("sample"), within: 1e-5, "sample")
    }
}
