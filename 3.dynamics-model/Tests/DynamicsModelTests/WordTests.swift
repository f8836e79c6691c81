// WordTests.swift - who hears a word that is said of a frame, and is it told what is true?

import Captions
import CommandTesting
@testable import DynamicsModel
import Episodes
import JetBot
import Randomness
import Tensors
import WorldModels
import XCTest

final class WordTests: FolderTestCase {
    private let model = micro(order: "raster", words: microWords), B = 2
    private var c: DynamicsConfiguration { model.configuration }

    private func draw() -> (draw: MaskDraw, actions: [Int]) {
        var c = c, generator = SeededGenerator(seed: 5)
        c.corruption = 0
        let tokens = (0 ..< B * c.frames * c.patches).map { _ in generator.integer(below: c.vocabulary) }
        let actions = (0 ..< B * (c.frames - 1)).map { _ in generator.integer(below: c.actions) }
        return (MaskDraw(tokens, batch: B, c, using: &generator), actions)
    }

    func testARowIsASentenceAndThenNothing() {
        XCTAssertEqual(c.wordPlaces, 2)
        XCTAssertEqual(model.row(of: "toy"), [4, 0])
        XCTAssertEqual(model.row(of: nil), [0, 0])
        XCTAssertEqual(micro(order: "raster").row(of: "toy"), [], "who has no words is told nothing")
        XCTAssertTrue(model.fits("toy"))
        XCTAssertFalse(model.fits("a toy"), "a row has an end")
    }

    /// A word is heard by all places of its own frame and by frames to come, and by no frame before it.
    func testAWordIsHeardInItsFrameAndAfter() {
        let (draw, actions) = draw(), W = c.wordPlaces, silent = Array(repeating: 0, count: B * c.frames * W)
        func logits(_ words: [Int]) -> [[Float]] {
            rows(Tensor.withoutGradients {
                model.logits(read: draw.read, guessed: draw.guessed, actions: actions, words: words, batch: B)
            })
        }
        let before = logits(silent)
        for frame in 0 ..< c.frames {
            var words = silent
            words[frame * W] = 3
            let after = logits(words)
            for i in before.indices {
                let (clip, guessed) = (i / (c.patches * (c.frames - 1)), i / c.patches % (c.frames - 1) + 1)
                XCTAssertEqual(before[i] != after[i], clip == 0 && guessed >= frame, "said of \(frame), heard in \(guessed), clip \(clip)")
            }
        }
    }

    /// The same dream goes on otherwise when something is said, and silence is what it hears when nobody speaks.
    func testADreamHears() {
        let world = microWorld(order: "raster", words: microWords)
        var random = SeededGenerator(seed: 1)
        let start = world.dream(from: Tensor.normal([1, 2, 8, 8, 3], standardDeviation: 0.2, using: &random) + 0.5, actions: [1])
        func seen(_ first: String?, _ second: String?) -> [Float] {
            var dream = start, generator = SeededGenerator(seed: 2)
            _ = dream.step([0], Sampling(words: first), using: &generator)
            return dream.step([0], Sampling(words: second), using: &generator).values
        }
        XCTAssertEqual(seen(nil, nil), seen("", ""))
        XCTAssertNotEqual(seen(nil, nil), seen(nil, "left"))
        XCTAssertNotEqual(seen(nil, nil), seen("left", nil), "what was said of a frame is remembered with it")
    }

    /// Nothing is made of words at 0; at 1 they are heard as they were learned, whichever way that is computed.
    func testGuidance() {
        let (draw, actions) = draw(), T = c.frames, codebook = microWorld().codebook
        let clips = (0 ..< B).map { Array(actions[$0 * (T - 1) ..< ($0 + 1) * (T - 1)]) }, size = (T - 1) * c.patches
        var past = model.emptyMemory
        model.read(
            draw.read, actions: clips.flatMap { own -> [Int?] in [nil] + own.dropLast() }, words: model.rows(of: nil, count: B * (T - 1)),
            batch: B, into: &past)
        let last = (0 ..< B).flatMap { clip -> [Int] in Array(draw.read[clip * size ..< (clip + 1) * size].suffix(c.patches)) }
        func sample(_ words: String?, _ guidance: Float) -> SampledFrames {
            var generator = SeededGenerator(seed: 2)
            return model.sample(
                clips.map { $0.last! }, after: past, last: last, codebook: codebook,
                Sampling(temperature: 1, words: words, guidance: guidance), using: &generator)
        }
        let silent = sample(nil, 6), told = sample("left", 1)
        XCTAssertNotEqual(silent.confidences, told.confidences)
        for (frames, same) in [(sample("left", 0), silent), (sample("left", 1.0001), told)] {
            XCTAssertEqual(frames.tokens, same.tokens)
            for (x, y) in zip(frames.confidences, same.confidences) { XCTAssertEqual(x, y, accuracy: 1e-3) }
        }
        XCTAssertNotEqual(sample("left", 20).confidences, told.confidences)
        XCTAssertEqual(sample("left", 20).latents.shape, [B, c.patches, 2])
    }

