// VectorQuantizerTests.swift - is the nearest code chosen, does it follow its latents, and do the dead rise?

import GoldenTesting
import Randomness
import Tensors
@testable import VideoTokenizer
import XCTest

final class VectorQuantizerTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    private func quantizer(codes: Int = 30, dimensions: Int = 5, revives: Bool = true) -> VectorQuantizer {
        VectorQuantizer(codes: codes, dimensions: dimensions, revivesDeadCodes: revives, using: &generator)
    }

    private func latents(_ shape: [Int]) -> Tensor { Tensor.normal(shape, standardDeviation: 1, using: &generator) }

    func testTheChosenCodeIsTheNearest() {
        let quantizer = quantizer(), z = latents([2, 3, 20, 5]), quantized = quantizer(z, isTraining: false)
        for (row, code) in quantized.codes.enumerated() {
            let distances = (0 ..< 30).map { c in
                (0 ..< 5).reduce(Float(0)) { $0 + pow(z.pointer[row * 5 + $1] - quantizer.codebook.pointer[c * 5 + $1], 2) }
            }
            XCTAssertEqual(distances[code], distances.min()!, accuracy: 1e-5)
        }
        XCTAssertEqual(quantized.latents.shape, z.shape)
        assertEqual(quantized.latents, quantizer.latents(of: quantized.codes).reshaped(z.shape), within: 1e-6, "the vectors of the codes")
    }

    func testTheGradientPassesStraightThrough() {
        let z = latents([7, 5]).asParameter(), quantized = quantizer()(z, isTraining: false), weight = latents([7, 5])
        (quantized.latents * weight).sum().backward()
        XCTAssertEqual(z.gradient?.values, weight.values)
    }

    /// β·mean((z - e)²) pulls latents to their codes, and codes are not pulled by it.
    func testCommitmentLoss() {
        let quantizer = quantizer(), z = latents([7, 5]).asParameter(), quantized = quantizer(z, isTraining: false)
        let difference = z - quantizer.latents(of: quantized.codes)
        XCTAssertEqual(quantized.loss!.item, 0.25 * difference.squared().mean().item, accuracy: 1e-6)
        quantized.loss!.backward()
        assertEqual(z.gradient, difference * (0.25 * 2 / 35), within: 1e-5, "gradient")
        XCTAssert(quantizer.parameters.isEmpty, "the codebook is not trained by gradients")
    }

    func testCodesMoveToTheMeanOfTheirLatents() {
        let quantizer = quantizer(codes: 2, dimensions: 1, revives: false)
        quantizer.codebook.pointer[0] = -1
        quantizer.codebook.pointer[1] = 1
        quantizer.sums.pointer.update(from: quantizer.codebook.pointer, count: 2)
        let z = Tensor([-3, -5, 2, 2.5], shape: [4, 1])
        var distance = Float.infinity
        for _ in 0 ..< 400 {
            XCTAssertEqual(quantizer(z, isTraining: true).codes, [0, 0, 1, 1])
            XCTAssertLessThanOrEqual(abs(quantizer.codebook.pointer[0] + 4), distance + 1e-5)
            distance = abs(quantizer.codebook.pointer[0] + 4)
        }
        XCTAssertEqual(quantizer.codebook.values[0], -4, accuracy: 0.1)
        XCTAssertEqual(quantizer.codebook.values[1], 2.25, accuracy: 0.1)
    }

    func testEvaluationMovesNothing() {
        let quantizer = quantizer(), before = quantizer.tensors.map(\.tensor.values)
        _ = quantizer(latents([100, 5]), isTraining: false)
        XCTAssertEqual(quantizer.tensors.map(\.tensor.values), before)
    }

    /// Latents far from every initial code: without revival one code, or a few, serve them all. That is the collapse.
    func testDeadCodesAreRevived() {
        func codesInUse(revives: Bool) -> Int {
            let quantizer = quantizer(codes: 50, revives: revives)
            for _ in 0 ..< 300 { _ = quantizer(latents([256, 5]) + 8, isTraining: true) }
            return Set(quantizer(latents([1024, 5]) + 8, isTraining: false).codes).count
        }
        XCTAssertLessThan(codesInUse(revives: false), 15)
        XCTAssertGreaterThan(codesInUse(revives: true), 40)
    }
}
