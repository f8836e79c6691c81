// TokenizerExerciseTests.swift - are the answers right? By hand, and against the house's own.

import Foundation
import FrameCoding
import InWords
import Randomness
import Tensors
@testable import VideoTokenizer
import WriteTokenizer
import XCTest

/// Fixed random numbers.
private func random(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform(shape, -2, 2, using: &generator)
}

final class PatchifyTests: XCTestCase {
    /// Pixel n of a picture of 4×4 is (n, n, n).
    func testByHand() {
        let frame = (0 ..< 16).flatMap { Array(repeating: Float($0), count: 3) }
        let found = cutIntoPatches(frame, height: 4, width: 4, size: 2).map { patch in
            stride(from: 0, to: patch.count, by: 3).map { Int(patch[$0]) }
        }
        expect(exactly: found, [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]],
            "the pixels 0 ... 15 of 4×4 in patches of 2×2")
    }

    func testTheHouseSaysTheSame() {
        let frame = random([1, 1, 6, 9, 3], seed: 1), wanted = patches(of: (frame + 1) * 0.5, size: 3)
        let found = cutIntoPatches(frame.values, height: 6, width: 9, size: 3)
        expect(exactly: found.count, 6, "the number of patches of 3×3 in a picture 6 high and 9 wide")
        expect(found.flatMap { $0 }, wanted.values, "a picture 6 high and 9 wide in patches of 3×3, one after the other")
    }
}

final class CausalAttentionTests: XCTestCase {
    func testByHand() {
        let found = causalWeights([[0, 9, 9], [0, 0, 9], [0, logf(2), 0]])
        expect(found[0], [1, 0, 0], "the first frame hears itself alone")
        expect(found[1], [0.5, 0.5, 0], "the second, with equal scores, hears two frames alike")
        expect(found[2], [0.25, 0.5, 0.25], "the third, with scores 0, ln 2, 0")
    }

    func testTheFutureChangesNothing() {
        let quiet = causalWeights([[1, 0], [1, 2]])[0], loud = causalWeights([[1, 50], [1, 2]])[0]
        expect(loud, quiet, "the weights of frame 0, when the score of frame 1 rises from 0 to 50")
        expect(loud.reduce(0, +), 1, "the sum of a row of weights")
    }

    func testLargeScores() {
        expect(causalWeights([[1000, 0], [1000, 1000]])[1], [0.5, 0.5], "scores of 1000 and 1000 (e^1000 is infinite)")
    }

    /// Messages that are rows of the identity: what comes out are the weights themselves.
    func testTheHouseSaysTheSame() {
        let L = 4, q = random([L, L], seed: 2), k = random([L, L], seed: 3)
        let v = Tensor((0 ..< L * L).map { $0 / L == $0 % L ? 1 : 0 }, shape: [L, L])
        let wanted = Tensor.concatenated([q, k, v], axis: 1).attention(axis: 0, heads: 1, isCausal: true)
        let scores = (q.linear(k) / Float(L).squareRoot()).values
        let found = causalWeights((0 ..< L).map { Array(scores[$0 * L ..< ($0 + 1) * L]) })
        expect(found.flatMap { $0 }, wanted.values, "four rows of weights for random queries and keys")
    }
}

final class RotaryTurnTests: XCTestCase {
    private func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    func testByHand() {
        expect(turned([1, 0, 0, 0], to: 1), [cosf(1), 0, sinf(1), 0], "(1, 0, 0, 0) at position 1: the first pair turns by 1")
        expect(turned([0, 1, 0, 0], to: 2), [0, cosf(0.2), 0, sinf(0.2)], "(0, 1, 0, 0) at position 2: the second pair turns by 2/10")
    }

    func testOnlyTheDistanceCounts() {
        let q = random([8], seed: 4).values, k = random([8], seed: 5).values
        let near = product(turned(q, to: 5), turned(k, to: 3)), far = product(turned(q, to: 12), turned(k, to: 10))
        expect(far, near, within: 1e-3, "q·k at positions 12 and 10, as it was at 5 and 3")
        expect(abs(product(turned(q, to: 5), turned(k, to: 1)) - near) > 1e-3,
            "q·k is the same at positions 5 and 1 as at 5 and 3: nothing turns")
    }
}

final class FsqBoundingTests: XCTestCase {
    func testByHand() {
        expect(bounded(1, levels: 5), 1.521670, "1 with 5 levels: tanh(1)·1.998")
        expect(bounded(0, levels: 8), 0, "0 with 8 levels")
        expect(bounded(-20, levels: 8), -3.9965, "-20 with 8 levels: the lower end")
    }

    func testEveryLevelIsReached() {
        for level in [3, 4, 5, 7, 8, 16] {
            let found = Set((-4000 ... 4000).map { Int(bounded(Float($0) / 500, levels: level).rounded()) })
            let wanted = Set((0 ..< level).map { $0 - level / 2 })
            expect(exactly: found.sorted(), wanted.sorted(), "all rounded values with \(level) levels")
        }
    }

    func testTheHouseSaysTheSame() {
        let z = random([60], seed: 6)
        for level in [3, 4, 5, 8] {
            let wanted = FiniteScalarQuantizer(levels: [level], normalizesLatents: false).bounded(z.reshaped([60, 1])).values
            expect(z.values.map { bounded($0, levels: level) }, wanted, "60 numbers with \(level) levels")
        }
    }
}

