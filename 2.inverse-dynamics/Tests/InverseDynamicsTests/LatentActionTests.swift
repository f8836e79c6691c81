// LatentActionTests.swift - what must hold for any weights: no leak, no hearing of the future, and a code acts on its own step.

import CommandTesting
import Layers
import Randomness
import Tensors
@testable import InverseDynamics
import VideoTokenizer
import XCTest

final class LatentActionTests: XCTestCase {
    private let conditionings = ["adaln", "add"]

    /// Frame t+1 reaches its own prediction only through the code of step t: with the codes held, not at all.
    func testNoLeak() {
        for conditioning in conditionings {
            let model = microModel({ $0.conditioning = conditioning }, stirred: true), video = noise(2, 4), codes = [0, 1, 2, 3, 2, 1]
            let before = model.predict(video.sliced(axis: 1, 0 ..< 3), codes: codes)
            for t in 1 ..< 4 {
                // Everything from frame t on is another video.
                let changed = Tensor.concatenated([video.sliced(axis: 1, 0 ..< t), noise(2, 4 - t, seed: 9)], axis: 1)
                let after = model.predict(changed.sliced(axis: 1, 0 ..< 3), codes: codes)
                XCTAssertEqual(
                    frames(after, 0 ..< t), frames(before, 0 ..< t),
                    "\(conditioning): frame \(t) leaked into its own prediction or an earlier one")
                for later in t ..< 3 { XCTAssertNotEqual(frames(after, later ..< later + 1), frames(before, later ..< later + 1)) }
            }
        }
    }

    /// The whole model in training, encoder included: what a later frame changes of a prediction, it changes through the code.
    func testOnlyTheCodeTellsOfTheNextFrame() {
        let model = microModel(stirred: true), video = noise(8, 4)
        let last = Tensor.concatenated([video.sliced(axis: 1, 0 ..< 3), noise(8, 1, seed: 9)], axis: 1)
        let a = model(video, isTraining: false), b = model(last, isTraining: false)
        var same = 0, other = 0
        for clip in 0 ..< 8 {
            func prediction(_ run: (predictions: Tensor, latents: Tensor, quantized: Quantized)) -> [Float] {
                run.predictions.sliced(axis: 0, clip ..< clip + 1).sliced(axis: 1, 2 ..< 3).values
            }
            if a.quantized.codes[clip * 3 + 2] == b.quantized.codes[clip * 3 + 2] {
                XCTAssertEqual(prediction(a), prediction(b), "the code is the same, so the prediction is")
                same += 1
            } else {
                XCTAssertNotEqual(prediction(a), prediction(b))
                other += 1
            }
        }
        XCTAssertGreaterThan(same, 0, "the test needs both cases")
        XCTAssertGreaterThan(other, 0, "the test needs both cases")
    }

    func testTheEncoderIsCausal() {
        let model = microModel(stirred: true), video = noise(2, 4), before = model.encode(video)
        XCTAssertEqual(before.shape, [2, 3, 2])
        for t in 1 ..< 4 {
            let changed = Tensor.concatenated([video.sliced(axis: 1, 0 ..< t), noise(2, 4 - t, seed: 9)], axis: 1),
                after = model.encode(changed)
            // The transition t-1 -> t is the first that sees frame t.
            XCTAssertEqual(frames(after, 0 ..< t - 1), frames(before, 0 ..< t - 1), "frame \(t) reached an earlier transition")
            XCTAssertNotEqual(frames(after, t - 1 ..< t), frames(before, t - 1 ..< t))
        }
    }

    /// Pooled over the steps, or off by one, a code would show where it does not belong.
    func testACodeActsOnItsStepAndOnNoEarlierOne() {
        for conditioning in conditionings {
            let model = microModel({ $0.conditioning = conditioning }, stirred: true), past = noise(1, 3)
            let before = model.predict(past, codes: [0, 0, 0])
            for t in 0 ..< 3 {
                var codes = [0, 0, 0]
                codes[t] = 3
                let after = model.predict(past, codes: codes)
                XCTAssertEqual(frames(after, 0 ..< t), frames(before, 0 ..< t), "\(conditioning): code \(t) acted on an earlier step")
                XCTAssertNotEqual(frames(after, t ..< t + 1), frames(before, t ..< t + 1), "\(conditioning): code \(t) did nothing")
            }
        }
    }

