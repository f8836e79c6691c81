// GrammarTests.swift - is every caption of the pretraining true of its picture, and has no sentence and no picture there ever known a Kong?

import Captions
import CommandTesting
import JetBot
import Randomness
@testable import RewardModel
import Tensors
import XCTest

final class GrammarTests: XCTestCase {
    private let tokenizer = WordTokenizer(words: Grammar.words)
    static let pictures = CaptionedPictures(count: 120, rooms: 3, size: 64, seed: 3)

    func testNoSentenceKnowsTheKong() {
        XCTAssertFalse(Grammar.words.contains("kong"))
        XCTAssertFalse(Grammar.words.contains("dog"))
        XCTAssertEqual(tokenizer.unknownWords(in: Prompts.positive[0]), ["kong", "dog"])
        for sentence in Prompts.positive.dropFirst() + Prompts.negative { XCTAssertEqual(tokenizer.unknownWords(in: sentence), []) }
        var generator = SeededGenerator(seed: 1)
        XCTAssertTrue((0 ..< 400).contains { _ in Grammar.text(of: Facts(hasToy: false), using: &generator) == Prompts.negative[0] })
        for facts in Self.pictures.facts {
            for _ in 0 ..< 20 {
                let caption = Grammar.caption(of: facts, using: &generator)
                XCTAssertEqual(tokenizer.unknownWords(in: caption.text), [], caption.text)
                XCTAssertFalse(caption.text.lowercased().contains("kong"))
                XCTAssertTrue(caption.claims.isTrue(of: facts), caption.text)
                XCTAssertLessThan(tokenizer.tokens(of: caption.text, length: 100).count, ScorerConfiguration().textLength, caption.text)
            }
        }
    }

    /// Rooms of episodes have seeds below 2³², and a toy's place is never a Kong's.
    func testNoRoomIsThatOfAnEpisode() {
        for number in 0 ..< 1000 { XCTAssertGreaterThanOrEqual(CaptionedPictures.roomSeed(number, 9), 1 << 32) }
    }

    /// The picture shows what the facts say: a toy's color is where its place says.
    func testPicturesShowTheirFacts() {
        let pictures = Self.pictures
        XCTAssertEqual(pictures.facts.filter { !$0.hasToy }.count, 24, accuracy: 14)
        let again = CaptionedPictures(count: 120, rooms: 3, size: 64, seed: 3)
        XCTAssertEqual(again.frames([5, 77]).values, pictures.frames([5, 77]).values, "the same seed, the same pictures")
        var seen = 0
        for (i, facts) in pictures.facts.enumerated() where facts.color == .blue && facts.distance == .near {
            let frame = pictures.frames([i])
            let columns = (0 ..< 64 * 64).filter { frame.pointer[3 * $0 + 2] > 2.2 * frame.pointer[3 * $0] }.map { Float($0 % 64) }
            guard columns.count > 10 else { continue }
            let x = columns.reduce(0, +) / Float(columns.count) / 32 - 1, bearing = -x * Lens.halfFieldOfView
            XCTAssertEqual(Double(Facts.Place.allCases.firstIndex(of: Facts.Place(bearing: bearing))!),
                           Double(Facts.Place.allCases.firstIndex(of: facts.place!)!), accuracy: 1.1, "\(i): \(facts)")
            seen += 1
        }
        XCTAssertGreaterThan(seen, 0)
    }

    /// Facts and captions are those of the picture as it is shown, mirrored or not: no two of these
    /// pictures look alike, so each can be found again.
    func testMirroredPicturesHaveMirroredFacts() {
        let pictures = Self.pictures, all = (0 ..< 120).map { pictures.frames([$0]).values }
        var generator = SeededGenerator(seed: 4), mirroredOnes = 0
        for _ in 0 ..< 20 {
            let (frames, facts, captions) = pictures.next(batch: 1, using: &generator), turned = Tensor(frames.values, shape: frames.shape)
            mirror(turned, where: [true])
            if let number = all.firstIndex(of: frames.values) {
                XCTAssertEqual(facts[0], pictures.facts[number])
            } else if let number = all.firstIndex(of: turned.values) {
                XCTAssertEqual(
                    facts[0], pictures.facts[number].mirrored,
                    "picture \(number) is shown mirrored, and left is said of what is now on the right")
                if facts[0].place != .centered && facts[0].hasToy { mirroredOnes += 1 }
            } else {
                XCTFail("a picture that is none of the 120, nor one of them mirrored")
            }
            XCTAssertTrue(captions[0].claims.isTrue(of: facts[0]), captions[0].text)
        }
        XCTAssertGreaterThan(mirroredOnes, 3, "the test needs toys that change sides")
    }
}

private func XCTAssertEqual(_ a: Int, _ b: Int, accuracy: Int, file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertEqual(Double(a), Double(b), accuracy: Double(accuracy), file: file, line: line)
}
