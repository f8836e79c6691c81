// BytePairTokenizerTests.swift - are the ids those of the `transformers` library, for every kind of text?

import CommandTesting
import Foundation
@testable import PublishedCLIP
import Training
import XCTest

final class BytePairTokenizerTests: FolderTestCase {
    private func tokenizer(_ folder: URL = fixture("base")) throws -> BytePairTokenizer {
        try BytePairTokenizer(vocabulary: folder.appendingPathComponent("vocab.json"), merges: folder.appendingPathComponent("merges.txt"))
    }

    func testHundredsOfTextsAgainstTransformers() throws {
        let cases = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: fixture("tokens.json"))) as? [[Any]])
        XCTAssertGreaterThan(cases.count, 400)
        let tokenizer = try tokenizer()
        for one in cases {
            let text = try XCTUnwrap(one[0] as? String), expected = try XCTUnwrap(one[1] as? [Int])
            XCTAssertEqual(tokenizer.encode(text).ids, expected, text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined())
        }
    }

    func testEmptyAndCut() throws {
        let tokenizer = try tokenizer(), (start, end) = (tokenizer.startToken, tokenizer.endToken)
        XCTAssertEqual(tokenizer.encode("").ids, [start, end])
        XCTAssertEqual(tokenizer.encode(" \n").ids, [start, end])
        let toy = tokenizer.encode("toy").ids[1]
        XCTAssertEqual(tokenizer.encode("toy").ids, [start, toy, end])
        // 75 tokens and the two special ones are 77: nothing is lost yet.
        for (count, isCut) in [(75, false), (76, true), (200, true)] {
            let (ids, cut) = tokenizer.encode(String(repeating: "toy ", count: count))
            XCTAssertEqual(ids, [start] + [Int](repeating: toy, count: 75) + [end], "\(count)")
            XCTAssertEqual(cut, isCut, "\(count)")
        }
        XCTAssertEqual(tokenizer.encode("toy toy toy", length: 4).ids, [start, toy, toy, end])
    }

    func testWords() {
        XCTAssertEqual(BytePairTokenizer.words(in: "The dog's  TOYS (12)!?"), ["the", "dog", "'s", "toys", "(", "1", "2", ")!?"])
        XCTAssertEqual(BytePairTokenizer.words(in: "we'll \n they'RE"), ["we", "'ll", "they", "'re"])
        XCTAssertEqual(BytePairTokenizer.words(in: "e\u{301}"), ["\u{e9}"])
        XCTAssertEqual(BytePairTokenizer.words(in: "!'s"), ["!'", "s"])
        XCTAssertEqual(BytePairTokenizer.parts(of: "<|endoftext|>a"), [.end, .word(Array("a".utf8))])
        // A mark that would join the last ">" to one character does not hide the token.
        XCTAssertEqual(BytePairTokenizer.parts(of: "<|endoftext|>\u{338}").first, .end)
    }

    func testMergesAreReplayedInTheirOrder() throws {
        // "ab" is commoner than "bc": "abc" is "ab c", never "a bc".
        let symbols = (0 ..< 3).map { String(UnicodeScalar(97 + $0)!) }
        let tokens = symbols + symbols.map { $0 + "</w>" } + ["ab", "bc</w>", "abc</w>", "<|startoftext|>", "<|endoftext|>"]
        let vocabulary = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
        try JSONEncoder().encode(vocabulary).write(to: file("vocab.json"))
        try Data("#version: 0.2\r\na b\r\nb c</w>\r\n".utf8).write(to: file("merges.txt"))
        XCTAssertEqual(try tokenizer(folder).encode("abc").ids, [9, 6, 5, 10])
        try Data("b c</w>\na b\na bc</w>\n".utf8).write(to: file("merges.txt"))
        XCTAssertEqual(try tokenizer(folder).encode("abc").ids, [9, 8, 10])
        // What this vocabulary lacks is the end token, as in the library.
        XCTAssertEqual(try tokenizer(folder).encode("az").ids, [9, 0, 10, 10])
    }

    func testBadFiles() throws {
        func refuse(_ words: String..., line: UInt = #line) {
            XCTAssertThrowsError(try tokenizer(file("clip")), line: line) { error in
                for word in words { XCTAssertTrue("\(error)".contains(word), "'\(word)' is not in: \(error)", line: line) }
                XCTAssertFalse("\(error)".contains("\n"), line: line)
            }
        }
        _ = try copy()
        try Data("{".utf8).write(to: file("clip/vocab.json"))
        refuse("vocab.json", "not a JSON object", "again")
        try Data("[1]".utf8).write(to: file("clip/vocab.json"))
        refuse("vocab.json", "not a JSON object")
        try Data("{\"a\": 1}".utf8).write(to: file("clip/vocab.json"))
        refuse("vocab.json", "<|startoftext|>")
        _ = try copy()
        try edit("vocab.json", "<|endoftext|>\": ", "<|endoftext|>\": -")
        refuse("vocab.json", "impossible token numbers")
        _ = try copy()
        try Data("#version: 0.2\na b c\n".utf8).write(to: file("clip/merges.txt"))
        refuse("merges.txt", "line 2 is not two tokens")
        try Data("#version: 0.2\ntoy zzz\n".utf8).write(to: file("clip/merges.txt"))
        refuse("merges.txt", "line 2 merges what is not in the vocabulary", "vocab.json")
        try Data("#version: 0.2\n".utf8).write(to: file("clip/merges.txt"))
        refuse("merges.txt", "no merges")
        try FileManager.default.removeItem(at: file("clip/merges.txt"))
        refuse("merges.txt", "cannot be read")
    }
}
