// FiniteScalarQuantizerTests.swift - are all codes there, each in its place, and none with more room than the others?

import GoldenTesting
import Randomness
import Tensors
@testable import VideoTokenizer
import XCTest

final class FiniteScalarQuantizerTests: XCTestCase {
    /// Odd, even and mixed; two levels, where the paper's formula divides by nothing.
    private let choices = [[8, 5, 5, 5], [4, 4, 4, 4, 4], [2, 2, 2], [3, 3], [2], [7], [2, 3, 4], [16, 2, 5], [5, 8]]

    private func plain(_ levels: [Int]) -> FiniteScalarQuantizer { FiniteScalarQuantizer(levels: levels, normalizesLatents: false) }

    func testAgreesWithPyTorch() throws {
        let golden = try Golden("fsq", in: .module)
        for levels in [[8, 5, 5, 5], [4, 4, 4, 4, 4], [3, 3]] {
            let name = "fsq-" + levels.map(String.init).joined(separator: "-"), quantizer = plain(levels)
            let input = try golden.tensor("\(name).input").asParameter(), quantized = quantizer(input, isTraining: true)
            assertEqual(quantizer.bounded(input), try golden.tensor("\(name).bounded"), within: 1e-6, "\(name).bounded")
            assertEqual(quantized.latents, try golden.tensor("\(name).output"), within: 1e-6, "\(name).output")
            XCTAssertEqual(quantized.codes, try golden.file.integers("\(name).indices"))
            (quantized.latents * (try golden.tensor("\(name).gradOutput"))).sum().backward()
            assertEqual(input.gradient, try golden.tensor("\(name).gradInput"), within: 2e-6, "\(name).gradInput")
        }
    }

    func testEveryCodeIsReachable() {
        var generator = SeededGenerator(seed: 1)
        let quantizer = plain([8, 5, 5, 5])
        let codes = quantizer(Tensor.normal([40_000, 4], standardDeviation: 1.5, using: &generator), isTraining: true).codes
        XCTAssertEqual(Set(codes), Set(0 ..< 1000))
    }

    func testCodesAndLatentsAreEachOthersInverse() {
        for levels in choices {
            let quantizer = plain(levels), all = Array(0 ..< quantizer.vocabulary), latents = quantizer.latents(of: all)
            XCTAssertEqual(latents.shape, [all.count, levels.count])
            XCTAssertEqual(
                Set(all.map { i in Array(latents.values[i * levels.count ..< (i + 1) * levels.count]) }).count, all.count,
                "\(levels): two codes look alike")
            XCTAssert(latents.values.allSatisfy { abs($0) <= 1 })
            let integers = latents * Tensor(levels.map { Float($0 / 2) }, shape: [levels.count])
            XCTAssertEqual(quantizer.codes(of: integers), all, "\(levels)")
        }
    }

    /// What the decoder gets in training is what it gets for the same codes later.
    func testLatentsInTrainingAreTheLatentsOfTheirCodes() {
        var generator = SeededGenerator(seed: 2)
        for levels in choices {
            let quantizer = plain(levels), z = Tensor.normal([500, levels.count], standardDeviation: 3, using: &generator)
            let quantized = quantizer(z, isTraining: true)
            XCTAssert(quantized.codes.allSatisfy { 0 ..< quantizer.vocabulary ~= $0 }, "\(levels)")
            assertEqual(quantized.latents, quantizer.latents(of: quantized.codes), within: 1e-6, "\(levels)")
        }
    }

    /// What stage 3 lays under its masks is the same scale, not yet rounded.
    func testUnroundedRoundsToTheCode() {
        var generator = SeededGenerator(seed: 3)
        for levels in choices {
            let quantizer = plain(levels), z = Tensor.normal([500, levels.count], standardDeviation: 2, using: &generator)
            let scale = Tensor(levels.map { Float($0 / 2) }, shape: [levels.count])
            let rounded = (quantizer.unrounded(z) * scale).values.map { $0.rounded() }
            for (x, y) in zip(rounded, (quantizer(z, isTraining: false).latents * scale).values) { XCTAssertEqual(x, y, accuracy: 1e-4) }
        }
    }

    /// Zero is inside a code, not on the border of two: a latent near 0 is not torn between them. (Two levels have no middle.)
    func testZeroIsInTheMiddleOfACode() {
        for level in [3, 4, 5, 7, 8, 16] {
            let quantizer = plain([level])
            XCTAssertEqual(quantizer.bounded(Tensor([0], shape: [1, 1])).item, 0, accuracy: 1e-6)
            XCTAssertEqual(quantizer(Tensor([-0.05, 0, 0.05], shape: [3, 1]), isTraining: true).codes, [level / 2, level / 2, level / 2])
        }
        XCTAssertEqual(plain([2])(Tensor([-0.01, 0.01], shape: [2, 1]), isTraining: true).codes, [0, 1])
    }

