// VariationalAutoencoderTests.swift - is it PyTorch's, does it learn, and does the wrong loss collapse?

import GoldenTesting
import Layers
import Randomness
import Tensors
import XCTest

@testable import VariationalAutoencoder

final class VariationalAutoencoderTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    private func micro(side: Int = 1) -> VariationalConfiguration {
        var c = VariationalConfiguration()
        (c.imageSize, c.side, c.latentDimensions, c.channels, c.weighsColors) = (16, side, 3, 2, false)
        return c
    }

    /// Codes, pictures, loss and every gradient of one training step.
    func testOneStepIsPyTorchs() throws {
        let golden = try Golden("autoencoder", in: .module)
        for side in [1, 4] {
            let c = micro(side: side), model = VariationalAutoencoder(c, using: &generator)
            for (name, tensor) in model.tensors { try golden.fill(tensor, from: "\(side).\(name)") }
            func check(_ tensor: Tensor?, _ key: String, within tolerance: Float) throws {
                assertEqual(tensor, try golden.tensor("\(side).\(key)"), within: tolerance, key)
            }
            let frames = try golden.tensor("\(side).frames")
            let (decoded, mean, logVariance) = model(frames, noise: try golden.tensor("\(side).noise"))
            try check(mean, "mean", within: 5e-6)
            try check(logVariance, "log_variance", within: 5e-6)
            try check(decoded, "decoded", within: 5e-6)
            let loss = VariationalLoss(decoded, frames, mean: mean, logVariance: logVariance, c)
            try check(loss.total, "loss", within: 5e-6)
            try check(Tensor([loss.divergence], shape: [1]), "divergence", within: 5e-6)
            loss.total.backward()
            for (name, tensor) in model.tensors { try check(tensor.gradient, "grad.\(name)", within: 2e-5) }
        }
    }

    /// By hand: µ = 1 and σ = 1 is ½ nat away from the prior, µ = 0 and σ = e^½ is ½·(e - 2) = 0.359.
    func testDivergenceByHand() {
        var c = micro()
        c.tolerance = 0
        let frames = Tensor(repeating: 0.5, shape: [1, 16, 16, 3])
        func divergence(_ mean: Float, _ logVariance: Float) -> Float {
            VariationalLoss(
                frames, frames, mean: Tensor([mean, 0, 0], shape: [1, 1, 3]), logVariance: Tensor([logVariance, 0, 0], shape: [1, 1, 3]), c
            ).divergence
        }
        XCTAssertEqual(divergence(0, 0), 0)
        XCTAssertEqual(divergence(1, 0), 0.5, accuracy: 1e-6)
        XCTAssertEqual(divergence(0, 1), 0.3591, accuracy: 1e-4)
        // Below the tolerance the prior does not pull.
        c.tolerance = 0.5
        let mean = Tensor([1, 0, 0], shape: [1, 1, 3]).asParameter()
        VariationalLoss(frames, frames, mean: mean, logVariance: Tensor(repeating: 0, shape: [1, 1, 3]), c).total.backward()
        XCTAssertEqual(mean.gradient?.values, [0, 0, 0])
    }

    /// A few frames by heart with sums; with means the same steps end at the prior, and every frame looks the same.
    func testSumsLearnAndMeansCollapse() {
        func spread(takesMeans: Bool) -> (error: Float, spread: Float) {
            var c = micro(), g = SeededGenerator(seed: 3)
            (c.channels, c.takesMeans) = (8, takesMeans)
            let model = VariationalAutoencoder(c, using: &g), optimizer = AdamW(model.parameters, weightDecay: 0)
            let colors = Tensor.uniform([4, 1, 1, 3], 0, 1, using: &g), frames = colors.expanded(to: [4, 16, 16, 3])
            for _ in 0 ..< 300 {
                let out = model(frames, noise: model.noise(4, using: &g))
                VariationalLoss(out.frames, frames, mean: out.mean, logVariance: out.logVariance, c).total.backward()
                clipGradients(of: model.parameters, to: 10)
                optimizer.step(learningRate: 3e-3)
            }
            let decoded = Tensor.withoutGradients { model.decode(model.encode(frames).mean) }
            let apart = (decoded - decoded.mean(axis: 0)).squared().mean().item
            return (decoded.meanSquaredError(frames).item, apart)
        }
        let sums = spread(takesMeans: false), means = spread(takesMeans: true)
        XCTAssertLessThan(sums.error, 0.01)
        XCTAssertGreaterThan(sums.spread, 0.02)
        XCTAssertLessThan(means.spread, 0.3 * sums.spread)
    }
}
