// ShortcutForcingTests.swift - is the objective right where the answer is known, and does nobody see what they must not?

import Foundation
import GoldenTesting
import Layers
import Randomness
@testable import ShortcutForcing
import Tensors
import XCTest

final class ShortcutForcingTests: XCTestCase {
    // MARK: The linear-Gaussian toy
    //
    // One number, z1 ~ N(m, s²). Then z̃ at τ is normal too, with mean τ·m and deviation σ(τ) = √(τ²s² + (1-τ)²), and the flow keeps every
    // z̃ as many deviations from the mean as it is: from τ to τ' it leads to τ'·m + σ(τ')/σ(τ)·(z̃ - τ·m).
    private let m: Float = 0.7, s: Float = 0.4
    private func deviation(_ t: Float) -> Float { (t * t * s * s + (1 - t) * (1 - t)).squareRoot() }
    private func flowed(_ z: Float, _ t: Float, _ u: Float) -> Float { u * m + deviation(u) / deviation(t) * (z - t * m) }
    /// ẑ1 of a network that knows every step exactly, of levels and lengths in K: z̃ + (1-τ)·(z(τ+d) - z̃)/d.
    private func exactly(steps K: Int) -> ShortcutObjective.Guess {
        { [self] z, levels, lengths in
            Tensor(levels.indices.map { i in
                let t = Float(levels[i]) / Float(K), d = Float(lengths[i]) / Float(K), here = z.pointer[i]
                return here + (1 - t) * (flowed(here, t, t + d) - here) / d
            }, shape: z.shape)
        }
    }

    func testTwoExactHalfStepsMakeAnExactStep() {
        let K = 8, z: [Float] = [-1.5, -0.2, 0.4, 2], (levels, lengths) = ([0, 4, 2, 0], [8, 4, 2, 4])
        let exact = exactly(steps: K)
        let frames = Tensor(z, shape: [1, 4, 1, 1])
        let target = ShortcutObjective.bootstrapped(frames, levels: levels, lengths: lengths, finestSteps: K, predict: exact)
        assertEqual(target, exact(frames, levels, lengths), within: 1e-5, "the target of a step is that step")
    }

    /// MeanFlow's rule, along the mean of all true ways instead of one: a fine step that is straight where the flow is bent, then the exact
    /// rest. The error is that of the bend: it falls when fine steps are finer.
    func testAFineStepAndTheExactRestMakeNearlyAnExactStep() {
        func worst(_ K: Int) -> Float {
            let z: [Float] = [-1.5, -0.2, 0.4, 2], levels = [0, K / 2, K / 4, 0], lengths = [K, K / 4, K / 2, 2]
            let exact = exactly(steps: K)
            let frames = Tensor(z, shape: [1, 4, 1, 1])
            // E[z1 | z̃], which is what the truth is on the average.
            let truth = Tensor(z.indices.map { i in
                let t = Float(levels[i]) / Float(K)
                return m + t * s * s / (deviation(t) * deviation(t)) * (z[i] - t * m)
            }, shape: frames.shape)
            let target = ShortcutObjective.alongTheTruth(
                frames, truth: truth, levels: levels, lengths: lengths, finestSteps: K, predict: exact)
            return zip(target.values, exact(frames, levels, lengths).values).map { abs($0 - $1) }.max()!
        }
        XCTAssertLessThan(worst(64), 2e-2)
        XCTAssertLessThan(worst(64), 0.6 * worst(32))
        XCTAssertLessThan(worst(32), 0.6 * worst(16))
    }

    func testMeanFlowStepsBeginAnywhereAndEndNoLaterThanTheData() {
        var generator = SeededGenerator(seed: 3), c = ShortcutConfiguration.micro
        (c.finestSteps, c.objective) = (8, "meanflow")
        let drawn = (0 ..< 2000).map { _ in c.coarse(&generator) }
        XCTAssertTrue(drawn.allSatisfy { $0.length >= 2 && $0.level + $0.length <= 8 })
        XCTAssertEqual(Set(drawn.map { $0.level * 10 + $0.length }).count, 28, "2 to 8 from 0, 2 to 7 from 1, ...: 7 + 6 + ... + 1")
        XCTAssertEqual((1 ... 9).map(c.learnedLength), [8, 4, 2, 2, 1, 1, 1, 1, 1])
        c.objective = "shortcut"
        XCTAssertEqual((1 ... 9).map(c.learnedLength), [8, 4, 2, 2, 1, 1, 1, 1, 1])
        c.objective = "flow"
        XCTAssertEqual((1 ... 9).map(c.learnedLength), Array(repeating: 1, count: 9))
    }

