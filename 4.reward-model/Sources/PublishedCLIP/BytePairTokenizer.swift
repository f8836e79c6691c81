// BytePairTokenizer.swift - how does a sentence become the numbers that the published model was trained on?
//
// Bytes are too many tokens, words are too many symbols, and a list of words lacks the next one. Byte-pair encoding lies between
// (arXiv 1508.07909, section 3.2): begin with bytes; again and again make the pair that is commonest in a large text into a
// symbol of its own. The published list has 48,894 such merges, in the order in which they were found. To encode is to replay
// that list.
//
//   toy  ->  t o y</w>  ->  to y</w>  ->  toy</w>            "</w>" marks a word's end: `toy</w>` is a word, `toy` a beginning
//
// No text is unknown: a rare word, or an emoji, is more tokens, down to its bytes.

import Foundation
import Training

/// CLIP's tokenizer (arXiv 2103.00020, section 2.4), from `vocab.json` and `merges.txt`.
public struct BytePairTokenizer {
    /// The ids of <|startoftext|> and <|endoftext|>; the second also stands for what the vocabulary lacks.
    public let startToken: Int, endToken: Int
    /// One more than the largest id.
    public let vocabularySize: Int

    /// The id of each byte inside a word, and of the same byte as the last of a word.
    private let inner: [Int], last: [Int]
    /// What two neighbors become, and how early in the list: the earlier, the commoner.
    private let merges: [Pair: (rank: Int, id: Int)]

    private struct Pair: Hashable { var left: Int, right: Int }

    /// Tokens that somebody added to the published ones.
    let added: [AddedToken]

    /// - Throws: `TrainingError` when one of the files is missing, is not what its name says, or does not fit the other.
    public init(vocabulary vocabularyURL: URL, merges mergesURL: URL, added: [AddedToken] = []) throws {
        self.added = added
        let json = try read(vocabularyURL)
        guard let vocabulary = try? JSONDecoder().decode([String: Int].self, from: json) else {
            throw TrainingError("\(vocabularyURL.relativePath): not a JSON object of token to number; download it again")
        }
        func special(_ token: String) throws -> Int {
            if let id = vocabulary[token] { return id }
            throw TrainingError("\(vocabularyURL.relativePath): has no token \(token); it is not the vocabulary of a CLIP")
        }
        (startToken, endToken) = (try special(BytePairTokenizer.start), try special(BytePairTokenizer.end))
        guard vocabulary.values.min()! >= 0, let largest = vocabulary.values.max(), largest < 10_000_000 else {
            throw TrainingError("\(vocabularyURL.relativePath): there are impossible token numbers in it; download it again")
        }
        vocabularySize = max(largest, added.map(\.id).max() ?? 0) + 1
        let unknown = endToken
        inner = (0 ..< 256).map { vocabulary[String(byteSymbols[$0])] ?? unknown }
        last = (0 ..< 256).map { vocabulary[String(byteSymbols[$0]) + "</w>"] ?? unknown }

        let lines = String(decoding: try read(mergesURL), as: UTF8.self).split(whereSeparator: \.isNewline)
        var merges: [Pair: (rank: Int, id: Int)] = [:]
        for (number, line) in lines.enumerated() where !line.hasPrefix("#version") {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            func failure(_ problem: String) -> TrainingError {
                TrainingError(
                    "\(mergesURL.relativePath): line \(number + 1) \(problem); download it again, with \(vocabularyURL.lastPathComponent)")
            }
            guard parts.count == 2 else { throw failure("is not two tokens") }
            guard let left = vocabulary[parts[0]], let right = vocabulary[parts[1]], let id = vocabulary[parts[0] + parts[1]] else {
                throw failure("merges what is not in the vocabulary of this model")
            }
            merges[Pair(left: left, right: right)] = (number, id)
        }
        guard !merges.isEmpty else { throw TrainingError("\(mergesURL.relativePath): there are no merges in it; download it again") }
        self.merges = merges
    }

    /// The ids of a text between the start and the end token. More than `length` are cut, as in training; the end token is always
    /// there.
    public func encode(_ text: String, length: Int = 77) -> (ids: [Int], isCut: Bool) {
        precondition(length >= 2, "the start and the end token take two places, not \(length)")
        var ids = [startToken]
        for part in BytePairTokenizer.parts(of: text, added) {
            switch part {
            case .start: ids.append(startToken)
            case .end: ids.append(endToken)
            case .added(let id): ids.append(id)
            case .word(let bytes): ids += merged(bytes)
            }
            if ids.count >= length { return (ids.prefix(length - 1) + [endToken], true) }
        }
        return (ids + [endToken], false)
    }

    /// Replays the merges on one word, the earliest in the list first.
    private func merged(_ bytes: [UInt8]) -> [Int] {
        var ids = bytes.dropLast().map { inner[Int($0)] } + bytes.suffix(1).map { last[Int($0)] }
        while ids.count > 1 {
            let candidates = zip(ids, ids.dropFirst()).compactMap { left, right in
                merges[Pair(left: left, right: right)].map { (left: left, right: right, rank: $0.rank, id: $0.id) }
            }
            guard let best = candidates.min(by: { $0.rank < $1.rank }) else { break }
            // Everywhere in the word at once, from the left: "aaa" becomes "aa a".
            var shorter: [Int] = [], i = 0
            while i < ids.count {
                let isPair = i + 1 < ids.count && ids[i] == best.left && ids[i + 1] == best.right
                shorter.append(isPair ? best.id : ids[i])
                i += isPair ? 2 : 1
            }
            ids = shorter
        }
        return ids
    }
}

/// How a byte is written in the two files. They are texts, and a byte may be a space, a line's end, or half a letter: each that
/// is not a visible character of Latin-1 is written as one of the characters from 256 on.
private let byteSymbols: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (0 ..< 256 as Range<UInt32>).map { byte in
        if 33 ... 126 ~= byte || 161 ... 172 ~= byte || 174 ... 255 ~= byte { return Unicode.Scalar(byte)! }
        defer { next += 1 }
        return Unicode.Scalar(next)!
    }
}()
