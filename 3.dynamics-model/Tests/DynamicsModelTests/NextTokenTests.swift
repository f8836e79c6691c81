// NextTokenTests.swift - in raster order, does a place hear what was written before it and nothing behind it, and is a frame written as was
// learned?

@testable import DynamicsModel
import Randomness
import Tensors
import VideoTokenizer
import WorldModels
import XCTest

final class NextTokenTests: XCTestCase {
    private let model = micro(order: "raster"), B = 2

    private func sample() -> (tokens: [Int], draw: MaskDraw, actions: [Int]) {
        var c = model.configuration, generator = SeededGenerator(seed: 5)
        c.corruption = 0
        let tokens = (0 ..< B * c.frames * c.patches).map { _ in generator.integer(below: c.vocabulary) }
        let actions = (0 ..< B * (c.frames - 1)).map { _ in generator.integer(below: c.actions) }
        return (tokens, MaskDraw(tokens, batch: B, c, using: &generator), actions)
    }

    private func logits(_ draw: MaskDraw, guessed: [Int], _ actions: [Int]) -> [[Float]] {
        rows(Tensor.withoutGradients { model.logits(read: draw.read, guessed: guessed, actions: actions, batch: B) })
    }

    func testEachPlaceShowsTheTokenBeforeItAndIsAsked() {
        let (tokens, draw, _) = sample(), (T, N) = (model.configuration.frames, model.configuration.patches)
        let clips = ClipGrid(tokens, clips: B, size: N)
        XCTAssertEqual(draw.read, clips[frames: 0 ..< T - 1])
        XCTAssertEqual(draw.targets, clips[frames: 1 ..< T])
        for (i, token) in draw.guessed.enumerated() {
            XCTAssertEqual(token, i % N == 0 ? model.configuration.maskToken : draw.targets[i - 1])
        }
    }

    func testATokenIsHeardBehindItInItsOwnFrameOnly() {
        let (_, draw, actions) = sample(), c = model.configuration, before = logits(draw, guessed: draw.guessed, actions)
        for place in 1 ..< c.patches {
            var guessed = draw.guessed
            let changed = c.patches + place                      // in the second guessed frame of the first clip
            guessed[changed] = (guessed[changed] + 1) % c.vocabulary
            let after = logits(draw, guessed: guessed, actions)
            for i in before.indices {
                XCTAssertEqual(before[i] != after[i], i / c.patches == 1 && i % c.patches >= place, "token \(place), place \(i)")
            }
        }
    }

    /// A frame is written with what was remembered, one place after the other; one training pass over what came out says the same of each
    /// place.
    func testWrittenEqualsTraining() {
        let (_, draw, actions) = sample(), c = model.configuration, (T, N) = (c.frames, c.patches)
        let codebook = microWorld().codebook
        var random = SeededGenerator(seed: 3)
        let expectations = Tensor.normal([B, T - 1, N, 2], standardDeviation: 0.5, using: &random)
        for (temperature, expects, words) in [(Float(0), false, nil), (1, false, nil), (1, true, nil), (1, true, microWords)] {
            let model = micro(order: "raster", expects: expects, words: words), expected = expects ? expectations : nil
            // Silence above the frames that are read, and something above the one that is written.
            let quiet = (1 ..< T).flatMap { _ in model.row(of: nil) }, said = (0 ..< B).flatMap { _ in quiet + model.row(of: "left") }
            let read = (0 ..< B).flatMap { _ in quiet }
            var past = model.emptyMemory, generator = SeededGenerator(seed: 2), guessed = draw.guessed
            let clips = (0 ..< B).map { Array(actions[$0 * (T - 1) ..< ($0 + 1) * (T - 1)]) }
            let led = clips.flatMap { own -> [Int?] in [nil] + own.dropLast() }
            model.read(draw.read, actions: led, words: read, batch: B, into: &past)
            func last(_ b: Int) -> Range<Int> { (b + 1) * (T - 1) * N - N ..< (b + 1) * (T - 1) * N }
            let before = (0 ..< B).flatMap { Array(draw.read[last($0)]) }
            let frames = model.sample(
                clips.map { $0.last! }, after: past, last: before, expected: expected?.sliced(axis: 1, T - 2 ..< T - 1), codebook: codebook,
                Sampling(temperature: temperature, words: "left"), using: &generator)
            for b in 0 ..< B { guessed.replaceSubrange(last(b), with: [c.maskToken] + frames.tokens[b * N ..< (b + 1) * N - 1]) }
            let places = (0 ..< B).flatMap { Array(last($0)) }
            let logits = Tensor.withoutGradients {
                model.logits(read: draw.read, guessed: guessed, actions: actions, expected: expected, words: said, batch: B)
                    .rows(at: places)
            }
            let probabilities = logits.softmax(), sure = probabilities.gathered(frames.tokens).values
            for (x, y) in zip(frames.confidences, sure) { XCTAssertEqual(x, y, accuracy: 1e-5) }
            if temperature == 0 { XCTAssertEqual(frames.tokens, model.middle(of: probabilities)) }
            let drawn = temperature == 0 ? probabilities.matmul(codebook) : codebook.rows(at: frames.tokens)
            for (x, y) in zip(frames.latents.values, drawn.values) { XCTAssertEqual(x, y, accuracy: 1e-5) }
        }
    }

    func testLossFallsOnOneBatch() {
        let (_, draw, actions) = sample()
        assertLossFalls(micro(seed: 2, order: "raster"), draw, actions, batch: B)
    }
}