    func testTheBestGuessIsTheMeanOfWhatIsUnderTheNoise() {
        // E[z1 | z̃] = m + τs²/σ²(τ)·(z̃ - τm): the regression line of z1 on z̃, of many drawn by `noisy`.
        var generator = SeededGenerator(seed: 7)
        for t: Float in [0, 0.25, 0.75] {
            let count = 40_000, z1 = Tensor(uninitialized: [1, count, 1, 1])
            for i in 0 ..< count { z1.pointer[i] = m + s * generator.normal() }
            let z = SignalDraw.noisy(z1, signals: Array(repeating: t, count: count), using: &generator)
            let (mx, my) = (z.mean().item, z1.mean().item)
            let slope = ((z - mx) * (z1 - my)).mean().item / (z - mx).squared().mean().item
            XCTAssertEqual(slope, t * s * s / (deviation(t) * deviation(t)), accuracy: 0.02)
            XCTAssertEqual(my - slope * mx, m - t * s * s / (deviation(t) * deviation(t)) * t * m, accuracy: 0.02)
        }
    }

    func testExactStepsDrawTheDistributionAndOneMeanStepDoesNot() {
        // With the exact first step every noise becomes a sample; with the mean, which is what d = 1/Kmax says at τ = 0, all become m.
        var generator = SeededGenerator(seed: 9)
        let noise = (0 ..< 20_000).map { _ in generator.normal() }, drawn = noise.map { flowed($0, 0, 1) }
        let mean = drawn.reduce(0, +) / 20_000, square = drawn.reduce(0) { $0 + ($1 - m) * ($1 - m) } / 20_000
        XCTAssertEqual(mean, m, accuracy: 0.01)
        XCTAssertEqual(square.squareRoot(), s, accuracy: 0.01)
    }

    func testTheLastStepArrives() {
        XCTAssertEqual((0 ..< 4).map { LatentDynamics.advance($0, of: 4) }, [0.25, 1 / 3, 0.5, 1])
        // A network that always says 1, from 0: with α = d/(1-τ) the frame arrives; with α = d, a bug that
        // was made before, (3/4)⁴ of the way is left.
        let right = (0 ..< 4).reduce(Float(0)) { z, k in z + (1 - z) * LatentDynamics.advance(k, of: 4) }
        let wrong = (0 ..< 4).reduce(Float(0)) { z, _ in z + (1 - z) * 0.25 }
        XCTAssertEqual(right, 1)
        XCTAssertEqual(1 - wrong, 0.316, accuracy: 1e-3)
    }

    // MARK: What is drawn

    func testStepsBeginOnTheirOwnGrid() {
        var generator = SeededGenerator(seed: 3), c = ShortcutConfiguration.micro
        (c.finestSteps, c.latentDimensions) = (8, 1)
        let z = Tensor(repeating: 1, shape: [20, 4, 4, 1]),
            draw = SignalDraw(z, actions: Array(repeating: 0, count: 60), bootstrapped: 10, c, using: &generator)
        let silent = (0 ..< 60).filter { frame in (0 ..< 4).allSatisfy { draw.guessed.pointer[frame * 4 + $0] == 0 } }
        XCTAssertTrue(
            !silent.isEmpty && silent.allSatisfy { $0 < 30 && draw.labels.levels[$0] == 0 },
            "no noise, in some frames out of nothing but noise")
        XCTAssertTrue(draw.labels.lengths.prefix(30).allSatisfy { $0 == 1 }, "flow: the finest step")
        XCTAssertTrue(draw.labels.lengths.suffix(30).allSatisfy { $0 > 1 }, "bootstrap: coarser ones")
        XCTAssertEqual(Set(draw.labels.lengths), [1, 2, 4, 8])
        for (level, length) in zip(draw.labels.levels, draw.labels.lengths) { XCTAssertTrue(level % length == 0 && level < 8) }
        XCTAssertTrue(draw.pastLabels.levels.allSatisfy { $0 == c.pastLevel })
        XCTAssertTrue(
            draw.pastLabels.actions.enumerated().allSatisfy { ($0 % 3 == 0) == ($1 == nil) }, "nothing led to the first frame of a clip")
        // The past of a constant 1 has 0.9 of it, and noise of deviation 0.1.
        XCTAssertEqual(draw.past.mean().item, 0.9, accuracy: 0.02)
        XCTAssertEqual((draw.past - 0.9).squared().mean().item.squareRoot(), 0.1, accuracy: 0.02)
    }

