// LossTests.swift - are the losses, and the gradients that were worked out by hand, those of PyTorch?

import GoldenTesting
@testable import JointEmbedding
import Layers
import Randomness
import Tensors
import XCTest

final class LossTests: XCTestCase {
    func testSmoothL1OnNormalizedTargets() throws {
        let golden = try Golden("losses", in: .module), prediction = try golden.tensor("smooth.prediction").asParameter()
        let target = try golden.tensor("smooth.raw").layerNormalized()
        assertEqual(target, try golden.tensor("smooth.target"), within: 1e-5, "mean 0 and variance 1")
        let loss = prediction.meanSmoothAbsoluteError(target)
        assertEqual(loss, try golden.tensor("smooth.loss"), within: 1e-5, "smooth L1")
        loss.backward()
        assertEqual(prediction.gradient, try golden.tensor("smooth.gradient"), within: 1e-5, "its gradient")
    }

    func testSIGRegAndItsGradientByHand() throws {
        let golden = try Golden("losses", in: .module), z = try golden.tensor("sigreg.z").asParameter()
        let loss = SIGReg.loss(z, directions: try golden.tensor("sigreg.directions"))
        assertEqual(loss, try golden.tensor("sigreg.loss"), within: 1e-5, "SIGReg")
        (loss * 3).backward()
        assertEqual(z.gradient, try golden.tensor("sigreg.gradient") * 3, within: 1e-4, "its gradient")
    }

    /// What to expect on a log: about 1 when all is well, 0.4·B when nothing is.
    func testWhatSIGRegSaysOfGoodAndOfCollapsedFeatures() {
        var generator = SeededGenerator(seed: 2)
        let directions = SIGReg.directions(64, width: 16, using: &generator)
        for B in [32, 128] {
            let good = Tensor.normal([4, B, 16], standardDeviation: 1, using: &generator)
            XCTAssertEqual(SIGReg.loss(good, directions: directions).item, 1.05, accuracy: 0.35)
            XCTAssertEqual(SIGReg.loss(good * 0, directions: directions).item, 0.402 * Float(B), accuracy: 0.005 * Float(B))
        }
        for m in 0 ..< 64 { XCTAssertEqual(directions.values[m * 16 ..< (m + 1) * 16].reduce(0) { $0 + $1 * $1 }, 1, accuracy: 1e-5) }
    }

    func testVarianceAndCovariance() throws {
        let golden = try Golden("losses", in: .module), z = try golden.tensor("vicreg.z").asParameter()
        let (variance, covariance) = VarianceCovariance.losses(z)
        assertEqual(variance, try golden.tensor("vicreg.variance"), within: 1e-5, "variance")
        assertEqual(covariance, try golden.tensor("vicreg.covariance"), within: 1e-4, "covariance")
        (variance * 3 + covariance).backward()
        assertEqual(z.gradient, try golden.tensor("vicreg.gradient"), within: 1e-4, "the gradient of both")
    }

    func testRankMe() throws {
        let golden = try Golden("losses", in: .module), z = try golden.tensor("rank.z")
        XCTAssertEqual(CollapseMeter.rankMe(z), Double(try golden.tensor("rank.rankme").item), accuracy: 1e-3)
    }

    func testRidgeEquation() throws {
        let golden = try Golden("losses", in: .module), z = try golden.tensor("rank.z"), y = try golden.tensor("ridge.y")
        let w = SymmetricMatrix(z.transposed().matmul(z)).solve(z.transposed().matmul(y).values.map(Double.init), columns: 2, adding: 0.7)
        assertEqual(Tensor(w.map { Float($0) }, shape: [8, 2]), try golden.tensor("ridge.weights"), within: 1e-3, "W")
    }

    /// Also through the iteration for many dimensions.
    func testPrincipalComponents() {
        var generator = SeededGenerator(seed: 4)
        for D in [20, 300] {
            let axes = Tensor.normal([2, D], standardDeviation: 1, using: &generator)
            let x = Tensor.normal([100, 2], standardDeviation: 2, using: &generator).matmul(axes) + Tensor.normal([100, D],
                standardDeviation: 0.05, using: &generator)
            let pca = PrincipalComponents(x, count: 2), back = pca(x).matmul(pca.directions) + pca.mean
            XCTAssertLessThan(back.meanSquaredError(x).item, 0.005, "two directions hold nearly all of \(D)")
        }
    }

    func testAProbeFindsWhatIsThereAndShrinksWhatIsNot() {
        var generator = SeededGenerator(seed: 6)
        let x = Tensor.normal([400, 12], standardDeviation: 1, using: &generator)
        let truth = (0 ..< 400).map { 2 * x.pointer[$0 * 12] - x.pointer[$0 * 12 + 5] + 3 + 0.1 * generator.normal() }
        let noise = (0 ..< 400).map { _ in generator.normal() }
        let probe = RidgeProbe(x, [truth, noise], isHeldOut: (0 ..< 400).map { $0 % 4 == 0 }), other = Tensor.normal([50, 12],
            standardDeviation: 1, using: &generator)
        let answers = probe(other)
        for i in 0 ..< 50 { XCTAssertEqual(answers[0][i], 2 * other.pointer[i * 12] - other.pointer[i * 12 + 5] + 3, accuracy: 0.15) }
        XCTAssertLessThan(answers[1].map(abs).max()!, 0.5)
    }
}