    /// What the untrained decoder says is a copy of the last frame, paler: nothing comes from the code yet.
    func testTheUntrainedDecoderIgnoresCodes() {
        let model = microModel(), past = noise(1, 3)
        XCTAssertEqual(model.predict(past, codes: [0, 1, 2]).values, model.predict(past, codes: [3, 3, 3]).values)
    }

    /// Latents that lie where a name says are quantized to that name, for both quantizers, and the loss is near 0 only there.
    func testNamesAreTheCodesOfTheQuantizer() {
        for quantizer in ["fsq", "vq"] {
            let model = microModel { $0.quantizer = quantizer }, names = [0, 1, 2, 3]
            let z = Tensor.uniform([1, 4, model.configuration.latentDimensions], -0.1, 0.1, using: &generator).asParameter()
            let optimizer = AdamW([("z", z)], weightDecay: 0)
            for _ in 0 ..< 200 {
                model.namingLoss(z, names: names).backward()
                optimizer.step(learningRate: 0.05)
            }
            XCTAssertLessThan(model.namingLoss(z, names: names).item, 0.05, quantizer)
            XCTAssertEqual(Tensor.withoutGradients { model.quantizer(z, isTraining: false).codes }, names, quantizer)
        }
    }
    private var generator = SeededGenerator(seed: 3)

    /// One batch, learned by heart, without a teacher too: the fall of the loss shows that all parts pull in one direction.
    func testLossFallsOnOneBatch() {
        for (quantizer, teacher) in [("fsq", "maps"), ("vq", "maps"), ("fsq", "nobody")] {
            let model = microModel { ($0.quantizer, $0.teacher) = (quantizer, teacher) }
            let (video, actions) = slidingWorld(4, 4, using: &generator), next = video.sliced(axis: 1, 1 ..< 4)
            let optimizer = AdamW(model.parameters)
            var losses: [Float] = []
            for _ in 0 ..< 150 {
                let (predictions, latents, quantized) = model(video, isTraining: true), error = predictions.meanSquaredError(next)
                losses.append(error.item)
                var loss = quantized.loss.map { error + $0 } ?? error
                if teacher == "maps" { loss = loss + model.namingLoss(latents, names: actions) }    // any names do here
                loss.backward()
                clipGradients(of: model.parameters, to: 1)
                optimizer.step(learningRate: 5e-3)
            }
            XCTAssertLessThan(losses.last!, losses[0] / 4, "\(quantizer), \(teacher): \(losses[0]) -> \(losses.last!)")
        }
    }

    func testTheSameSeedGivesTheSameBitsAndNamesAreUnique() {
        XCTAssertEqual(microModel().encode(noise(1, 4)).values, microModel().encode(noise(1, 4)).values)
        let names = microModel().tensors.map(\.name)
        XCTAssertEqual(Set(names).count, names.count)
    }

    func testConfigurationsThatDoNotFitAreRefused() {
        let changes: [(inout ActionConfiguration) -> Void] = [
            { $0.imageSize = 60 }, { $0.frames = 1 }, { $0.heads = 3 }, { $0.quantizer = "pq" }, { $0.conditioning = "film" },
            { $0.teacher = "me" }, { $0.levels = [] }, { $0.levels = [3, 3] }, { $0.levels = Array(repeating: 2, count: 60) },
            { $0.mapSide = 7 },
        ]
        for (i, change) in changes.enumerated() {
            var c = ActionConfiguration.standard
            change(&c)
            XCTAssertThrowsError(try c.check(), "change \(i)")
        }
        XCTAssertNoThrow(try ActionConfiguration.standard.check())
        XCTAssertNoThrow(try ActionConfiguration.tiny.check())
    }
}
