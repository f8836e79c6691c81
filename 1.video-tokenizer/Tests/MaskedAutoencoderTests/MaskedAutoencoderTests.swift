// MaskedAutoencoderTests.swift - does it compute what PyTorch says, and does nobody hear what they must not?

import CommandTesting
import Foundation
import GoldenTesting
import Layers
@testable import MaskedAutoencoder
import Randomness
import Tensors
import XCTest

final class MaskedAutoencoderTests: XCTestCase {
    /// 16 patches of 4×4 pixels, 4 latents of 3 numbers, 3 frames: the configuration of the goldens.
    private static let micro: MaskedAutoencoderConfiguration = {
        var c = MaskedAutoencoderConfiguration()
        (c.imageSize, c.frames, c.patchSize, c.latents, c.latentDimensions) = (16, 3, 4, 4, 3)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.encoderBlocks, c.decoderBlocks) = (16, 2, 24, 2, 2)
        return c
    }()

    private func micro(_ change: (inout MaskedAutoencoderConfiguration) -> Void = { _ in }) -> MaskedAutoencoder {
        var generator = SeededGenerator(seed: 1), c = Self.micro
        change(&c)
        return MaskedAutoencoder(c, using: &generator)
    }

    private func noise(_ batch: Int, _ frames: Int, seed: UInt64 = 5) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor.uniform([batch, frames, 16, 16, 3], 0, 1, using: &generator)
    }

    func testLatentsPicturesLossesAndGradientsArePyTorchs() throws {
        let model = micro(), golden = try Golden("masked-autoencoder", in: .module)
        try golden.fill(model)
        let frames = try golden.tensor("input"), mask = try golden.tensor("mask"), latents = model.encode(frames, mask: mask)
        assertEqual(latents, try golden.tensor("latents"), within: 1e-5, "latents")
        assertEqual(model.decode(latents), try golden.tensor("reconstruction"), within: 1e-5, "reconstruction")
        model.colorScale.meanSquare.pointer[0] = 0.5 * 0.5
        model.edgeScale.meanSquare.pointer[0] = 0.25 * 0.25
        let loss = model.loss(frames, mask: mask)
        XCTAssertEqual(loss.color, try golden.tensor("color").item, accuracy: 1e-5)
        XCTAssertEqual(loss.edges, try golden.tensor("edges").item, accuracy: 1e-5)
        assertEqual(loss.total, try golden.tensor("loss"), within: 1e-5, "loss")
        loss.total.backward()
        try golden.assertGradients(of: model, within: 1e-4)
    }

    func testNoFrameSeesTheFuture() {
        let model = micro(), frames = noise(1, 3), changed = frames.stopGradient() + 0
        for i in 2 * 768 ..< 3 * 768 { changed.pointer[i] = 1 - changed.pointer[i] }
        let (a, b) = (model.encode(frames), model.encode(changed))
        XCTAssertEqual(a.sliced(axis: 1, 0 ..< 2).values, b.sliced(axis: 1, 0 ..< 2).values, "latents")
        XCTAssertNotEqual(a.values, b.values)
        XCTAssertEqual(model.decode(a).sliced(axis: 1, 0 ..< 2).values, model.decode(b).sliced(axis: 1, 0 ..< 2).values, "pictures")
    }

    func testTheSecondFrameHearsTheFirst() {
        let model = micro(), frames = noise(1, 2), other = noise(1, 2, seed: 6)
        let changed = Tensor.concatenated([other.sliced(axis: 1, 0 ..< 1), frames.sliced(axis: 1, 1 ..< 2)], axis: 1)
        let (a, b) = (model.encode(frames), model.encode(changed))
        XCTAssertNotEqual(a.sliced(axis: 1, 1 ..< 2).values, b.sliced(axis: 1, 1 ..< 2).values)
    }

    func testHiddenPatchesAreNotSeen() {
        let model = micro(), frames = noise(1, 1), mask = Tensor(repeating: 0, shape: [1, 1, 16, 1]), changed = frames + 0
        for patch in [0, 1, 4, 5] { mask.pointer[patch] = 1 }
        for y in 0 ..< 8 { for i in 0 ..< 8 * 3 { changed.pointer[y * 48 + i] = 0.5 } }     // the pixels of those four
        XCTAssertEqual(model.encode(frames, mask: mask).values, model.encode(changed, mask: mask).values)
        XCTAssertNotEqual(model.encode(frames).values, model.encode(changed).values)
    }

    /// Latents hear patches in the encoder only, patches hear latents in the decoder only.
    func testWhoHearsWhom() {
        for (inEncoder, changed, unmoved) in [(true, 0, 4 ..< 20), (false, 10, 0 ..< 4)] {
            var generator = SeededGenerator(seed: 1)
            let c = Self.micro,
                block = FrameBlock(c, places: c.places(withPatches: true), mask: c.hearing(inEncoder: inEncoder), using: &generator)
            let x = Tensor.normal([1, 1, 20, 16], standardDeviation: 1, using: &generator), other = x + 0
            for i in 0 ..< 16 { other.pointer[changed * 16 + i] += 1 }
            let (a, b) = (block(x), block(other))
            XCTAssertEqual(a.sliced(axis: 2, unmoved).values, b.sliced(axis: 2, unmoved).values)
            for token in 0 ..< 20 where !unmoved.contains(token) {
                XCTAssertNotEqual(
                    a.sliced(axis: 2, token ..< token + 1).values, b.sliced(axis: 2, token ..< token + 1).values, "token \(token)")
            }
            XCTAssertEqual(block(x, keeping: 2 ..< 7).values, a.sliced(axis: 2, 2 ..< 7).values)
        }
    }

    func testFrameByFrameDrawsTheSamePictures() {
        let model = micro(), latents = Tensor.withoutGradients { model.encode(noise(2, 3)) }
        let whole = model.decode(latents)
        var memory = model.emptyMemory
        let first = model.decode(latents.sliced(axis: 1, 0 ..< 2), after: &memory),
            last = model.decode(latents.sliced(axis: 1, 2 ..< 3), after: &memory)
        XCTAssertEqual(memory.frames, 3)
        assertEqual(.concatenated([first, last], axis: 1), whole, within: 1e-5, "pictures")
    }

    func testLatentsHavePlaces() {
        var c = MaskedAutoencoderConfiguration()
        XCTAssertEqual(c.latentGrid.rows, 4)
        c.latents = 8
        XCTAssertTrue(c.latentGrid == (2, 4))
        XCTAssertNoThrow(try c.check())
        c.latents = 7
        XCTAssertThrowsError(try c.check(), "seven do not share 8×8 patches evenly")
        // Patches 0 and 1 of the first two rows of four belong to the first of four latents.
        let numbered = Tensor((0 ..< 16).map { Float($0) }, shape: [1, 1, 16, 1]), micro = Self.micro
        XCTAssertEqual(micro.shares(of: numbered).values.prefix(8), [0, 1, 4, 5, 2, 3, 6, 7])
        XCTAssertEqual(micro.patches(of: micro.shares(of: numbered)).values, numbered.values)
    }

    func testEachFrameHidesAShareOfItsOwn() {
        var generator = SeededGenerator(seed: 4)
        let mask = patchMask(clips: 40, frames: 5, patches: 64, most: 0.9, using: &generator)
        let shares = (0 ..< 200).map { frame in (0 ..< 64).reduce(0) { $0 + mask.pointer[frame * 64 + $1] } / 64 }
        XCTAssertEqual(shares.reduce(0, +) / 200, 0.45, accuracy: 0.05)
        XCTAssertLessThan(shares.min()!, 0.1)
        XCTAssertGreaterThan(shares.max()!, 0.8)
        XCTAssertFalse(patchMask(clips: 2, frames: 2, patches: 64, most: 0, using: &generator).values.contains(1))
    }

    func testLossFallsOnOneBatch() {
        let model = micro(), frames = noise(2, 3) * 0.2, (muon, adamW) = blockOptimizers(of: model.parameters)
        var colors: [Float] = []
        for _ in 0 ..< 60 {
            let loss = model.loss(frames, mask: nil)
            loss.total.backward()
            colors.append(loss.color)
            adamW.step(learningRate: 3e-3)
            muon.step(learningRate: 1e-2)
        }
        XCTAssertLessThan(colors.last!, colors[0] / 10)
    }

    // MARK: Losses

    func testRunningScaleByHand() {
        let scale = RunningScale(decay: 0.5)
        XCTAssertEqual(scale(Tensor(4)).item, 1, "the first loss is its own measure")
        // mean square ½·16 + ½·4 = 10
        XCTAssertEqual(scale(Tensor(2)).item, 2 / Float(10).squareRoot(), accuracy: 1e-6)
        XCTAssertTrue(scale.parameters.isEmpty, "it is kept, not trained")
    }

    func testEdgeErrorByHand() {
        // A 2×2 frame of gray: the error is 0.3 in one corner. Of 2 differences across one is 0.3, and of 2 down one: 0.15 + 0.15.
        let truth = Tensor(repeating: 0.5, shape: [1, 1, 2, 2, 3]), frame = truth + 0
        for i in 0 ..< 3 { frame.pointer[i] += 0.3 }
        XCTAssertEqual(edgeError(frame, truth).item, 0.3, accuracy: 1e-6)
        XCTAssertEqual(edgeError(truth + 0.2, truth).item, 0, accuracy: 1e-6, "brightness alone is no edge")
    }

    func testEdgeErrorHasItsGradient() {
        var generator = SeededGenerator(seed: 2)
        let truth = Tensor.uniform([1, 1, 4, 4, 3], 0, 1, using: &generator),
            x = Tensor.uniform([1, 1, 4, 4, 3], 0, 1, using: &generator).asParameter()
        edgeError(x, truth).backward()
        let gradient = x.gradient!.values
        for i in stride(from: 0, to: x.count, by: 5) {
            let before = x.pointer[i], h: Float = 1e-3
            x.pointer[i] = before + h
            let above = Tensor.withoutGradients { edgeError(x, truth).item }
            x.pointer[i] = before - h
            let below = Tensor.withoutGradients { edgeError(x, truth).item }
            x.pointer[i] = before
            XCTAssertEqual(gradient[i], (above - below) / (2 * h), accuracy: 2e-3)
        }
    }
}
