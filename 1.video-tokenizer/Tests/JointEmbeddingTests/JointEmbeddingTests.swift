// JointEmbeddingTests.swift - masks that reach everywhere, encoders that see nothing they should not,
// and losses that fall for the right reason.

import CommandTesting
import Foundation
import GoldenTesting
@testable import JointEmbedding
import Layers
import Randomness
import Tensors
import XCTest

final class JointEmbeddingTests: XCTestCase {
    /// Every patch is shown in some step and asked for in some, the last row and column as often as the first.
    func testMasksCoverEveryPatch() {
        var generator = SeededGenerator(seed: 1), shown = [Int](repeating: 0, count: 64), asked = shown
        for _ in 0 ..< 300 {
            let masks = BlockMasks(frames: 4, side: 8, using: &generator)
            let count = masks.context[0].count, size = masks.targets[0][0].count
            XCTAssertTrue((9 ... 16).contains(size), "15 to 20 % of 64 patches, its sides rounded: \(size)")
            for f in 0 ..< 4 {
                XCTAssertEqual(masks.context[f].count, count)
                XCTAssertEqual(Set(masks.context[f]).count, count)
                for block in masks.targets {
                    XCTAssertEqual(block[f].count, size)
                    XCTAssertTrue(Set(block[f]).isDisjoint(with: masks.context[f]), "what is asked for is not shown")
                    for p in block[f] { asked[p] += 1 }
                }
                for p in masks.context[f] { shown[p] += 1 }
            }
        }
        XCTAssertTrue(shown.allSatisfy { $0 > 0 } && asked.allSatisfy { $0 > 0 }, "\(shown) \(asked)")
        func rows(_ counts: [Int]) -> [Int] { (0 ..< 8).map { counts[$0 * 8 ..< $0 * 8 + 8].reduce(0, +) } }
        for counts in [shown, asked] {
            let ratio = Double(rows(counts)[7]) / Double(rows(counts)[0])
            XCTAssertTrue((0.75 ... 1.33).contains(ratio), "the bottom row against the top row: \(ratio)")
        }
    }

    func testPatchesOutsideTheMaskDoNotExist() {
        let model = microModel(.masks), pairs = movingSquares(2), kept = Array(repeating: [0, 1, 5, 10], count: 4)
        let before = model.encoder(pairs.frames, keeping: kept).values
        let changed = Tensor(pairs.frames.values, shape: pairs.frames.shape)
        // the last row of patches
        for f in 0 ..< 4 { for y in 12 ..< 16 { for i in 0 ..< 48 { changed.pointer[(f * 16 + y) * 48 + i] = 0.5 } } }
        XCTAssertEqual(model.encoder(changed, keeping: kept).values, before)
        XCTAssertNotEqual(model.encoder(changed).values, model.encoder(pairs.frames).values)
    }

    /// An encoder that looks over a clip would leak the future into the past.
    func testAFrameKnowsNothingOfOtherFrames() {
        for objective in Objective.allCases {
            let model = microModel(objective), pairs = movingSquares(1), first = pairs.frames.sliced(axis: 1, 0 ..< 1)
            let alone = model.vectors(of: first).values, both = model.vectors(of: pairs.frames).values
            XCTAssertEqual(Array(both[..<alone.count]), alone, objective.rawValue)
            let (a, b) = (model.coarseFeatures(of: first).values, model.coarseFeatures(of: pairs.frames).values)
            XCTAssertEqual(Array(b[..<a.count]), a)
        }
    }

    func testTheTeacherFollowsAndIsNotTrained() {
        let model = microModel(.masks)
        XCTAssertTrue(model.parameters.allSatisfy { !$0.name.hasPrefix("teacher") })
        let student = model.encoder.tensors[0].tensor, teacher = model.teacher!.tensors[0].tensor
        XCTAssertEqual(student.values, teacher.values, "they begin as one")
        student.pointer[0] += 1
        let old = teacher.pointer[0]
        model.updateTeacher(progress: 0)
        XCTAssertEqual(teacher.pointer[0], old + 0.01, accuracy: 1e-5)
        model.updateTeacher(progress: 1)
        XCTAssertEqual(teacher.pointer[0], old + 0.01, accuracy: 1e-5, "at the end it stands still")
    }