    /// Seen through the squeezing function all inner codes are 1 wide, and those at the ends half of it, for even levels as for odd ones;
    /// outside the ends tanh only creeps, so that the end codes get their share of latents all the same.
    func testNoCodeIsSqueezedOut() {
        for level in [2, 3, 4, 5, 7, 8] {
            let quantizer = plain([level]), x = (0 ..< 80_001).map { Float($0 - 40_000) / 5000 }
            let z = Tensor(x, shape: [x.count, 1]), bounded = quantizer.bounded(z).values, codes = quantizer(z, isTraining: true).codes
            XCTAssertEqual(codes, codes.sorted(), "codes grow with the latent")
            XCTAssertEqual(Set(codes), Set(0 ..< level))
            for code in 0 ..< level {
                let inside = zip(bounded, codes).filter { $1 == code }.map(\.0), width = inside.last! - inside.first!
                let isEnd = code == 0 || code == level - 1
                XCTAssertEqual(width, isEnd ? 0.5 : 1, accuracy: 0.01, "level \(code) of \(level)")
            }
        }
    }

    /// Normalized latents give each level of each dimension a fair share from the first step.
    func testNormalizedLatentsUseEveryLevel() {
        var generator = SeededGenerator(seed: 3)
        let levels = [8, 5, 5, 5], quantizer = FiniteScalarQuantizer(levels: levels)
        let narrow = Tensor.normal([4096, 4], standardDeviation: 0.01, using: &generator) + Tensor([3, -20, 0, 1], shape: [4])
        let codes = quantizer(narrow, isTraining: true).codes
        var basis = 1
        for level in levels {
            for digit in 0 ..< level {
                let share = Float(codes.filter { $0 / basis % level == digit }.count) / 4096
                XCTAssertGreaterThan(share, 0.25 / Float(level), "level \(digit) of \(level)")
                XCTAssertLessThan(share, 2.5 / Float(level), "level \(digit) of \(level)")
            }
            basis *= level
        }
        XCTAssertGreaterThan(Set(codes).count, 900)
    }

    /// The normalization of Fixtures/make_goldens.py, seen through `bounded`: its own gradient and FSQ's chained.
    func testNormalizationAgreesWithPyTorch() throws {
        let golden = try Golden("fsq", in: .module), levels = [5, 5, 5, 5, 5]
        let input = try golden.tensor("normalize.input").asParameter(),
            expected = plain(levels)(try golden.tensor("normalize.output"), isTraining: true)
        let quantized = FiniteScalarQuantizer(levels: levels)(input, isTraining: true)
        XCTAssertEqual(quantized.codes, expected.codes)
        // Undo FSQ's slope, so that what flows into the normalization is the golden's gradient: d latents / dz = (1 - tanh²)·half / 2.
        let z = try golden.tensor("normalize.output"), slope = (1 - z.tanh().squared()) * (Float(4) * (1 - 1e-3) / 2) / 2
        (quantized.latents * (try golden.tensor("normalize.gradOutput") / slope)).sum().backward()
        assertEqual(input.gradient, try golden.tensor("normalize.gradInput"), within: 1e-4, "gradInput")
    }

    /// After training on a stream, the running averages stand in for the batch's own statistics.
    func testEvaluationGivesTheCodesOfTraining() {
        for steps in [40, 400] {
            var generator = SeededGenerator(seed: 4)
            let quantizer = FiniteScalarQuantizer(levels: [8, 5, 5, 5])
            func latents() -> Tensor {
                Tensor.normal([1024, 4], standardDeviation: 1, using: &generator) * Tensor([0.1, 1, 5, 2], shape: [4])
                    + Tensor([1, -2, 0, 30], shape: [4])
            }
            for _ in 0 ..< steps { _ = quantizer(latents(), isTraining: true) }
            let z = latents(), saved = quantizer.tensors.map(\.tensor.values)
            let evaluated = quantizer(z, isTraining: false).codes
            XCTAssertEqual(quantizer.tensors.map(\.tensor.values), saved, "evaluation leaves the statistics alone")
            let agreeing = zip(evaluated, quantizer(z, isTraining: true).codes).filter { $0 == $1 }.count
        XCTAssertGreaterThan(agreeing, 1024 * 8 / 10, "after \(steps) steps")
        }
    }

    func testANaNGivesSomeCode() {
        let quantized = plain([8, 5])(Tensor([.nan, 0, 0, .infinity], shape: [2, 2]), isTraining: true)
        XCTAssert(quantized.codes.allSatisfy { 0 ..< 40 ~= $0 })
        XCTAssert(quantized.latents.values[0].isNaN, "what is not a number is not hidden")
    }
}
