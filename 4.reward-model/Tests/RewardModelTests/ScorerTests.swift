// ScorerTests.swift - does a reward mean the words, and does it survive its file?

import CommandTesting
import Foundation
import Layers
import Randomness
@testable import RewardModel
import Tensors
import Training
import XCTest

final class ScorerTests: XCTestCase {
    func testRewardByHand() {
        let model = microModel { ($0.scale, $0.offset) = (3, -0.5) }, scorer = Scorer(model), frames = noise(3)
        let sentences = model.directions(of: Prompts.positive + Prompts.negative).values
        let looks = [frames, mirrored(frames)].map { model.directions(of: $0).values }
        for b in 0 ..< 3 {
            func cosine(_ look: Int, _ sentence: Int) -> Float {
                (0 ..< 32).reduce(0) { $0 + looks[look][b * 32 + $1] * sentences[sentence * 32 + $1] }
            }
            XCTAssertEqual((0 ..< 32).reduce(0) { $0 + looks[0][b * 32 + $1] * looks[0][b * 32 + $1] }, 1, accuracy: 1e-3)
            // The mean of each side's sentences, and of both looks.
            func mean(_ range: Range<Int>) -> Float {
                range.reduce(0) { $0 + cosine(0, $1) + cosine(1, $1) } / Float(2 * range.count)
            }
            let difference = mean(0 ..< 4) - mean(4 ..< 7)
            XCTAssertEqual(scorer.rewards(of: frames)[b], 1 / (1 + exp(-(3 * difference - 0.5))), accuracy: 1e-4)
        }
    }

    /// A toy on the left is as good as one on the right, unless a sentence says which.
    func testAPictureIsWorthTheSameInTheMirror() {
        let model = microModel(), frames = noise(3), turned = mirrored(frames)
        func rewards(_ frames: Tensor, _ positive: String? = nil) -> [Float] {
            Scorer(model, positive: positive.map { [$0] }).rewards(of: frames)
        }
        for b in 0 ..< 3 {
            XCTAssertEqual(rewards(frames)[b], rewards(turned)[b], accuracy: 1e-5)
            XCTAssertEqual(rewards(frames, "A toy on the left.")[b], rewards(turned, "a toy on the right")[b], accuracy: 1e-5)
        }
        XCTAssertNotEqual(rewards(frames, "a toy on the left"), rewards(turned, "a toy on the left"))
    }

    func testNumbersOfConfigurationsAreNotBelieved() throws {
        let url = try makeTemporaryFolder().appendingPathComponent("model.safetensors")
        let model = microModel { ($0.scale, $0.offset) = (3, -0.5) }
        try Checkpoint.write(
            model.tensors, metadata: Checkpoint.metadata(kind: ContrastiveModel.kind, configuration: model.configuration), to: url)
        try assertNoNumberIsBelieved(in: url) {
            let scorer = try Scorer(checkpoint: url)
            if scorer.model.configuration.imageSize == 16 { XCTAssertEqual(scorer.rewards(of: noise(2)).count, 2) }
        }
    }

    /// Before calibration, the reward is the softmax over the two sentences at the temperature of the training.
    func testWithoutCalibrationTheRewardIsASoftmax() {
        let model = microModel(), noise = noise(2), frames = (noise + mirrored(noise)) * 0.5        // the same in the mirror
        let sentences = [Prompts.positive[0], Prompts.negative[0]], two = model.logits(frames, sentences).softmax()
        let scorer = Scorer(model, positive: [sentences[0]], negative: [sentences[1]])
        for b in 0 ..< 2 { XCTAssertEqual(scorer.rewards(of: frames)[b], two.pointer[2 * b], accuracy: 1e-4) }
    }

    /// What pictures have in common is taken from the batch in training, and from the average of batches in use. After many passes of one
    /// batch the two are the same.
    func testCommonPartsAreRememberedAndTakenAway() {
        let model = microModel(), frames = noise(6), sentences = ["a red ball", "a blue cube on the left", "an empty floor"]
        func mean(_ directions: Tensor) -> Float { directions.mean(axis: 0).squared().sum().item }
        XCTAssertGreaterThan(mean(model.directions(of: frames)), 0.3, "without training, pictures are alike")
        var training = model.logits(frames, sentences)
        let before = training.values
        for _ in 0 ..< 200 { training = model.logits(frames, sentences, isTraining: true) }
        let after = model.logits(frames, sentences).values
        for (a, b) in zip(after, training.values) { XCTAssertEqual(a, b, accuracy: 1e-2) }
        XCTAssertNotEqual(before, after)
        XCTAssertLessThan(mean(model.directions(of: frames)), 0.1)
    }

