// CaptionsTests.swift - does every sentence claim what it says?

@testable import Captions
import JetBot
import Randomness
import XCTest

final class CaptionsTests: XCTestCase {
    func testSentencesClaimWhatTheySay() {
        var generator = SeededGenerator(seed: 2)
        func texts(_ claims: Facts) -> Set<String> { Set((0 ..< 400).map { _ in Grammar.text(of: claims, using: &generator) }) }
        let some = texts(Facts(hasToy: true, color: .orange, shape: .ball, place: .centered, floor: .planks))
        XCTAssertGreaterThan(some.count, 30, "there are many ways to say it")
        for text in some {
            XCTAssertTrue(text.contains("an orange ball") || text.contains("an orange round ball"), text)
            XCTAssertTrue(text.contains("wooden"), text)
            XCTAssertFalse(text.contains("left") || text.contains("right"), text)
        }
        for text in texts(Facts(hasToy: false, floor: .mat)) { XCTAssertTrue(text.contains("mat") && (text.contains("no")), text) }
        // What differs in one claim never sounds the same.
        for place in Facts.Place.allCases {
            for other in Facts.Place.allCases where other != place {
                XCTAssertTrue(
                    texts(Facts(hasToy: true, place: place)).isDisjoint(with: texts(Facts(hasToy: true, place: other))), "\(place) \(other)"
                )
            }
        }
    }

    func testMirrored() {
        let facts = Facts(hasToy: true, color: .red, place: .slightlyLeft, floor: .rug)
        XCTAssertEqual(facts.mirrored.place, .slightlyRight)
        XCTAssertEqual(facts.mirrored.mirrored, facts)
        XCTAssertEqual(Facts(hasToy: true, place: .centered).mirrored.place, .centered)
        XCTAssertNil(Facts(hasToy: false).mirrored.place)
        // What is said of a picture, said of the mirrored one.
        var generator = SeededGenerator(seed: 3)
        for place in Facts.Place.allCases {
            let here = Facts(hasToy: true, place: place)
            let said = Set((0 ..< 400).map { _ in Grammar.text(of: here.mirrored, using: &generator) })
            for _ in 0 ..< 20 {
                let sentence = Grammar.text(of: here, using: &generator)
                XCTAssertTrue(said.contains(Grammar.mirrored(sentence)), sentence)
            }
        }
        XCTAssertEqual(Grammar.mirrored("Left of a red Kong"), "right of a red kong")
    }

    func testPlaces() {
        let degrees: [(Float, Facts.Place)] = [
            (0, .centered), (9.9, .centered), (-9.9, .centered), (11, .slightlyLeft), (-24, .slightlyRight), (30, .left), (-44, .right),
            (60, .farLeft), (-50, .farRight),
        ]
        for (angle, place) in degrees { XCTAssertEqual(Facts.Place(bearing: angle * .pi / 180), place, "\(angle)") }
        XCTAssertEqual(Facts.Distance(meters: 0.4), .near)
        XCTAssertNil(Facts.Distance(meters: 0.8))
        XCTAssertEqual(Facts.Distance(meters: 1.2), .far)
    }

    func testTokens() {
        let small = WordTokenizer(words: ["a", "ball", "red"])
        XCTAssertEqual(small.vocabulary, 5)
        XCTAssertEqual(small.tokens(of: "A red, Kong ball!", length: 24), [2, 4, 1, 3, 0])
        XCTAssertEqual(small.tokens(of: "a red ball", length: 3), [2, 4, 0], "cut, but with an end")
        XCTAssertEqual(small.tokens(of: "", length: 24), [0])
        XCTAssertEqual(small.tokens(of: " 🐶 ", length: 24), [0])
    }
}
