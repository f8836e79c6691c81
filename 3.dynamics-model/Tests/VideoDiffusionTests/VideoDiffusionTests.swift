// VideoDiffusionTests.swift - is it the network of the papers, does every frame hear every other, and does it listen to what is said?

import Foundation
import GoldenTesting
import JetBot
import Layers
import Randomness
import Tensors
@testable import VideoDiffusion
import XCTest

final class VideoDiffusionTests: XCTestCase {
    private func micro(_ change: (inout VideoDiffusionConfiguration) -> Void = { _ in }) -> VideoDiffusion {
        var c = VideoDiffusionConfiguration(), generator = SeededGenerator(seed: 1)
        (c.rows, c.columns, c.latentDimensions, c.parts, c.frames, c.textDimensions, c.actions) = (2, 2, 3, 2, 4, 6, 3)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 2, 24, 2)
        change(&c)
        return VideoDiffusion(c, using: &generator)
    }

    private func normal(_ shape: [Int], seed: UInt64) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor.normal(shape, standardDeviation: 1, using: &generator)
    }

    /// EDM's loss in its own words, and ours; samples with guidance, pass by pass: frames after a known one, and parts beside known ones.
    func testGoldens() throws {
        let golden = try Golden("micro", in: .module), model = micro(), x = try golden.tensor("x")
        try golden.fill(model)
        let told = Told(text: try golden.tensor("text"), led: [nil, 0, 1, 2, nil, 2, 2, 0, nil, 1, nil, 0])
        let sigma = try golden.floats("sigma"), asked: [Float] = sigma.map { $0 > 0.05 ? 1 : 0 }
        let loss = model.loss(x, noisy: try golden.tensor("noisy"), told: told, sigma: sigma, asked: asked)
        assertEqual(loss, try golden.tensor("loss"), within: 1e-5, "loss")
        loss.backward()
        try golden.assertGradients(of: model, within: 1e-4)
        let end: [Int?] = [nil, nil, 0, 0, 1, 1, 2, 2], parts: [Int?] = (0 ..< 4).flatMap { _ in [nil, 0] }
        for (name, turns, delay) in [("together", end, 0), ("staircase", end, 1), ("in_turn", end, 3), ("parts", parts, 0)] {
            let sample = Tensor.withoutGradients {
                model.sample(x, turns: turns, told: told, from: try! golden.tensor("start"), steps: 3, delay: delay, guidance: 2)
            }
            assertEqual(sample, try golden.tensor(name), within: 2e-4, "drawn: \(name)")
        }
    }

    /// c_skip·y is the best guess of whoever knows nothing but that the data are normal draws: the network begins there.
    func testTheUntrainedNetworkKnowsOnlyTheNoise() {
        let model = micro(), y = normal([2, 4, 4, 6], seed: 2), told = Told(text: normal([2, 6], seed: 4))
        let d = model.denoised(y, sigma: Array(repeating: 2, count: 16), told: told)
        assertEqual(d, y * (1 / 5), within: 1e-6, "y·σ_data² / (σ² + σ_data²)")
    }

    /// What the last frame is to show decides what the first must begin: no frame is hidden from another, before or after it.
    func testEveryFrameHearsEveryOther() throws {
        let model = micro(), frame = 4 * 6
        try Golden("micro", in: .module).fill(model)
        let y = normal([1, 4, 4, 6], seed: 2), told = Told(text: normal([1, 6], seed: 4)), sigma = Array(repeating: Float(1), count: 8)
        let before = model.denoised(y, sigma: sigma, told: told)
        for changed in 0 ..< 4 {
            let other = Tensor(y.values, shape: y.shape)
            for i in 0 ..< frame { other.pointer[changed * frame + i] += 1 }
            let after = model.denoised(other, sigma: sigma, told: told)
            for t in 0 ..< 4 {
                let range = t * frame ..< (t + 1) * frame
                XCTAssertNotEqual(Array(before.values[range]), Array(after.values[range]), "frame \(t) has not heard frame \(changed)")
            }
        }
    }

    /// What is known is not changed, and its error is nobody's: only what is drawn is asked for.
    func testWhatIsKnownStays() throws {
        let model = micro()
        try Golden("micro", in: .module).fill(model)
        let x = normal([2, 4, 4, 6], seed: 2), told = Told(led: Array(repeating: 1, count: 8))
        let turns: [Int?] = [nil, nil, nil, 0, 0, nil, 0, 0]
        var generator = SeededGenerator(seed: 3)
        let drawn = model.sample(x, turns: turns, told: told, steps: 2, using: &generator)
        for i in 0 ..< x.count {
            let isKnown = turns[i / 24 % 4 * 2 + i % 6 / 3] == nil
            XCTAssertEqual(x.values[i] == drawn.values[i], isKnown, "number \(i)")
        }
        let asked: [Float] = (0 ..< 2).flatMap { _ in turns.map { $0 == nil ? 0 : 1 } }, sigma = asked.map { 0.05 + $0 }
        let noisy = x + normal(x.shape, seed: 4), loss = model.loss(x, noisy: noisy, told: told, sigma: sigma, asked: asked).item
        let other = Tensor(x.values, shape: x.shape)
        for i in 0 ..< x.count where turns[i / 24 % 4 * 2 + i % 6 / 3] == nil { other.pointer[i] += 1 }
        XCTAssertEqual(model.loss(other, noisy: noisy, told: told, sigma: sigma, asked: asked).item, loss, accuracy: 1e-5)
    }

    /// A wall that is drawn twice as far as it is, and turned by ten degrees; the floor does not count, however wrong it is.
    func testErrorsOfSurfacesAreOfWhatIsNotFloor() {
        var truth = Surfaces(width: 2, height: 1), errors = SurfaceErrors()
        (truth.depth, truth.normals) = ([1, 1], [SIMD3(-1, 0, 0), SIMD3(0, 0, 1)])
        let angle = 10 * Float.pi / 180
        errors.add(([2, 9], [SIMD3(-cos(angle), sin(angle), 0), SIMD3(1, 0, 0)]), truth: truth)
        XCTAssertEqual(errors.relative, 1, accuracy: 1e-6)
        XCTAssertEqual(errors.near, 0)
        XCTAssertEqual(errors.degrees, 10, accuracy: 1e-3)
        XCTAssertEqual(errors.aligned, 1)
        errors.add((truth.depth, truth.normals), truth: truth)
        XCTAssertEqual(errors.relative, 0.5, accuracy: 1e-6)
        XCTAssertEqual(errors.degrees, 5, accuracy: 1e-3)
    }

    /// Two videos begin alike, and one of two words says how they end. It must learn which word is which, and guidance must listen more.
    func testItDrawsWhatItIsTold() {
        let model = micro { ($0.noiseMean, $0.unheard, $0.parts, $0.actions) = (1, 0.2, 1, 0) }
        var generator = SeededGenerator(seed: 5)
        let (muon, adamW) = blockOptimizers(of: model.parameters)
        func batch(_ count: Int) -> (z: Tensor, text: Tensor, signs: [Float]) {
            let signs = (0 ..< count).map { _ in generator.uniform() < 0.5 ? Float(-1) : 1 }
            let z = Tensor(repeating: 0, shape: [count, 4, 4, 3]), text = Tensor(repeating: 0, shape: [count, 6])
            for (b, sign) in signs.enumerated() {
                for t in 0 ..< 4 { for i in 0 ..< 12 { z.pointer[(b * 4 + t) * 12 + i] = Float(t) / 3 * sign } }  // from 0 to ±1
                text.pointer[b * 6 + (sign > 0 ? 0 : 1)] = 1
            }
            return (z, text, signs)
        }
        for _ in 0 ..< 250 {
            let (z, text, _) = batch(16)
            model.loss(z, told: Told(text: text), using: &generator).backward()
            _ = clipGradients(of: model.parameters, to: 1)
            adamW.step(learningRate: 5e-3)
            muon.step(learningRate: 1e-2)
        }
        let (z, text, signs) = batch(32)
        /// How far the last frame has gone to the side that its word names: 1 is all the way.
        func told(_ text: Tensor, guidance: Float) -> Float {
            var generator = SeededGenerator(seed: 6)
            let drawn = model.sample(z, turns: [nil, 0, 0, 0], told: Told(text: text), steps: 6, guidance: guidance, using: &generator)
            return signs.indices.map { b in
                signs[b] * drawn.values[(b * 4 + 3) * 12 ..< (b + 1) * 48].reduce(0, +) / 12
            }.reduce(0, +) / Float(signs.count)
        }
        let fair = told(text, guidance: 1), silent = told(text * 0, guidance: 1)
        XCTAssertGreaterThan(fair, 0.7)
        XCTAssertLessThan(abs(silent), 0.5, "without a word both sides are as likely")
        let others = text.rows(at: signs.indices.map { ($0 + 1) % signs.count })
        XCTAssertLessThan(told(others, guidance: 1), fair - 0.3, "the words of other videos")
        XCTAssertGreaterThan(told(text, guidance: 2), fair)
    }
}