    // MARK: Who sees what

    func testGuessesSeeTheirPastAndNothingElse() {
        let model = micro(), past = normal([1, 3, 4, 3], seed: 1), guessed = normal([1, 3, 4, 3], seed: 2)
        let labels = FrameLabels(actions: [0, 1, 2], levels: [0, 1, 2], lengths: [1, 1, 1]),
            pastLabels = FrameLabels(actions: [nil, 0, 1], levels: [4, 4, 4], lengths: [1, 1, 1])
        func guess(_ past: Tensor, _ guessed: Tensor) -> [[Float]] {
            let all = model.predict(guessed, past: past, labels: labels, pastLabels: pastLabels)
            return (0 ..< 3).map { all.sliced(axis: 1, $0 ..< $0 + 1).values }
        }
        func changed(_ x: Tensor, _ frame: Int) -> Tensor {
            let copy = x + 0
            for i in frame * 12 ..< (frame + 1) * 12 { copy.pointer[i] += 1 }
            return copy
        }
        let before = guess(past, guessed)
        for frame in 0 ..< 3 {
            let afterPast = guess(changed(past, frame), guessed), afterGuess = guess(past, changed(guessed, frame))
            for t in 0 ..< 3 {
                XCTAssertEqual(afterPast[t] == before[t], t < frame, "guess \(t), past frame \(frame)")
                XCTAssertEqual(afterGuess[t] == before[t], t != frame, "guess \(t), guess \(frame)")
            }
        }
    }

    func testWithMemoryItIsTheSame() {
        for prediction in ["x", "v"] {
            let model = micro { $0.prediction = prediction }, past = normal([2, 3, 4, 3], seed: 1), guessed = normal([2, 3, 4, 3], seed: 2)
            let actions = [0, 1, 2, 2, 0, 1], led: [Int?] = [nil, 0, 1, nil, 2, 0]
            let levels = [0, 1, 3, 2, 0, 1], lengths = [1, 1, 1, 2, 4, 1]
            let pastLabels = FrameLabels(actions: led, levels: Array(repeating: 4, count: 6), lengths: Array(repeating: 1, count: 6))
            let whole = model.predict(
                guessed, past: past, labels: FrameLabels(actions: actions, levels: levels, lengths: lengths), pastLabels: pastLabels)
            var memory = model.emptyMemory, before = Tensor(repeating: 0, shape: [2, 1, 4, 3])
            for t in 0 ..< 3 {
                func column<Value>(_ values: [Value]) -> [Value] { [values[t], values[3 + t]] }
                let now = past.sliced(axis: 1, t ..< t + 1)
                model.read(now, before: before, labels: FrameLabels(actions: column(led), levels: [4, 4], lengths: [1, 1]), into: &memory)
                before = now
                let labels = FrameLabels(actions: column(actions), levels: column(levels), lengths: column(lengths))
                let next = model.predict(guessed.sliced(axis: 1, t ..< t + 1), before: before, labels: labels, after: memory)
                assertEqual(next, whole.sliced(axis: 1, t ..< t + 1), within: 1e-5, "frame \(t)")
                XCTAssertEqual(memory.frames, t + 1, "a guess leaves the memory as it is")
            }
        }
    }

