// DynamicsExerciseTests.swift - are the answers right? By hand, and against the house's own.

@testable import DynamicsModel
import Foundation
import InWords
import Layers
@testable import PixelDiffusion
import Randomness
@testable import RecurrentMemory
@testable import ShortcutForcing
import Tensors
import WriteDynamics
import XCTest

final class MaskingScheduleTests: XCTestCase {
    func testByHand() {
        // Masked after each look: 59, 45, 24, 0.
        expect(exactly: filledInEachLook(tokens: 64, looks: 4), [5, 14, 21, 24], "64 tokens in 4 looks")
        expect(exactly: filledInEachLook(tokens: 64, looks: 1), [64], "64 tokens in one look")
    }

    func testTheHouseSaysTheSame() {
        for (n, steps) in [(64, 8), (64, 25), (16, 3), (5, 9)] {
            let left = [n] + (1 ... steps).map { MaskedDynamics.masked(after: $0, of: steps, tokens: n) }
            expect(exactly: filledInEachLook(tokens: n, looks: steps), (0 ..< steps).map { left[$0] - left[$0 + 1] },
                "\(n) tokens in \(steps) looks")
        }
    }
}

final class KeepTheSurestTests: XCTestCase {
    func testByHand() {
        let found = keepingTheSurest([9, 9, 9, 9], drawn: [0, 1, 2, 3], confidences: [0.2, 0.9, 0.1, 0.5], mask: 9, stayMasked: 2)
        expect(exactly: found, [9, 1, 9, 3], "four masks (9), sure by 0.2, 0.9, 0.1, 0.5, of which two stay")
    }

    func testWhatIsKnownStays() {
        let found = keepingTheSurest([7, 9, 9], drawn: [0, 1, 2], confidences: [1, 0.3, 0.4], mask: 9, stayMasked: 1)
        expect(exactly: found, [7, 9, 2],
            "a token that is known (7), two masks; the model would now draw 0 for the first, and is quite sure")
    }

    func testEquallySureAndFewerMasksThanMayStay() {
        expect(exactly: keepingTheSurest([9, 9], drawn: [0, 1], confidences: [0.5, 0.5], mask: 9, stayMasked: 1), [0, 9],
            "two equally sure: the first is kept")
        expect(exactly: keepingTheSurest([5, 9], drawn: [0, 1], confidences: [0.5, 0.5], mask: 9, stayMasked: 3), [5, 9],
            "one mask, where three may stay")
    }
}

final class TemperatureSamplingTests: XCTestCase {
    private let logits: [Float] = [0, logf(2), 0]   // probabilities ¼, ½, ¼

    func testByHand() {
        let found = [0, 0.2, 0.3, 0.7, 0.8, 0.99].map { drawnToken(logits, temperature: 1, u: $0) }
        expect(exactly: found, [0, 0, 1, 1, 2, 2], "tokens of probability ¼, ½, ¼, at u = 0, 0.2, 0.3, 0.7, 0.8, 0.99")
    }

    func testColdAndHot() {
        expect(exactly: [0, 0.5, 0.99].map { drawnToken(logits, temperature: 0, u: $0) }, [1, 1, 1],
            "temperature 0, whatever u is: the likeliest")
        expect(exactly: [0.3, 0.36].map { drawnToken(logits, temperature: 100, u: $0) }, [0, 1],
            "temperature 100: nearly a third each, at u = 0.3 and 0.36")
        expect(exactly: drawnToken([1000, 0], temperature: 1, u: 0.9), 0, "logits 1000 and 0 (e^1000 is infinite)")
    }

    func testSharesOfMany() {
        var generator = SeededGenerator(seed: 1), counts = [0, 0, 0]
        for _ in 0 ..< 4000 {
            let token = drawnToken(logits, temperature: 1, u: generator.uniform())
            if counts.indices.contains(token) { counts[token] += 1 }
        }
        expect(counts.map { Float($0) / 4000 }, [0.25, 0.5, 0.25], within: 0.03, "the shares of three tokens in 4,000 draws")
    }
}

