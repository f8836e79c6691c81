// TokenizerTests.swift - what must hold for any weights: nobody sees the future, clips may be short, and it can learn.

import CommandTesting
import GoldenTesting
import Layers
import Randomness
import Tensors
import FrameCoding
@testable import VideoTokenizer
import XCTest

final class TokenizerTests: XCTestCase {
    private func frames(_ video: Tensor, _ range: Range<Int>) -> [Float] { video.sliced(axis: 1, range).values }

    /// Changes `video` from frame `t` on and checks that `model` gives the same bits before `t` and other numbers from there on.
    private func checkCausality(of video: Tensor, _ model: (Tensor) -> Tensor) {
        let length = video.size(1), before = model(video)
        for t in 1 ..< length {
            let changed = Tensor.concatenated([video.sliced(axis: 1, 0 ..< t), 1 - video.sliced(axis: 1, t ..< length)], axis: 1)
            let after = model(changed)
            XCTAssertEqual(frames(after, 0 ..< t), frames(before, 0 ..< t), "frame \(t) reached back into the past")
            for later in t ..< length { XCTAssertNotEqual(frames(after, later ..< later + 1), frames(before, later ..< later + 1)) }
        }
        // The first frame must be felt in the last: else there would be no time in it at all.
        let changed = Tensor.concatenated([1 - video.sliced(axis: 1, 0 ..< 1), video.sliced(axis: 1, 1 ..< length)], axis: 1)
        XCTAssertNotEqual(frames(model(changed), length - 1 ..< length), frames(before, length - 1 ..< length))
    }

    func testEncoderAndDecoderAreCausal() {
        let tokenizer = microTokenizer()
        checkCausality(of: noise(2, 3)) { tokenizer.encode($0) }
        var generator = SeededGenerator(seed: 3)
        checkCausality(of: Tensor.uniform([2, 3, 16, 4], -1, 1, using: &generator)) { tokenizer.decode($0) }
    }

    /// Clips of a batch do not hear each other.
    func testClipsAreIndependent() {
        let tokenizer = microTokenizer(), video = noise(3, 3), together = tokenizer.encode(video)
        assertEqual(
            tokenizer.encode(video.sliced(axis: 0, 1 ..< 2)), together.sliced(axis: 0, 1 ..< 2), within: 1e-5, "alone and in company")
    }

    func testShorterClipsWork() {
        let tokenizer = microTokenizer(), video = noise(2, 3), whole = tokenizer.encode(video)
        for t in [1, 2] {
            let part = tokenizer.encode(video.sliced(axis: 1, 0 ..< t))
            XCTAssertEqual(part.shape, [2, t, 16, 4])
            assertEqual(part, whole.sliced(axis: 1, 0 ..< t), within: 1e-5, "\(t) frames")
        }
    }

    func testDecodingAPrefixIsThePrefixOfDecoding() {
        let tokenizer = microTokenizer(), video = noise(1, 3), tokens = tokenizer.tokens(of: video)
        XCTAssertEqual(tokens.count, 3 * 16)
        let whole = tokenizer.frames(of: tokens, batch: 1)
        XCTAssertEqual(whole.shape, video.shape)
        for t in [1, 2] {
            let part = tokenizer.frames(of: Array(tokens.prefix(t * 16)), batch: 1)
            assertEqual(part, whole.sliced(axis: 1, 0 ..< t), within: 1e-5, "\(t) frames")
        }
    }

    func testTokensAndFramesGoThereAndBackAsOneCallDoes() {
        for quantizer in ["fsq", "vq"] {
            let tokenizer = microTokenizer(quantizer: quantizer), video = noise(2, 3)
            let tokens = tokenizer.tokens(of: video), (reconstruction, quantized) = tokenizer(video, isTraining: false)
            XCTAssertEqual(tokens, quantized.codes)
            assertEqual(tokenizer.frames(of: tokens, batch: 2), reconstruction, within: 1e-5, quantizer)
        }
    }

    func testPatchesAndPixelsAreEachOthersInverse() {
        let video = noise(2, 3)
        for size in [1, 2, 4, 8, 16] {
            let cut = patches(of: video, size: size)
            XCTAssertEqual(cut.shape, [2, 3, (16 / size) * (16 / size), size * size * 3])
            assertEqual(pixels(of: cut, size: size), video, within: 1e-6, "patches of \(size)")
        }
        // The second patch begins with the fifth pixel of the first row.
        XCTAssertEqual(patches(of: video, size: 4).values[48], video.values[4 * 3] * 2 - 1)
    }

