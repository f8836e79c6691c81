// LabelTests.swift - are n labels n labels, and do they sound like a person's?

import CommandTesting
import Episodes
import Layers
import Randomness
@testable import RewardModel
import Tensors
import XCTest

final class LabelTests: XCTestCase {
    /// The honest test: with all rewards outside of the budget replaced by nonsense, fine-tuning and calibration are bit for bit the same.
    func testNoOtherRewardIsTouched() throws {
        let honest = try RewardLabels(redEpisodes(self), count: 20, seed: 3)
        let kept = Set(honest.places.map { [$0.episode, $0.start] })
        let poisoned = try RewardLabels(redEpisodes(self) { episode, reward in
            for t in reward.indices where !kept.contains([episode, t]) { reward[t] = 1 - reward[t] }
        }, count: 20, seed: 3)
        XCTAssertEqual(honest.labels, poisoned.labels)
        XCTAssertEqual(try tuned(honest), try tuned(poisoned))
    }

    private func tuned(_ labels: RewardLabels) throws -> [Float] {
        var generator = SeededGenerator(seed: 1)
        let model = microModel(), optimizer = AdamW(model.parameters)
        for _ in 0 ..< 3 {
            let (frames, truth) = labels.training.next(batch: 8, using: &generator)
            disturb(frames, using: &generator)
            model.rewardLogits(frames).sigmoidCrossEntropy(truth).backward()
            optimizer.step(learningRate: 1e-2)
        }
        let fit = Calibration(Scorer(model).differences(of: labels.heldOut.frames), labels.heldOut.labels, expected: 10)
        return model.parameters.flatMap(\.tensor.values) + [Float(fit.scale), Float(fit.offset)]
    }

    func testBudgets() throws {
        let set = try redEpisodes(self)        // 3 episodes of 20 frames
        let all = try RewardLabels(set, count: 60, seed: 3), few = try RewardLabels(set, count: 5, seed: 3),
            more = try RewardLabels(set, count: 12, seed: 3)
        XCTAssertEqual(Set(all.places.map { [$0.episode, $0.start] }).count, 60, "none twice")
        XCTAssertEqual(Array(more.places.prefix(5)), few.places, "a larger budget holds the smaller")
        XCTAssertEqual(Array(more.labels.prefix(5)), few.labels)
        XCTAssertNotEqual(try RewardLabels(set, count: 5, seed: 4).places, few.places)
        XCTAssertEqual(few.training.places + few.heldOut.places, few.places, "held out is held out")
        XCTAssertEqual(few.training.labels.count, 4)
        XCTAssertThrowsError(try RewardLabels(set, count: 61, seed: 3)) { XCTAssertTrue("\($0)".contains("60 frames"), "\($0)") }
        XCTAssertThrowsError(try RewardLabels(redEpisodes(self, withTruth: false), count: 1, seed: 3)) {
            XCTAssertTrue("\($0)".contains("no") && "\($0)".contains("rewards"), "\($0)")
        }
    }

    func testAnswersAreThoseOfAPerson() {
        var person = SeededGenerator(seed: 5), errors: [Float] = []
        for _ in 0 ..< 2000 {
            let reward = person.uniform(), answer = RewardLabels.answer(reward: reward, isVisible: true, using: &person)
            XCTAssertTrue((0 ... 1).contains(answer))
            XCTAssertEqual((answer * 10).rounded(), answer * 10, accuracy: 1e-5, "in tenths")
            errors.append(abs(answer - reward))
        }
        XCTAssertEqual(errors.reduce(0, +) / 2000, 0.08, accuracy: 0.02)
        XCTAssertEqual(RewardLabels.answer(reward: 0, isVisible: false, using: &person), 0)
    }

    func testMirroringTurnsPicturesLeftToRight() {
        let frames = noise(2), before = frames.values
        mirror(frames, where: [false, true])
        XCTAssertEqual(Array(frames.values[..<768]), Array(before[..<768]))
        for y in 0 ..< 16 { for x in 0 ..< 16 { for c in 0 ..< 3 {
            XCTAssertEqual(frames.pointer[768 + (y * 16 + x) * 3 + c], before[768 + (y * 16 + 15 - x) * 3 + c])
        } } }
    }

    func testBlurKeepsTheMeanAndTakesTheDetail() {
        let frame = noise(1), before = frame.values, copy = Tensor(uninitialized: frame.shape)
        blur(frame.pointer, 16, 16, amount: 1, copy.pointer)
        let (y, x, c) = (7, 9, 1)
        var sum: Float = 0
        for dy in -1 ... 1 { for dx in -1 ... 1 { sum += before[((y + dy) * 16 + x + dx) * 3 + c] } }
        XCTAssertEqual(frame.pointer[(y * 16 + x) * 3 + c], sum / 9, accuracy: 1e-6)
        let untouched = Tensor(before, shape: frame.shape)
        blur(untouched.pointer, 16, 16, amount: 0, copy.pointer)
        XCTAssertEqual(untouched.values, before)
        XCTAssertEqual(frame.mean().item, before.reduce(0, +) / 768, accuracy: 0.01)
    }
}