final class MaskByShareTests: XCTestCase {
    private let tokens = Array(10 ..< 26)

    private func draw(_ share: Float, seed: UInt64 = 1) -> (guessed: [Int], targets: [Int]) {
        var generator = SeededGenerator(seed: seed)
        return masked(tokens, share: share, mask: 99, using: &generator)
    }

    func testHowMany() {
        let shares: [Float] = [0, 0.1, 0.5, 1]
        expect(exactly: shares.map { draw($0).guessed.filter { $0 == 99 }.count }, [1, 2, 8, 16],
            "masks among 16 tokens for shares 0, 0.1, ½ and 1")
    }

    func testTheTruthIsUnderTheMasks() {
        let (guessed, targets) = draw(0.5)
        expect(exactly: targets, tokens.indices.filter { guessed[$0] == 99 }.map { tokens[$0] }, "the targets: the true tokens, in order")
        expect(exactly: targets.count, 8, "how many targets there are for half of 16 tokens")
        expect(zip(guessed, tokens).allSatisfy { $0 == 99 || $0 == $1 }, "a token that is not masked has changed")
    }

    func testPlacesAreDrawn() {
        expect(Set((1 ... 20).map { draw(0.5, seed: $0).guessed }).count > 10, "twenty seeds should mask at many different places")
    }
}

final class WhoSeesWhomTests: XCTestCase {
    private func rows(_ T: Int) -> [String] {
        (0 ..< 2 * (T - 1)).map { i in (0 ..< 2 * (T - 1)).map { hears(i, $0, frames: T) ? "x" : "." }.joined() }
    }

    func testByHand() {
        // Places: read 1, 2, 3, guessed 2, 3, 4.
        expect(exactly: rows(4), ["x.....", "xx....", "xxx...", "x..x..", "xx..x.", "xxx..x"],
            "who hears whom among 4 frames, a row a listener")
    }

    func testNobodyHearsTheAnswer() {
        for T in 2 ... 6 {
            for frame in 1 ..< T - 1 {
                let guessed = T - 1 + frame - 1
                expect(!hears(guessed, frame, frames: T), "of \(T) frames, guessed frame \(frame) hears its own read copy")
                expect(hears(guessed, frame - 1, frames: T), "of \(T) frames, guessed frame \(frame) does not hear the frame before it")
            }
        }
    }

    func testTheHouseSaysTheSame() {
        for T in [2, 3, 8] {
            let mask = MaskedDynamics.mask(frames: T), L = 2 * (T - 1)
            // Equal scores, and messages that are rows of the identity: who is heard has a weight.
            let width = L, qkv = Tensor.concatenated([
                Tensor(repeating: 0, shape: [L, 2 * width]), Tensor((0 ..< L * L).map { $0 / L == $0 % L ? 1 : 0 }, shape: [L, L]),
            ], axis: 1)
            let weights = qkv.attention(axis: 0, heads: 1, isCausal: false, mask: mask).values
            let wanted = (0 ..< L).map { i in (0 ..< L).map { weights[i * L + $0] > 0 ? "x" : "." }.joined() }
            expect(exactly: rows(T), wanted, "who hears whom among \(T) frames")
        }
    }
}

final class ShortcutTargetTests: XCTestCase {
    func testByHand() {
        // From z = 0 at τ = 0 a step of ½: the first half believes in 1, the second in 3.
        // b' = 1, z' = ¼, b'' = (3 - ¼) / ¾ = 3.666667, target = (1 + 3.666667) / 2.
        let found = shortcutTarget([0], tau: 0, d: 0.5) { _, tau, _ in [tau == 0 ? 1 : 3] }
        expect(found, [2.333333], "z = 0 at τ = 0, d = ½, with f = 1 at τ = 0 and 3 later")
    }

