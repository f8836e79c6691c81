// VideoDiffusionTests.swift - is it the network of the papers, does every frame hear every other, and does it listen to what is said?

import GoldenTesting
import Layers
import Randomness
import Tensors
@testable import VideoDiffusion
import XCTest

final class VideoDiffusionTests: XCTestCase {
    private func micro(_ change: (inout VideoDiffusionConfiguration) -> Void = { _ in }) -> VideoDiffusion {
        var c = VideoDiffusionConfiguration(), generator = SeededGenerator(seed: 1)
        (c.rows, c.columns, c.latentDimensions, c.frames, c.textDimensions) = (2, 2, 3, 4, 6)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 2, 24, 2)
        change(&c)
        return VideoDiffusion(c, using: &generator)
    }

    private func normal(_ shape: [Int], seed: UInt64) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor.normal(shape, standardDeviation: 1, using: &generator)
    }

    /// EDM's loss in its own words, and ours; a sample with guidance, pass by pass.
    func testGoldens() throws {
        let golden = try Golden("micro", in: .module), model = micro()
        try golden.fill(model)
        let (seen, text) = (try golden.tensor("seen"), try golden.tensor("text"))
        let loss = model.loss(
            try golden.tensor("x"), noisy: try golden.tensor("noisy"), sigma: try golden.floats("sigma"), seen: seen, text: text)
        assertEqual(loss, try golden.tensor("loss"), within: 1e-5, "loss")
        loss.backward()
        try golden.assertGradients(of: model, within: 1e-4)
        for (name, delay) in [("together", 0), ("staircase", 1), ("in_turn", 3)] {
            let sample = Tensor.withoutGradients {
                model.sample(after: seen, text: text, from: try! golden.tensor("start"), steps: 3, delay: delay, guidance: 2)
            }
            assertEqual(sample, try golden.tensor(name), within: 1e-4, "frames drawn: \(name)")
        }
    }

    /// c_skip·y is the best guess of whoever knows nothing but that the data are normal draws: the network begins there.
    func testTheUntrainedNetworkKnowsOnlyTheNoise() {
        let model = micro(), y = normal([2, 3, 4, 3], seed: 2)
        let d = model.denoised(y, sigma: [2, 2, 2], seen: normal([2, 1, 4, 3], seed: 3), text: normal([2, 6], seed: 4))
        assertEqual(d, y * (1 / 5), within: 1e-6, "y·σ_data² / (σ² + σ_data²)")
    }

    /// What the last frame is to show decides what the first must begin: no frame is hidden from another, before or after it.
    func testEveryFrameHearsEveryOther() throws {
        let model = micro()
        try Golden("micro", in: .module).fill(model)
        let y = normal([1, 3, 4, 3], seed: 2), seen = normal([1, 1, 4, 3], seed: 3), text = normal([1, 6], seed: 4)
        let before = model.denoised(y, sigma: [1, 1, 1], seen: seen, text: text)
        for changed in 0 ..< 3 {
            let other = Tensor(y.values, shape: y.shape)
            for i in 0 ..< 12 { other.pointer[changed * 12 + i] += 1 }
            let after = model.denoised(other, sigma: [1, 1, 1], seen: seen, text: text)
            for frame in 0 ..< 3 {
                let range = frame * 12 ..< (frame + 1) * 12
                XCTAssertNotEqual(Array(before.values[range]), Array(after.values[range]), "frame \(frame) has not heard frame \(changed)")
            }
        }
    }

    /// Two videos begin alike, and one of two words says how they end. It must learn which word is which, and guidance must listen more.
    func testItDrawsWhatItIsTold() {
        let model = micro { ($0.noiseMean, $0.unheard) = (1, 0.2) }
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
            model.loss(z, text: text, using: &generator).backward()
            _ = clipGradients(of: model.parameters, to: 1)
            adamW.step(learningRate: 5e-3)
            muon.step(learningRate: 1e-2)
        }
        let (z, text, signs) = batch(32), seen = z.sliced(axis: 1, 0 ..< 1)
        /// How far the last frame has gone to the side that its word names: 1 is all the way.
        func told(_ text: Tensor, guidance: Float) -> Float {
            var generator = SeededGenerator(seed: 6)
            let drawn = model.sample(after: seen, text: text, steps: 6, delay: 0, guidance: guidance, using: &generator)
            return signs.indices.map { b in
                signs[b] * drawn.values[(b * 3 + 2) * 12 ..< (b * 3 + 3) * 12].reduce(0, +) / 12
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