    /// A past that becomes longer is in memory once, and a second time only for the block that is at work.
    func testABlockLetsGoOfItsShorterPast() {
        var generator = SeededGenerator(seed: 10)
        let blocks = 16, (batch, side, width) = (4, 4, 8)
        let transformer = SpaceTimeTransformer(
            blocks: blocks, width: width, heads: 1, hidden: width, frames: 8, side: side, using: &generator)
        var past = transformer.emptyMemory
        func read(_ frames: Int) {
            _ = transformer(Tensor(repeating: 0.5, shape: [batch, frames, side * side, width]), after: &past)
        }
        read(4)
        read(1)
        Memory.empty()
        let before = Memory.bytesAllocated
        read(1)
        XCTAssertEqual(past.frames, 6)
        let room = 8 * batch * side * side * 3 * width * 4          // queries, keys and values of eight frames, of one block
        XCTAssertLessThan(Memory.bytesAllocated - before, 4 * room, "of \(blocks) blocks with \(room) bytes each")
    }

    /// One batch, learned by heart: the fall of the loss shows that all parts pull in one direction.
    func testLossFallsOnOneBatch() {
        for quantizer in ["fsq", "vq"] {
            var generator = SeededGenerator(seed: 8)
            let tokenizer = microTokenizer(quantizer: quantizer), video = movingSquares(4, 3, using: &generator),
                optimizer = AdamW(tokenizer.parameters)
            var losses: [Float] = [], bytes: [Int] = []
            for _ in 0 ..< 80 {
                let (reconstruction, quantized) = tokenizer(video, isTraining: true), error = reconstruction.meanSquaredError(video)
                losses.append(error.item)
                (quantized.loss.map { error + $0 } ?? error).backward()
                clipGradients(of: tokenizer.parameters, to: 1)
                optimizer.step(learningRate: 1e-2)
                bytes.append(Memory.bytesAllocated)
            }
            XCTAssertEqual(bytes[1], bytes.last, "memory grew after the second step")
            XCTAssertLessThan(losses.last!, losses[0] / 8, "\(quantizer): \(losses[0]) -> \(losses.last!)")
        }
    }

    /// What training saw is what evaluation gives: most tokens are the same under the running statistics.
    func testTokensAfterTrainingAreThoseOfTraining() {
        var generator = SeededGenerator(seed: 9)
        let tokenizer = microTokenizer(), optimizer = AdamW(tokenizer.parameters)
        for step in 0 ..< 150 {
            let video = movingSquares(32, 3, using: &generator)
            tokenizer(video, isTraining: true).frames.meanSquaredError(video).backward()
            optimizer.step(learningRate: warmUpCosine(step: step, of: 150, peak: 5e-3, warmUp: 10))
        }
        let video = movingSquares(256, 3, using: &generator)
        let evaluated = tokenizer(video, isTraining: false), trained = tokenizer(video, isTraining: true)
        let agreeing = zip(evaluated.quantized.codes, trained.quantized.codes).filter { $0 == $1 }.count
        XCTAssertGreaterThan(agreeing, evaluated.quantized.codes.count / 2)
        XCTAssertLessThan(evaluated.frames.meanSquaredError(video).item, 1.1 * trained.frames.meanSquaredError(video).item)
    }

    /// Tensors and optimizer state are all there is: a run goes on from copies of them bit for bit.
    func testARunGoesOnFromItsTensors() {
        func weights(quantizer: String, resumeAt: Int?) -> [[Float]] {
            var generator = SeededGenerator(seed: 10), tokenizer = microTokenizer(quantizer: quantizer),
                optimizer = AdamW(tokenizer.parameters)
            for step in 0 ..< 8 {
                if step == resumeAt {
                    let (old, oldOptimizer) = (tokenizer, optimizer)
                    tokenizer = microTokenizer(quantizer: quantizer, seed: 77)
                    optimizer = AdamW(tokenizer.parameters)
                    for (new, saved) in zip(tokenizer.tensors + optimizer.state, old.tensors + oldOptimizer.state) {
                        new.tensor.pointer.update(from: saved.tensor.pointer, count: saved.tensor.count)
                    }
                    optimizer.stepCount = oldOptimizer.stepCount
                }
                let video = movingSquares(2, 3, using: &generator), (reconstruction, quantized) = tokenizer(video, isTraining: true)
                let error = reconstruction.meanSquaredError(video)
                (quantized.loss.map { error + $0 } ?? error).backward()
                optimizer.step(learningRate: 1e-2)
            }
            return tokenizer.tensors.map(\.tensor.values)
        }
        for quantizer in ["fsq", "vq"] {
            XCTAssertEqual(weights(quantizer: quantizer, resumeAt: 4), weights(quantizer: quantizer, resumeAt: nil), quantizer)
        }
    }

    func testTheSameSeedGivesTheSameBits() {
        XCTAssertEqual(microTokenizer().encode(noise(1, 3)).values, microTokenizer().encode(noise(1, 3)).values)
        XCTAssertNotEqual(microTokenizer(seed: 2).encode(noise(1, 3)).values, microTokenizer().encode(noise(1, 3)).values)
    }

    func testNamesAreUnique() {
        for quantizer in ["fsq", "vq"] {
            let names = microTokenizer(quantizer: quantizer).tensors.map(\.name)
            XCTAssertEqual(Set(names).count, names.count)
        }
    }
}