    /// Of an unseen clip no frame is read, and no expectation is left; what is asked is the same.
    func testAnUnseenClipShowsNothing() {
        var c = c, generator = SeededGenerator(seed: 3)
        (c.corruption, c.unseen) = (0, 0.5)
        let tokens = (0 ..< 8 * c.frames * c.patches).map { _ in generator.integer(below: c.vocabulary) }
        let draw = MaskDraw(tokens, batch: 8, c, using: &generator), size = (c.frames - 1) * c.patches
        XCTAssertEqual(Set(draw.isUnseen), [true, false])
        let expected = draw.hiding(Tensor(repeating: 1, shape: [8, c.frames - 1, c.patches, 2]))!
        for b in 0 ..< 8 {
            let read = Set(draw.read[b * size ..< (b + 1) * size])
            XCTAssertEqual(read == [c.maskToken], draw.isUnseen[b])
            XCTAssertEqual(read.contains(c.maskToken), draw.isUnseen[b])
            XCTAssertEqual(Set(expected.sliced(axis: 0, b ..< b + 1).values), [draw.isUnseen[b] ? 0 : 1])
        }
        XCTAssertFalse(draw.targets.contains(c.maskToken))
        c.unseen = nil
        XCTAssertFalse(MaskDraw(tokens, batch: 8, c, using: &generator).isUnseen.contains(true))
    }

    func testUnknownWordsAreNamed() throws {
        let world = microWorld(order: "raster", words: microWords)
        XCTAssertNoThrow(try world.check(words: "Left!"))
        for (told, name) in [("kong", "\"kong\""), ("a toy", "room for 1 words")] {
            XCTAssertThrowsError(try world.check(words: told)) { XCTAssertTrue("\($0)".contains(name), "\($0)") }
        }
        XCTAssertThrowsError(try microWorld().check(words: "left")) { XCTAssertTrue("\($0)".contains("hears no words"), "\($0)") }
    }

    /// Captions are true of the frames above which they stand, and some frames have none.
    func testSayingsAreTrueOfTheirFrames() throws {
        try FileManager.default.createDirectory(at: file("data/train"), withIntermediateDirectories: true)
        let bearing: [Float] = [0.6, .nan, -0.6, 0], frames = [UInt8](repeating: 0, count: 4 * 8 * 8 * 3)
        var episode = Episode(
            frames: frames, width: 8, height: 8, actions: [0, 0, 0],
            metadata: ["fps": "4", "action_names": Action.names.joined(separator: ",")])
        (episode.bearing, episode.distance) = (bearing, bearing.map { $0.isNaN ? $0 : 0.7 })
        try episode.write(to: file("data/train/0.safetensors"))
        let sayings = try Sayings(EpisodeSet(file("data"), .train))
        var c = DynamicsConfiguration(), generator = SeededGenerator(seed: 1)
        (c.order, c.words, c.blocks, c.embeddingDimensions, c.frames) = ("raster", Grammar.words, 1, 16, 4)
        let model = MaskedDynamics(c, using: &generator), W = c.wordPlaces
        func numbers(_ words: String) -> Set<Int> { Set(model.wordTokenizer.tokens(of: words, length: 99).dropLast()) }
        let none = numbers("no nothing empty"), sides = [numbers("left"), [], numbers("right"), []]
        var silent = 0
        for _ in 0 ..< 100 {
            let words = sayings.words(at: [ClipPlace(episode: 0, start: 0)], length: 4, for: model, using: &generator)
            for t in 0 ..< 4 {
                let said = Set(words[t * W ..< (t + 1) * W])
                if said == [0] { silent += 1; continue }
                XCTAssertEqual(t == 1, !said.isDisjoint(with: none), "frame \(t)")
                XCTAssertTrue(t != 1 || said.isDisjoint(with: sides[0].union(sides[2])), "frame 1 shows no toy")
                for other in [0, 2] where other != t && t != 1 { XCTAssertTrue(said.isDisjoint(with: sides[other]), "frame \(t)") }
            }
        }
        XCTAssertTrue((120 ... 280).contains(silent), "half of 400 frames have no caption, not \(silent)")
    }

    func testLossFallsOnOneBatch() {
        let (draw, actions) = draw()
        assertLossFalls(
            micro(seed: 2, order: "raster", words: microWords), draw, actions,
            words: (0 ..< B * c.frames * c.wordPlaces).map { $0 % 5 }, batch: B)
    }
}
