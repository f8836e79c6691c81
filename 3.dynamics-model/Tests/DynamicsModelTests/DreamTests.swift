// DreamTests.swift - does sampling fill every token and write it back, and does a dream remember what it should?

import CommandTesting
@testable import DynamicsModel
import Randomness
import Tensors
import VideoTokenizer
import WorldModels
import XCTest

final class DreamTests: XCTestCase {
    private let world = microWorld()

    private func frames(_ batch: Int, _ length: Int, seed: UInt64 = 7) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor((0 ..< batch * length * 8 * 8 * 3).map { _ in generator.uniform() }, shape: [batch, length, 8, 8, 3])
    }

    func testADreamOfAnyLengthTakesTheSameMemory() {
        var dream = world.dream(from: frames(2, 3), actions: [0, 1, 2, 0]), generator = SeededGenerator(seed: 1)
        func bytes(after frames: Int) -> Int {
            for t in 0 ..< frames { _ = dream.step([t % 3, 0], .mean, using: &generator) }
            return Memory.bytesAllocated
        }
        XCTAssertEqual(bytes(after: 20), bytes(after: 200))
    }

    func testEveryTokenIsFilledOnceAndKept() {
        for steps in [1, 2, 3, 8, 25] {
            var generator = SeededGenerator(seed: 1), past = world.dynamics.emptyMemory
            world.dynamics.read([1, 2, 3, 4, 5, 6, 7, 8], actions: [nil, nil], batch: 2, into: &past)
            let drawn = world.dynamics.sample(
                [0, 1], after: past, last: [1, 2, 3, 4, 5, 6, 7, 8], codebook: world.codebook, Sampling(steps: steps, temperature: 1),
                using: &generator)
            XCTAssertEqual(drawn.tokens.count, 8)
            XCTAssertTrue(drawn.tokens.allSatisfy { (0 ..< 12).contains($0) }, "a mask is left after \(steps) steps: \(drawn.tokens)")
            XCTAssertTrue(drawn.confidences.allSatisfy { $0 > 0 && $0 <= 1 })
            XCTAssertTrue(drawn.filledAt.allSatisfy { (0 ..< steps).contains($0) })
            if steps == 1 { XCTAssertEqual(Set(drawn.filledAt), [0]) }
            if steps == 3 { XCTAssertGreaterThan(Set(drawn.filledAt).count, 1) }
        }
    }

    /// N·cos(π/2·k/K) of 64 tokens stay masked, and the first step keeps few.
    func testTheScheduleOfMasks() {
        XCTAssertEqual((1 ... 4).map { MaskedDynamics.masked(after: $0, of: 4, tokens: 64) }, [59, 45, 24, 0])
        XCTAssertEqual(MaskedDynamics.masked(after: 1, of: 1, tokens: 64), 0)
    }

    /// What was kept in one step is what the next one sees: without it the second pass would be the first again.
    func testKeptTokensAreSeenByTheNextStep() {
        var generator = SeededGenerator(seed: 1), past = world.dynamics.emptyMemory
        world.dynamics.read([1, 2, 3, 4], actions: [nil], batch: 1, into: &past)
        let drawn = world.dynamics.sample(
            [0], after: past, last: [1, 2, 3, 4], codebook: world.codebook, Sampling(steps: 2, temperature: 0), using: &generator)
        let mask = world.dynamics.configuration.maskToken
        let afterFirst = drawn.tokens.indices.map { drawn.filledAt[$0] == 0 ? drawn.tokens[$0] : mask }
        let late = drawn.tokens.indices.filter { drawn.filledAt[$0] == 1 }
        XCTAssertFalse(late.isEmpty || late.count == 4)
        let logits = world.dynamics.logits(next: afterFirst, actions: [0], batch: 1, after: past, last: [1, 2, 3, 4], at: late)
        XCTAssertEqual(world.dynamics.middle(of: logits.softmax()), late.map { drawn.tokens[$0] })
        // The same tokens may come out of the first look by chance; how sure it was of them may not.
        let sure = logits.softmax().gathered(late.map { drawn.tokens[$0] }).values
        for (place, confidence) in zip(late, sure) {
            XCTAssertEqual(drawn.confidences[place], confidence, accuracy: 1e-6, "how sure it was at place \(place)")
        }
    }

    /// At temperature 0 the picture is of the mean of all codes, each as much as it is likely; when tokens are drawn it is theirs.
    func testThePictureIsOfTheMeanOrOfTheTokens() {
        var generator = SeededGenerator(seed: 1), past = world.dynamics.emptyMemory
        world.dynamics.read([1, 2, 3, 4], actions: [nil], batch: 1, into: &past)
        let mask = world.dynamics.configuration.maskToken, last = [1, 2, 3, 4]
        let probabilities = world.dynamics.logits(
            next: Array(repeating: mask, count: 4), actions: [0], batch: 1, after: past, last: last, at: [0, 1, 2, 3]
        ).softmax()
        let middle = world.dynamics.sample(
            [0], after: past, last: last, codebook: world.codebook, Sampling(steps: 1, temperature: 0), using: &generator)
        XCTAssertEqual(middle.latents.shape, [1, 4, 2])
        for place in 0 ..< 4 {
            for z in 0 ..< 2 {
                let mean = (0 ..< 12).map { probabilities.values[place * 12 + $0] * world.codebook.values[$0 * 2 + z] }.reduce(0, +)
                XCTAssertEqual(middle.latents.values[place * 2 + z], mean, accuracy: 1e-5)
            }
        }
        for steps in [1, 3] {
            let drawn = world.dynamics.sample(
                [0], after: past, last: last, codebook: world.codebook, Sampling(steps: steps, temperature: 1), using: &generator)
            XCTAssertEqual(drawn.latents.values, world.codebook.rows(at: drawn.tokens).values)
        }
    }

    /// Levels [4,3], code = first digit + 4 · second. The likeliest code is 0; half of the probability of the first
    /// digit is reached at 1, of the second at 1.
    func testTheMiddleIsTheMedianOfEachDigit() {
        var row = Array(repeating: Float(0), count: 12)
        (row[0], row[1 + 4], row[2 + 4], row[3 + 8]) = (0.3, 0.25, 0.25, 0.2)
        var certain = Array(repeating: Float(0), count: 12)
        certain[3 + 8] = 1
        XCTAssertEqual(world.dynamics.middle(of: Tensor(row + certain, shape: [2, 12])), [1 + 4, 3 + 8])
    }

    /// Codes of a vector quantizer have no order, and so no middle.
    func testTheMiddleOfUnorderedCodesIsTheLikeliest() {
        var c = world.dynamics.configuration, generator = SeededGenerator(seed: 1)
        c.levels = [4]
        XCTAssertEqual(MaskedDynamics(c, using: &generator).middle(of: Tensor([0.3, 0.3, 0, 0.4], shape: [1, 4])), [3])
    }

    func testTheSameSeedDreamsTheSame() {
        func dream(_ seed: UInt64) -> [[Int]] {
            var generator = SeededGenerator(seed: seed), dream = world.maskedDream(from: frames(2, 2), actions: [1, 2])
            return (0 ..< 6).map { _ in
                _ = dream.step([0, 2], Sampling(steps: 3, temperature: 1), using: &generator)
                return dream.tokens
            }
        }
        XCTAssertEqual(dream(1), dream(1))
        XCTAssertNotEqual(dream(1), dream(2))
    }

    /// Memory is a shortcut, not another answer: a dream that goes on equals one that is begun anew from the same tokens.
    func testADreamThatGoesOnEqualsOneBegunAnew() {
        var generator = SeededGenerator(seed: 1), dream = world.maskedDream(from: frames(1, 1), actions: [])
        var tokens = [dream.tokens], led: [Int?] = [nil]
        for step in 0 ..< 9 {  // more than the three frames that can be looked back at
            let window = min(tokens.count, step < 3 ? tokens.count : (tokens.count - 4) % 2 + 2)
            var past = world.dynamics.emptyMemory, same = generator
            world.dynamics.read(tokens.suffix(window).flatMap { $0 }, actions: [nil] + led.suffix(window - 1), batch: 1, into: &past)
            let expected = world.dynamics.sample(
                [step % 3], after: past, last: tokens.last!, codebook: world.codebook, Sampling(steps: 2), using: &same)
            let picture = dream.step([step % 3], Sampling(steps: 2), using: &generator)
            XCTAssertEqual(dream.tokens, expected.tokens, "step \(step)")
            XCTAssertEqual(picture.shape, [1, 8, 8, 3])
            tokens.append(dream.tokens)
            led.append(step % 3)
        }
    }

    func testACopyIsAnotherFuture() {
        var generator = SeededGenerator(seed: 1), dream = world.maskedDream(from: frames(2, 2), actions: [1, 2])
        let copy = dream, before = dream.tokens
        _ = dream.step([0, 0], Sampling(steps: 2), using: &generator)
        XCTAssertEqual(copy.tokens, before)
        var four = copy.repeated(2), same = SeededGenerator(seed: 1), swapped = copy.selecting([1, 0])
        let pictures = four.step([0, 0, 0, 0], Sampling(steps: 2, temperature: 0), using: &generator)
        XCTAssertEqual(pictures.shape, [4, 8, 8, 3])
        XCTAssertEqual(four.tokens[0 ..< 4], four.tokens[4 ..< 8])
        XCTAssertEqual(four.tokens[8 ..< 12], four.tokens[12 ..< 16])
        _ = swapped.step([0, 0], Sampling(steps: 2, temperature: 0), using: &same)
        XCTAssertEqual(Array(swapped.tokens[0 ..< 4]), Array(four.tokens[8 ..< 12]))
    }

    func testPicturesAreThoseOfTheTokenizer() {
        let clip = frames(1, 2)
        var dream = world.maskedDream(from: clip, actions: [1])
        let whole = world.tokenizer.frames(of: world.tokenizer.tokens(of: clip), batch: 1)
        let last = dream.picture()
        XCTAssertEqual(dream.picture().values, last.values, "asked twice")
        for (a, b) in zip(last.values, whole.sliced(axis: 1, 1 ..< 2).values) { XCTAssertEqual(a, b, accuracy: 1e-5) }
    }
}
