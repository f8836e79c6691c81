// CausalTokenizerTests.swift - when frames share a row of tokens, does a row still know of no frame after its own?

import FrameCoding
import GoldenTesting
import Layers
import Randomness
import Tensors
import Training
@testable import VideoTokenizer
import XCTest

final class CausalTokenizerTests: XCTestCase {
    func testTubeletsAndFramesAreEachOthersInverse() {
        let video = noise(2, 7)
        for (r, rows) in [(1, 7), (2, 4), (3, 3), (6, 2)] {
            let cut = tubelets(of: video, length: r, size: 4)
            XCTAssertEqual(cut.shape, [2, rows, 16, r * 48])
            assertEqual(frames(of: cut, length: r, size: 4, isStart: true), video, within: 1e-6, "\(r) frames a row")
        }
        // A row holds one frame after the other; the first holds the first frame as often.
        let cut = tubelets(of: video, length: 2, size: 4), patches = patches(of: video, size: 4)
        func patch(_ x: Tensor, _ row: Int, _ range: Range<Int>) -> [Float] {
            x.sliced(axis: 0, 0 ..< 1).sliced(axis: 1, row ..< row + 1).sliced(axis: 2, 5 ..< 6).sliced(axis: 3, range).values
        }
        for (row, part, frame) in [(0, 0, 0), (0, 1, 0), (1, 0, 1), (1, 1, 2), (3, 1, 6)] {
            XCTAssertEqual(patch(cut, row, part * 48 ..< part * 48 + 48), patch(patches, frame, 0 ..< 48), "row \(row), part \(part)")
        }
    }

    /// A frame is felt in its own row and in later ones; what a row says is drawn in its own frames and in later ones.
    func testNobodySeesTheFuture() {
        let tokenizer = microTokenizer(temporalCompression: 2), video = noise(1, 5), before = tokenizer.encode(video)
        XCTAssertEqual(before.shape, [1, 3, 16, 4])
        func row(_ x: Tensor, _ i: Int) -> [Float] { x.sliced(axis: 1, i ..< i + 1).values }
        for t in 0 ..< 5 {
            let changed = Tensor.concatenated(
                (0 ..< 5).map { $0 == t ? 1 - video.sliced(axis: 1, $0 ..< $0 + 1) : video.sliced(axis: 1, $0 ..< $0 + 1) }, axis: 1)
            let after = tokenizer.encode(changed)
            for i in 0 ..< 3 { XCTAssertEqual(row(after, i) != row(before, i), i >= (t + 1) / 2, "frame \(t), row \(i)") }
        }
        let drawn = tokenizer.decode(before)
        for i in 0 ..< 3 {
            let changed = Tensor.concatenated(
                (0 ..< 3).map { $0 == i ? before.sliced(axis: 1, $0 ..< $0 + 1) * -1 : before.sliced(axis: 1, $0 ..< $0 + 1) }, axis: 1)
            let after = tokenizer.decode(changed)
            for t in 0 ..< 5 { XCTAssertEqual(row(after, t) != row(drawn, t), (t + 1) / 2 >= i, "row \(i), frame \(t)") }
        }
    }

    func testAPictureIsAVideoOfOneFrame() {
        let tokenizer = microTokenizer(temporalCompression: 2), video = noise(2, 5)
        let alone = tokenizer.encode(video.sliced(axis: 1, 0 ..< 1))
        assertEqual(alone, tokenizer.encode(video).sliced(axis: 1, 0 ..< 1), within: 1e-5, "the first row")
        XCTAssertEqual(tokenizer.decode(alone).shape, [2, 1, 16, 16, 3])
        XCTAssertEqual(tokenizer.tokens(of: video).count, 2 * 3 * 16)
        XCTAssertEqual(tokenizer.frames(of: tokenizer.tokens(of: video), batch: 2).shape, video.shape)
    }

    func testRowByRowIsAllAtOnce() {
        let tokenizer = microTokenizer(temporalCompression: 2), latents = tokenizer.latents(of: noise(2, 5))
        var memory = tokenizer.emptyMemory
        let parts = (0 ..< 3).map { tokenizer.decode(latents.sliced(axis: 1, $0 ..< $0 + 1), after: &memory) }
        XCTAssertEqual(parts.map { $0.size(1) }, [1, 2, 2])
        assertEqual(.concatenated(parts, axis: 1), tokenizer.decode(latents), within: 1e-5, "with what was remembered")
    }

    func testLossFallsOnOneBatch() {
        let tokenizer = microTokenizer(temporalCompression: 2)
        var generator = SeededGenerator(seed: 4)
        let video = movingSquares(4, 5, using: &generator), optimizer = AdamW(tokenizer.parameters)
        let losses = (0 ..< 80).map { _ in
            let loss = tokenizer(video, isTraining: true).frames.meanSquaredError(video)
            loss.backward()
            clipGradients(of: tokenizer.parameters, to: 1)
            optimizer.step(learningRate: 1e-2)
            return loss.item
        }
        XCTAssertLessThan(losses.last!, losses[0] / 5, "\(losses[0]) ... \(losses.last!)")
    }

    func testFramesMustFillTheirRows() {
        var c = TokenizerConfiguration.micro
        (c.temporalCompression, c.frames) = (2, 5)
        XCTAssertNoThrow(try c.check())
        XCTAssertEqual(c.latentFrames(of: 5), 3)
        XCTAssertEqual(c.bitsPerFrame, TokenizerConfiguration.micro.bitsPerFrame * 3 / 5, accuracy: 1e-9)
        c.frames = 4
        XCTAssertThrowsError(try c.check()) { XCTAssertTrue("\($0)".contains("4 frames are not one, and then so many times 2"), "\($0)") }
    }
}