    func testWhatFollowsTheEndIsNotHeard() {
        let model = microModel()
        let alone = model.directions(of: ["a red ball"]).values
        let beside = model.directions(of: ["a red ball", "a blue cube far away on the left of a wooden floor"]).values
        for i in 0 ..< 32 { XCTAssertEqual(alone[i], beside[i], accuracy: 1e-5) }
        XCTAssertNotEqual(alone, model.directions(of: ["a ball red"]).values, "the order of the words is heard")
        XCTAssertEqual(model.directions(of: ["a Kong"]).values, model.directions(of: ["a zebra"]).values, "unknown is unknown")
    }

    func testWhereAToyIsMatters() {
        let model = microModel(), frame = Tensor(repeating: 0.4, shape: [1, 16, 16, 3])
        func with(_ x: Int) -> [Float] {
            let copy = Tensor(frame.values, shape: frame.shape)
            for y in 4 ..< 8 { for dx in 0 ..< 4 { copy.pointer[(y * 16 + x + dx) * 3] = 1 } }
            return model.directions(of: copy).values
        }
        let left = with(0), right = with(12)
        XCTAssertGreaterThan(zip(left, right).map { abs($0 - $1) }.max()!, 0.01)
    }

    func testOvershootIsCutOffAndPartsMakeNoDifference() {
        let model = microModel(), scorer = Scorer(model), frames = noise(130)
        let all = scorer.rewards(of: frames)
        XCTAssertEqual(all.count, 130)
        XCTAssertEqual(all[129], scorer.rewards(of: frames.sliced(axis: 0, 129 ..< 130))[0], accuracy: 1e-5)
        let bright = Tensor(frames.values.map { $0 * 3 - 1 }, shape: frames.shape)
        XCTAssertEqual(
            scorer.rewards(of: bright), scorer.rewards(of: Tensor(bright.values.map { max(0, min(1, $0)) }, shape: frames.shape)))
    }

    func testGradientsOfThePictureByDifferences() {
        let model = microModel(seed: 3), frames = noise(2).asParameter()
        model.rewardLogits(frames).sum().backward()
        let slope = frames.gradient!.values
        var generator = SeededGenerator(seed: 9)
        for _ in 0 ..< 12 {
            let i = generator.integer(below: frames.count)
            func at(_ change: Float) -> Float {
                let copy = Tensor(frames.values, shape: frames.shape)
                copy.pointer[i] += change
                return model.rewardLogits(copy).sum().item
            }
            XCTAssertEqual((at(5e-3) - at(-5e-3)) / 1e-2, slope[i], accuracy: 0.02 + 0.05 * abs(slope[i]))
        }
    }

    func testCheckpointsAndOtherModels() throws {
        let folder = try makeTemporaryFolder()
        let url = folder.appendingPathComponent("model.safetensors")
        let model = microModel { ($0.labels, $0.scale, $0.offset) = (50, 12, 0.25) }, frames = noise(4)
        try Checkpoint.write(
            model.tensors, metadata: Checkpoint.metadata(kind: ContrastiveModel.kind, configuration: model.configuration), to: url)
        let back = try Scorer(checkpoint: url)
        XCTAssertEqual(back.model.configuration, model.configuration)
        XCTAssertEqual(back.rewards(of: frames), Scorer(model).rewards(of: frames))
        XCTAssertThrowsError(try Regressor(checkpoint: url)) { XCTAssertTrue("\($0)".contains("reward-scorer"), "\($0)") }
        XCTAssertThrowsError(try Scorer(checkpoint: folder.appendingPathComponent("none"))) {
            XCTAssertTrue("\($0)".contains("train-reward"), "\($0)")
        }
        XCTAssertNotEqual(try Scorer(checkpoint: url, positive: ["a blue ball"]).rewards(of: frames), back.rewards(of: frames))
    }

    /// Fine-tuning and regression both learn a reward that can be seen.
    func testLearnersLearn() throws {
        let labels = try RewardLabels(redEpisodes(self), count: 50, seed: 1)
        var generator = SeededGenerator(seed: 2)
        func learn<Learner: RewardLearner>(_ model: Learner) -> Double {
            let optimizer = AdamW(model.parameters)
            for _ in 0 ..< 120 {
                let (frames, truth) = labels.training.next(batch: 16, using: &generator)
                model.rewardLogits(frames).sigmoidCrossEntropy(truth).backward()
                optimizer.step(learningRate: 3e-3)
            }
            return spearman(model.rewardLogits(labels.heldOut.frames).values, labels.heldOut.labels)
        }
        XCTAssertGreaterThan(learn(microModel()), 0.8)
        XCTAssertGreaterThan(learn(Regressor(.micro, using: &generator)), 0.8)
    }
}