    private func train(_ model: JointEmbedding, steps: Int, on pairs: FramePairs, rate: Float = 5e-3) -> [Float] {
        let optimizer = AdamW(model.parameters)
        var generator = SeededGenerator(seed: 3)
        return (0 ..< steps).map { step in
            let loss = model.loss(pairs, using: &generator).total
            loss.backward()
            optimizer.step(learningRate: rate)
            model.updateTeacher(progress: Float(step) / Float(steps))
            return loss.item
        }
    }

    func testEachLossFallsOnOneBatch() {
        let pairs = movingSquares(24)
        for objective in Objective.allCases {
            let losses = train(microModel(objective), steps: 60, on: pairs)
            // A normal distribution of 24 samples leaves a loss of its own; masks and distortions are drawn anew each time.
            let (first, last) = (losses[..<5].reduce(0, +), losses.suffix(5).reduce(0, +))
            XCTAssertLessThan(
                last, first * (objective.needsActions || objective == .labels ? 0.75 : 0.95), "\(objective): \(first) \(last)")
        }
    }

    func testNaiveCollapsesAndTheCuresDoNot() {
        let pairs = movingSquares(48), other = movingSquares(48, seed: 9)
        func spread(_ objective: Objective) -> (Double, Double) {
            let model = microModel(objective), before = model.meter(other).spread
            _ = train(model, steps: 80, on: pairs)
            return (before, model.meter(other).spread)
        }
        let naive = spread(.naive)
        XCTAssertLessThan(naive.1, naive.0 * 0.4)
        for cure in [Objective.variance, .sigreg] { XCTAssertGreaterThan(spread(cure).1, 0.5, cure.rawValue) }
    }

    /// The action must matter: with actions of other pairs, the prediction is worse.
    func testWrongActionsRaiseTheError() {
        let pairs = movingSquares(64), model = microModel(.sigreg)
        _ = train(model, steps: 150, on: pairs)
        func error(_ actions: [Int]) -> Double { model.meter(FramePairs(frames: pairs.frames, actions: actions)).copyRatio! }
        let right = error(pairs.actions!), shifted = error(pairs.actions!.map { ($0 + 1) % 5 })
        XCTAssertLessThan(right, 1, "better than nothing moved")
        XCTAssertGreaterThan(shifted, 1.3 * right)
    }

    func testDistortions() {
        var generator = SeededGenerator(seed: 2)
        let pairs = movingSquares(3), frame = Tensor(pairs.frames.values, shape: pairs.frames.shape)
        Distortion().apply(to: frame.pointer, height: 16, width: 16)
        assertEqual(frame, pairs.frames, within: 1e-6, "no knob turned, nothing changed")
        let (a, b) = (Distortion(using: &generator, isBlurred: true), Distortion(using: &generator, isBlurred: false))
        XCTAssertEqual(
            a.action(to: b),
            [b.brightness - a.brightness, b.contrast - a.contrast, b.saturation - a.saturation, b.warmth - a.warmth, a.blur])
        XCTAssertEqual(b.blur, 0)
        let (changed, actions) = Distortion.pairs(of: pairs.frames, using: &generator)
        XCTAssertEqual(actions.shape, [3, 5])
        XCTAssertTrue(changed.values.allSatisfy { (0 ... 1).contains($0) })
    }

    func testConfigurationsThatDoNotFit() {
        func refuses(_ change: (inout JointEmbeddingConfiguration) -> Void) {
            var c = JointEmbeddingConfiguration.standard
            change(&c)
            XCTAssertThrowsError(try c.check())
        }
        XCTAssertNoThrow(try JointEmbeddingConfiguration.standard.check())
        XCTAssertNoThrow(try JointEmbeddingConfiguration.tiny.check())
        refuses { $0.patchSize = 7 }
        refuses { $0.heads = 5 }
        refuses { $0.blocks = 0 }
        refuses { $0.gaussianWeight = -1 }
        refuses { $0.teacherMomentum = 2 }
        refuses { $0.embeddingDimensions = 1 << 40 }
    }
}