final class DigitsToCodeTests: XCTestCase {
    func testByHand() {
        expect(exactly: code(of: [3, 1], levels: [10, 10]), 13, "the digits [3, 1] of levels [10, 10], the lowest first")
        expect(exactly: code(of: [3, 1, 4, 2], levels: [8, 5, 5, 5]), 571, "3 + 8·(1 + 5·(4 + 5·2))")
        expect(exactly: digits(of: 571, levels: [8, 5, 5, 5]), [3, 1, 4, 2], "the digits of 571")
    }

    func testThereAndBack() {
        let levels = [4, 3, 5], all = (0 ..< 60).map { code(of: digits(of: $0, levels: levels), levels: levels) }
        expect(exactly: all, Array(0 ..< 60), "all codes of levels [4, 3, 5], to digits and back")
    }

    func testTheHouseSaysTheSame() {
        let quantizer = FiniteScalarQuantizer(levels: [8, 5, 5, 5])
        for wanted in [1, 17, 999] {
            expect(exactly: digits(of: wanted, levels: quantizer.levels), quantizer.digits(of: wanted), "the digits of \(wanted)")
            expect(exactly: code(of: quantizer.digits(of: wanted), levels: quantizer.levels), wanted, "the code of those digits")
        }
    }
}

final class StraightThroughTests: XCTestCase {
    func testItRounds() {
        let x = Tensor([0.4, 0.6, -1.2], shape: [3])
        expect(roundedStraightThrough(x).values, [0, 1, -1], "the numbers 0.4, 0.6 and -1.2, rounded")
    }

    /// d(y²)/dx with y = round(x) and dy/dx taken for 1.
    func testTheGradientPasses() {
        let x = Tensor([0.4, 0.6, -1.2], shape: [3]).asParameter()
        roundedStraightThrough(x).squared().sum().backward()
        expect(x.gradient?.values ?? [], [0, 2, -2], "the gradient of Σ round(x)² at 0.4, 0.6, -1.2: 2·round(x), passed on as it is")
    }
}

final class CodebookAveragesTests: XCTestCase {
    func testByHand() {
        var book = Codebook([[0, 0], [10, 10]])
        book.follow([[2, 4], [4, 2]], codes: [0, 0], decay: 0.5)
        expect(book.counts, [1.5, 0.5], "counts 1 and 1 after a batch of two latents that both chose code 0, with a decay of ½")
        expect(book.vectors[0], [2, 2], "code 0, which was at (0, 0), and was chosen by (2, 4) and (4, 2)")
        expect(book.vectors[1], [10, 10], "code 1, which nobody chose: sum and count fade alike")
    }

    func testTheHouseSaysTheSame() {
        var generator = SeededGenerator(seed: 7)
        let quantizer = VectorQuantizer(codes: 5, dimensions: 3, revivesDeadCodes: false, using: &generator)
        func rows(_ t: Tensor) -> [[Float]] { (0 ..< t.size(0)).map { Array(t.values[$0 * 3 ..< ($0 + 1) * 3]) } }
        var book = Codebook(rows(quantizer.codebook))
        for step in 1 ... 3 {
            let latents = random([20, 3], seed: UInt64(step)), codes = quantizer(latents, isTraining: true).codes
            book.follow(rows(latents), codes: codes, decay: 0.99)
            expect(book.vectors.flatMap { $0 }, quantizer.codebook.values, "the codebook after \(step) batches of random latents")
        }
    }
}

final class CodebookPerplexityTests: XCTestCase {
    func testByHand() {
        let even = codebookUse([5, 5, 5, 5]), half = codebookUse([7, 0, 7, 0])
        expect([Float(even.usage), Float(even.perplexity)], [1, 4], "usage and perplexity of four codes, evenly used")
        expect([Float(half.usage), Float(half.perplexity)], [0.5, 2], "usage and perplexity of counts 7, 0, 7, 0")
    }

    func testManyCodesOfWhichOneIsUsed() {
        let found = codebookUse([997, 1, 1, 1])
        expect(found.usage, 1, "usage of counts 997, 1, 1, 1: all were seen")
        expect(found.perplexity, 1.024, within: 1e-3, "perplexity of counts 997, 1, 1, 1: as good as one code")
    }

    func testTheHouseSaysTheSame() {
        var use = CodebookUse(vocabulary: 6)
        use.add([0, 0, 0, 2, 2, 5])
        let found = codebookUse([3, 0, 2, 0, 0, 1])
        expect(found.usage, use.usage, "usage of counts 3, 0, 2, 0, 0, 1")
        expect(found.perplexity, use.perplexity, "perplexity of counts 3, 0, 2, 0, 0, 1")
    }
}

final class PsnrTests: XCTestCase {
    func testByHand() {
        expect(psnr(of: [0.5, 0.5], [0.4, 0.6]), 20, "pixels that are off by a tenth")
        expect(psnr(of: [0.3], [0.3]), 100, "a picture that is the truth")
    }

    func testWhatNoPictureHasIsCutOff() {
        expect(psnr(of: [1.5, -3], [0.9, 0.1]), 20, "1.5 and -3 where 0.9 and 0.1 are true (a picture shows them as 1 and 0)")
    }

    func testTheHouseSaysTheSame() {
        let frame = random([1, 2, 2, 3], seed: 8), truth = random([1, 2, 2, 3], seed: 9) * 0.2 + 0.5
        expect(psnr(of: frame.values, truth.values), FrameCoding.psnr(squaredErrors(frame, truth)[0]), "a random picture of 2×2 pixels")
    }
}
