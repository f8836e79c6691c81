// PixelDiffusionTests.swift - is the denoiser right at both ends, does a dream do what dreams do, and is an action heard?

import CommandTesting
import Layers
@testable import PixelDiffusion
import Randomness
import Tensors
import WorldModels
import XCTest

final class PixelDiffusionTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    /// For data with deviation s, mean 0 and nothing to tell one pixel from another, the best guess is D = y·s²/(s² + σ²): c_skip·y. So the
    /// best F is 0 at every noise level, and that is what a network with an output of zeros begins with.
    func testBeginsAsTheBestGuessForNoise() {
        let model = micro { $0.offsetNoise = 0 }, frame = frames([2, 8, 8, 3])
        let past = PixelDiffusion.Past(frames: [frame, frame], actions: [0, 1, nil, 2], noise: [0, 0])
        model.dataDeviation.pointer[0] = 0.25
        let y = frames([2, 8, 8, 3], seed: 9)
        let d = model.denoised(y, sigma: [0.5, 4], after: past, expected: model.expected(after: past))
        for i in 0 ..< y.count {
            let sigma: Float = i < y.count / 2 ? 0.5 : 4
            XCTAssertEqual(d.pointer[i], y.pointer[i] / (1 + sigma * sigma), accuracy: 1e-6)
        }
    }

    func testNoiseLevelsFallToZero() {
        for count in [1, 2, 3, 10] {
            let levels = karrasLevels(count, from: 10, to: 0.004)
            XCTAssertEqual(levels.count, count + 1)
            XCTAssertEqual(levels.first!, 10, accuracy: 1e-4)
            XCTAssertEqual(levels.last!, 0)
            XCTAssertTrue(zip(levels, levels.dropFirst()).allSatisfy { $0 > $1 })
        }
    }

    /// Copies are other futures, chosen rows go on as they would have, and the whole is decided by the seed.
    func testDreamsAreValues() {
        let model = stirred(micro()), begin = model.diffusionDream(from: frames([2, 2, 8, 8, 3]), actions: [0, 1])
        var (a, b) = (begin, begin), (g, h) = (SeededGenerator(seed: 4), SeededGenerator(seed: 4))
        XCTAssertEqual(a.step([0, 1], .sample, using: &g).values, b.step([0, 1], .sample, using: &h).values)
        XCTAssertNotEqual(a.step([0, 0], .sample, using: &g).values, b.step([2, 2], .sample, using: &h).values)

        var whole = begin, chosen = begin.selecting([1, 1, 0])
        let all = whole.step([2, 1], .mean, using: &g).values, size = all.count / 2
        let rows = chosen.step([1, 1, 2], .mean, using: &g).values
        for (i, row) in [1, 1, 0].enumerated() {
            // a level, where two lie equally near
            for j in 0 ..< size { XCTAssertEqual(rows[i * size + j], all[row * size + j], accuracy: 1.01 / 255) }
        }
    }

    /// The mean draws nothing by chance; a sample does. Frames are one of 256 levels, in 0...1.
    func testTemperature() {
        let model = stirred(micro()), begin = model.diffusionDream(from: frames([1, 2, 8, 8, 3]), actions: [0])
        func step(_ sampling: Sampling, seed: UInt64) -> [Float] {
            var dream = begin, generator = SeededGenerator(seed: seed)
            return dream.step([1], sampling, using: &generator).values
        }
        XCTAssertEqual(step(.mean, seed: 1), step(.mean, seed: 2))
        XCTAssertNotEqual(step(.sample, seed: 1), step(.sample, seed: 2))
        XCTAssertNotEqual(step(.sample, seed: 1), step(Sampling(steps: 1, temperature: 1), seed: 1))
        for x in step(.sample, seed: 1) {
            XCTAssertTrue((0 ... 1).contains(x))
            XCTAssertEqual((x * 255).rounded(), x * 255, accuracy: 1e-3)
        }
    }

    /// One of four futures has a red pixel. The best single guess under weights w is Σ w·x / Σ w: a quarter of the red if w knows only the
    /// past; nearly all of it if w knows the answer.
    func testWeightsThatKnowTheAnswerGuessRed() {
        let side = 8, gray = [Float](repeating: 0, count: 4 * side * side * 3)
        var answers = gray
        answers[3 * (3 * side + 3)] = 1
        // In the past it stood a pixel to the left, in all four.
        var pasts = gray
        for b in 0 ..< 4 { pasts[3 * (b * side * side + 3 * side + 2)] = 1 }
        let past = Tensor(pasts, shape: [4, side, side, 3]), answer = Tensor(answers, shape: [4, side, side, 3])
        func red(_ weighing: String) -> Float {
            let model = micro { $0.weighsColors = weighing }
            let known = PixelDiffusion.Past(frames: [past, past], actions: Array(repeating: nil, count: 8), noise: [0, 0, 0, 0])
            let weights = model.weights(of: answer, after: known)?.values ?? Array(repeating: 1, count: 4 * side * side)
            if weighing == "past" {
                XCTAssertGreaterThan(weights[3 * side + 3], 1, "as far as a turn can move it")
                XCTAssertLessThan(weights[side * side - 1], 1, "far from it")
            }
            let there = (0 ..< 4).map { weights[$0 * side * side + 3 * side + 3] }
            return there[0] / there.reduce(0, +)
        }
        XCTAssertEqual(red("none"), 0.25)
        XCTAssertEqual(red("past"), 0.25)
        XCTAssertGreaterThan(red("answer"), 0.9)
    }

    /// One frame is enough to begin, and more than it looks back at are not looked at.
    func testPastsOfAnyLength() {
        let model = stirred(micro()), clip = frames([1, 5, 8, 8, 3])
        func next(_ range: Range<Int>, _ actions: [Int]) -> [Float] {
            var dream = model.diffusionDream(from: clip.sliced(axis: 1, range), actions: actions), generator = SeededGenerator(seed: 1)
            return dream.step([1], .mean, using: &generator).values
        }
        XCTAssertEqual(next(0 ..< 5, [0, 1, 2, 0]), next(3 ..< 5, [0]))
        XCTAssertNotEqual(next(3 ..< 5, [0]), next(3 ..< 5, [2]))
        XCTAssertEqual(next(4 ..< 5, []).count, 192)
    }

    /// In training a past is true where no noise is named, as noisy as is named elsewhere, and where it begins late what comes before is
    /// the first frame that is known, and no action is. The window itself stays as it is.
    func testThePastOfTraining() {
        var c = PixelDiffusionConfiguration.micro, generator = SeededGenerator(seed: 1)
        (c.pastFrames, c.pastNoise) = (3, 0.1)
        let window = TrainingWindow(frames([4, 5, 8, 8, 3]), actions: Array(repeating: 1, count: 16), c), size = 8 * 8 * 3
        let true_ = window.past(at: 1), before = window.frames.map(\.values)
        var noisy = 0, late = 0, named: Float = 0, laid: Float = 0
        for _ in 0 ..< 100 {
            let past = window.past(at: 1, using: &generator)
            for b in 0 ..< 4 {
                let unknown = (0 ..< 3).filter { past.actions[b * 3 + $0] == nil }.count
                XCTAssertLessThan(unknown, 3, "one frame is known at least")
                late += unknown > 0 ? 1 : 0
                noisy += past.noise[b] > 0 ? 1 : 0
                for t in 0 ..< 3 {
                    let shown = past.frames[t].values[b * size ..< (b + 1) * size]
                    let truth = true_.frames[max(t, unknown)].values[b * size ..< (b + 1) * size]
                    let squares = zip(shown, truth).map { ($0 - $1) * ($0 - $1) }
                    if past.noise[b] == 0 { XCTAssertEqual(squares.max(), 0) }
                    laid += squares.reduce(0, +) / Float(size)
                    named += past.noise[b] * past.noise[b]
                }
            }
        }
        XCTAssertEqual(laid / named, 1, accuracy: 0.05, "as much noise as is said")
        XCTAssertEqual(Float(noisy) / 400, 0.5, accuracy: 0.1)
        XCTAssertEqual(Float(late) / 400, 0.125, accuracy: 0.06)
        XCTAssertEqual(window.frames.map(\.values), before)
    }

    /// A world whose next frame is bright or dark, as the action says. Both networks must learn to listen: with the
    /// actions of the next clip their losses rise.
    func testActionsOfAnotherClipCostMore() {
        for meanFirst in [true, false] {
            let model = micro {
                ($0.drawsMeanFirst, $0.pastNoise, $0.framesInARow, $0.pastFrames) = (meanFirst, 0, 1, 1)
                $0.noiseMean = 1
            }
            let actions = [0, 2, 1, 0, 2, 1, 1, 0], shades: [Float] = [0.1, 0.5, 0.9]
            let now = frames([8, 1, 8, 8, 3])
            let next = Tensor(actions.flatMap { Array(repeating: shades[$0], count: 192) }, shape: [8, 1, 8, 8, 3])
            let clips = Tensor.concatenated([now, next], axis: 1)
            let optimizer = AdamW(meanFirst ? model.meanParameters : model.denoiserParameters)
            func loss(shifted: Bool, seed: UInt64) -> Tensor {
                var window = TrainingWindow(clips, actions: actions, model.configuration), generator = SeededGenerator(seed: seed)
                if shifted { window.shiftActions() }
                let past = window.past(at: 0)
                return meanFirst ? model.meanLoss(of: window.frames[1], after: past).loss
                    : model.denoisingLoss(of: window.frames[1], after: past, expected: model.expected(after: past), using: &generator).loss
            }
            let before = loss(shifted: false, seed: 77).item
            for step in 0 ..< 150 {
                loss(shifted: false, seed: UInt64(step)).backward()
                optimizer.step(learningRate: 1e-2)
            }
            let (after, shifted) = (loss(shifted: false, seed: 77).item, loss(shifted: true, seed: 77).item)
            XCTAssertLessThan(after, before / 2, "mean first: \(meanFirst)")
            XCTAssertGreaterThan(shifted, 2 * after, "mean first: \(meanFirst)")
        }
    }

    /// The window hands out the frames and actions that lie before the frame that is asked for; own
    /// frames take their place when they are there.
    func testTheWindowSlides() {
        let c = micro { $0.framesInARow = 2 }.configuration
        let clip = Tensor((0 ..< 4).flatMap { Array(repeating: Float($0) / 4, count: 192) }, shape: [1, 4, 8, 8, 3])
        var window = TrainingWindow(clip, actions: [2, 0, 1], c)
        XCTAssertEqual(window.past(at: 0).actions, [2, 0])
        XCTAssertEqual(window.past(at: 1).actions, [0, 1])
        XCTAssertEqual(window.past(at: 1).frames.map { $0.pointer[0] }, [-0.5, 0])
        window.replace(at: 0, by: Tensor(repeating: 7, shape: [1, 8, 8, 3]))
        XCTAssertEqual(window.past(at: 1).frames.map { $0.pointer[0] }, [-0.5, 1])
    }

    func testConfigurationsThatDoNotFit() {
        for change: (inout PixelDiffusionConfiguration) -> Void in [
            { $0.imageSize = 10 }, { $0.channels = [] }, { $0.channels = [8, 9] }, { $0.groups = 0 }, { $0.pastFrames = 0 },
            { $0.actions = 0 },
            { $0.smallestNoise = 0 }, { $0.smallestNoise = 20 }, { $0.noiseDeviation = .nan }, { $0.samplingSteps = 0 },
            { $0.framesInARow = 0 },
            { $0.commands = [Command(name: "left", action: 3)] },
        ] {
            var c = PixelDiffusionConfiguration.micro
            XCTAssertNoThrow(try c.check())
            change(&c)
            XCTAssertThrowsError(try c.check())
        }
    }
}