    func testWhoAlwaysBelievesTheSameIsRight() {
        expect(shortcutTarget([0.2, -1], tau: 0.25, d: 0.25) { _, _, _ in [4, 5] }, [4, 5], "f = (4, 5) everywhere: the target")
    }

    func testTheHouseSaysTheSame() {
        func f(_ z: [Float], _ tau: Float, _ d: Float) -> [Float] { z.map { $0 * 0.3 + tau + 2 * d } }
        let z: [Float] = [0.5, -0.25], levels = [2], lengths = [4]   // τ = 2/8, d = 4/8
        let wanted = ShortcutObjective.bootstrapped(
            Tensor(z, shape: [1, 1, 1, 2]), levels: levels, lengths: lengths, finestSteps: 8
        ) { z, levels, lengths in
            Tensor(f(z.values, Float(levels[0]) / 8, Float(lengths[0]) / 8), shape: z.shape)
        }
        expect(shortcutTarget(z, tau: 0.25, d: 0.5, f: f), wanted.values, "two numbers at τ = ¼, d = ½")
    }
}

final class PreconditioningTests: XCTestCase {
    private func found(_ sigma: Float, _ data: Float) -> [Float] {
        let f = factors(sigma: sigma, data: data)
        return [f.skip, f.out, f.in]
    }

    func testByHand() {
        expect(found(0.5, 0.5), [0.5, 0.353553, 1.414214], "skip, out and in for as much noise as data, ½ each")
        expect(found(3, 4), [0.64, 2.4, 0.2], "skip, out and in for noise of 3 on data of 4")
    }

    func testTheEnds() {
        expect(found(0, 0.5), [1, 0, 2], "without noise: the picture is there already")
        expect(found(1000, 1), [0, 1, 0.001], within: 1e-3, "nothing but noise: all is asked for")
    }

    func testTheHouseSaysTheSame() {
        for sigma: Float in [0.01, 0.3, 7] {
            let house = Preconditioning(sigma: sigma, offset: 0, data: 0.5)
            expect(found(sigma, 0.5), [house.cSkip, house.cOut, house.cIn], "skip, out and in for noise of \(sigma)")
        }
    }
}

final class MixtureLikelihoodTests: XCTestCase {
    func testByHand() {
        // One Gaussian at its mean: ½·ln 2π.
        expect(negativeLogLikelihood(2, logits: [5], means: [2], logDeviations: [0]), 0.918939, "one Gaussian of deviation 1, at its mean")
        // Two doors at ±3, each ½: at a door ln 2 more; between them 9/2 more.
        expect(negativeLogLikelihood(3, logits: [0, 0], means: [-3, 3], logDeviations: [0, 0]), 1.612086,
            "two doors at -3 and 3, and it was 3")
        expect(negativeLogLikelihood(0, logits: [0, 0], means: [-3, 3], logDeviations: [0, 0]), 5.418939,
            "two doors at -3 and 3, and it was 0: a wall")
    }

    func testFarAway() {
        expect(negativeLogLikelihood(100, logits: [0, 0], means: [0, 1], logDeviations: [0, 0]), 4902.112,
            "99 and 100 deviations away (the densities are 0 in a Float)")
    }

    func testTheHouseSaysTheSame() {
        var generator = SeededGenerator(seed: 2)
        let K = 5, numbers = Tensor.uniform([1, 3 * K], -1, 1, using: &generator), mixture = GaussianMixture(numbers, count: K)
        let v = numbers.values, wanted = mixture.negativeLogLikelihood(Tensor([0.7], shape: [1, 1])).item
        let found = negativeLogLikelihood(
            0.7, logits: Array(v[0 ..< K]), means: Array(v[K ..< 2 * K]), logDeviations: Array(v[2 * K ..< 3 * K]))
        expect(found, wanted, "0.7 under a random mixture of five")
    }
}