    func testATrainedPredictionOfVArrivesWhereXDoes() {
        // ẑ1 = z̃ + (1-τ)·v̂: at τ = 0 a network that says v̂ adds all of it.
        let v = micro { $0.prediction = "v" }, x = micro(), z = normal([1, 3, 4, 3], seed: 2), past = normal([1, 3, 4, 3], seed: 1)
        let labels = FrameLabels(actions: [0, 1, 2], levels: [0, 1, 2], lengths: [1, 1, 1]),
            pastLabels = FrameLabels(actions: [nil, 0, 1], levels: [4, 4, 4], lengths: [1, 1, 1])
        let way = x.predict(z, past: past, labels: labels, pastLabels: pastLabels), left = Tensor([1, 0.75, 0.5], shape: [1, 3, 1, 1])
        assertEqual(v.predict(z, past: past, labels: labels, pastLabels: pastLabels), z + way * left, within: 1e-5, "ẑ1")
    }

    // MARK: Learning

    func testLossFallsOnOneBatchForEachObjective() {
        for (objective, prediction, past) in [
            ("flow", "x", "light"), ("shortcut", "x", "any"), ("shortcut", "v", "light"), ("meanflow", "x", "light")
        ] {
            var data = SeededGenerator(seed: 1)
            let model = micro { ($0.objective, $0.prediction, $0.past) = (objective, prediction, past) }
            let (z, actions) = walks(8, 4, using: &data), (muon, adamW) = blockOptimizers(of: model.parameters)
            func measured() -> Float {
                var generator = SeededGenerator(seed: 3)
                return model.errorOutOfNoise(z, actions: actions, using: &generator)
            }
            var noise = SeededGenerator(seed: 2)
            let before = measured()
            for _ in 0 ..< 80 {
                model.loss(z, actions: actions, bootstrapped: objective == "flow" ? 0 : 2, using: &noise).total.backward()
                clipGradients(of: model.parameters, to: 1)
                adamW.step(learningRate: 5e-3)
                muon.step(learningRate: 1e-2)
            }
            XCTAssertLessThan(measured(), before / 3, "\(objective), \(prediction), \(past)")
        }
    }

    func testAnActionShiftedByOneRaisesTheLoss() {
        var data = SeededGenerator(seed: 1), noise = SeededGenerator(seed: 2)
        let model = micro(), (muon, adamW) = blockOptimizers(of: model.parameters)
        for _ in 0 ..< 200 {
            let (z, actions) = walks(8, 4, using: &data)
            model.loss(z, actions: actions, bootstrapped: 0, using: &noise).total.backward()
            clipGradients(of: model.parameters, to: 1)
            adamW.step(learningRate: 5e-3)
            muon.step(learningRate: 1e-2)
        }
        let (z, actions) = walks(32, 4, using: &data), shifted = Array(actions.dropFirst()) + [0]
        let own = model.errorOutOfNoise(z, actions: actions, using: &noise),
            others = model.errorOutOfNoise(z, actions: shifted, using: &noise)
        XCTAssertLessThan(own, 0.3)
        XCTAssertGreaterThan(others, 2 * own)
    }

    func testTheRampIsThePapers() {
        var generator = SeededGenerator(seed: 5)
        let z = normal([4, 4, 4, 3], seed: 1), actions = Array(repeating: 0, count: 12)
        let with = micro { $0.ramp = true }, without = micro()
        let state = generator
        let a = with.loss(z, actions: actions, bootstrapped: 0, using: &generator)
        generator = state
        let b = without.loss(z, actions: actions, bootstrapped: 0, using: &generator)
        XCTAssertEqual(a.flow, b.flow, "the same draw")
        XCTAssertEqual(b.total.item, b.flow, accuracy: 1e-5, "without it, all count the same")
        XCTAssertLessThan(a.total.item, b.total.item)
    }

    func testConfigurationsThatCannotBe() {
        func refuse(_ change: (inout ShortcutConfiguration) -> Void) {
            var c = ShortcutConfiguration.micro
            change(&c)
            XCTAssertThrowsError(try c.check())
        }
        XCTAssertNoThrow(try ShortcutConfiguration.micro.check())
        refuse { $0.finestSteps = 6 }
        refuse { $0.objective = "magic" }
        refuse { $0.prediction = "epsilon" }
        refuse { $0.contextNoise = .nan }
        refuse { $0.shortFrames = 5 }
        refuse { $0.commands = [.init(name: "left", action: 3)] }
    }
}
