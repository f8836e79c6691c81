// PixelDiffusionGoldenTests.swift - does the model compute what PyTorch says: the mean, the factors,
// the denoiser, its loss, and a whole sample?

@testable import PixelDiffusion
import SafeTensors
import Tensors
import Training
import XCTest

final class PixelDiffusionGoldenTests: XCTestCase {
    private var file: SafeTensorsFile!, model: PixelDiffusion!

    /// The micro model with the goldens' weights.
    override func setUpWithError() throws {
        file = try SafeTensorsFile(contentsOf: XCTUnwrap(Bundle.module.url(forResource: "Fixtures/micro", withExtension: "safetensors")))
        model = micro()
        try Checkpoint.fill(model.tensors, from: file)
    }

    private func golden(_ name: String) throws -> Tensor { Tensor(try file.floats(name), shape: file.entries[name]?.shape ?? []) }

    private func past() throws -> PixelDiffusion.Past {
        let all = try golden("past"), shape = Array(all.shape.dropFirst())
        let actions = try file.integers("actions").map { $0 == model.configuration.actions ? nil : $0 }
        let frames = (0 ..< all.size(0)).map { all.sliced(axis: 0, $0 ..< $0 + 1).reshaped(shape) }
        return .init(frames: frames, actions: actions, noise: try file.floats("past_noise"))
    }

    func testMeanAndDenoiser() throws {
        let past = try past(), expected = model.expected(after: past)
        assertEqual(expected, try golden("expected"), within: 1e-5, "expected")
        let denoised = model.denoised(try golden("noisy"), sigma: try file.floats("sigma"), after: past, expected: expected)
        assertEqual(denoised, try golden("denoised"), within: 1e-5, "denoised")
    }

    func testFactorsAndLevels() throws {
        let factors = try file.floats("factors")
        for (i, sigma) in try file.floats("sigma").enumerated() {
            let p = Preconditioning(sigma: sigma * 0.25, offset: 0.2 * 0.25, data: 0.25)
            for (j, value) in [p.cSkip, p.cOut, p.cIn, p.cNoise].enumerated() {
                XCTAssertEqual(value, factors[j * 3 + i], accuracy: 1e-5 * max(1, abs(factors[j * 3 + i])))
            }
        }
        for (a, b) in zip(karrasLevels(3, from: 10, to: 0.004), try file.floats("levels")) {
            XCTAssertEqual(a, b, accuracy: 1e-4 * max(1e-3, b))
        }
    }

    func testLossAndItsGradients() throws {
        let past = try past(), expected = try golden("expected"), sigma = try file.floats("sigma")
        let loss = model.denoisingLoss(
            rest: try golden("frame") - expected, noisy: try golden("noisy"), sigma: sigma, after: past, expected: expected
        ).loss
        XCTAssertEqual(loss.item, try file.floats("loss")[0], accuracy: 1e-5)
        loss.backward()
        for name in file.names where name.hasPrefix("gradient.") {
            let parameter = model.parameters.first { $0.name == name.dropFirst("gradient.".count) }?.tensor
            assertEqual(try XCTUnwrap(parameter?.gradient, name), try golden(name), within: 1e-4, name)
        }
    }

    func testASample() throws {
        let drawn = model.sample(after: try past(), from: try golden("start"), steps: 3)
        assertEqual(drawn, try golden("sample"), within: 1e-5, "sample")
    }

    /// Every number within `tolerance`, relative to the largest of the expected ones.
    private func assertEqual(_ actual: Tensor, _ expected: Tensor, within tolerance: Float, _ message: String) {
        XCTAssertEqual(actual.shape, expected.shape, message)
        let scale = max(1e-6, expected.values.map(abs).max() ?? 0)
        let wrong = zip(actual.values, expected.values).first { !(abs($0 - $1) <= tolerance * scale) }
        XCTAssertNil(wrong, "\(message): is, and should be")
    }
}
