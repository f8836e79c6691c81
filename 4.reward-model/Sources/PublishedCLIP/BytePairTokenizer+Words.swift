// BytePairTokenizer+Words.swift - where does one word end and the next begin?
//
// Merges never cross a word's end, so all that follows depends on this. The published rule is a regular expression, tried at each
// place from left to right; what no alternative fits (white space) is left out:
//
//   <|startoftext|> | <|endoftext|> | 's | 't | 're | 've | 'm | 'll | 'd | letters+ | one digit | (neither letter, digit nor space)+
//
// Before it the text is put into Unicode's composed form (NFC) and lower case. White space needs no cleaning: it only separates.

import Foundation

extension BytePairTokenizer {
    static let start = "<|startoftext|>", end = "<|endoftext|>"

    /// A piece of a text.
    enum Part: Equatable {
        case start, end
        /// A token that somebody added.
        case added(Int)
        /// The bytes (UTF-8) of a word.
        case word([UInt8])
    }

    /// Cuts a text. The two special tokens, written out in the text itself, stand for themselves; they are looked for before
    /// anything is changed, so `<|EndOfText|>` is only a strange word. Added tokens are looked for then too, or, where they say so, in the
    /// text that is composed and lowered.
    static func parts(of text: String, _ added: [AddedToken] = []) -> [Part] {
        let exact =
            [(start, Part.start, false), (end, Part.end, false)]
            + added.filter { !$0.isNormalized }.map { ($0.content, Part.added($0.id), $0.isSingleWord) }
        let lowered = added.filter(\.isNormalized).map { (normalized($0.content), Part.added($0.id), $0.isSingleWord) }
        func words(_ text: String) -> [Part] { self.words(in: text).map { .word(Array($0.utf8)) } }
        return cut(text, exact) { plain in
            lowered.isEmpty ? words(plain) : cut(normalized(plain), lowered, words)
        }
    }

    /// Cuts a text at these tokens, the leftmost first, and of several there the longest; what lies between them becomes what `plain` says.
    private static func cut(
        _ text: String, _ tokens: [(content: String, part: Part, isSingleWord: Bool)], _ plain: (String) -> [Part]
    ) -> [Part] {
        let bytes = Array(text.utf8),
            tokens = tokens.map { (Array($0.content.utf8), $0.part, $0.isSingleWord) }.sorted { $0.0.count > $1.0.count }
        var parts: [Part] = [], begin = 0, i = 0
        func isWord(_ byte: UInt8) -> Bool {
            byte >= 128 || byte == UInt8(ascii: "_") || Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
        }
        func stands(alone count: Int) -> Bool { !(i > 0 && isWord(bytes[i - 1])) && !(i + count < bytes.count && isWord(bytes[i + count])) }
        func between() -> [Part] { begin == i ? [] : plain(String(decoding: bytes[begin ..< i], as: UTF8.self)) }
        while i < bytes.count {
            if let (token, part, _) = tokens.first(where: {
                !$0.0.isEmpty && bytes[i...].starts(with: $0.0) && (!$0.2 || stands(alone: $0.0.count))
            }) {
                parts += between() + [part]
                i += token.count
                begin = i
            } else {
                i += 1
            }
        }
        return parts + between()
    }

    /// Composed and lower case. Scalars, not Characters: the rule knows nothing of letters that join. Each is
    /// lowered alone (a Σ at a word's end too).
    private static func normalized(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.precomposedStringWithCanonicalMapping.unicodeScalars.flatMap { $0.properties.lowercaseMapping.unicodeScalars }))
    }

    /// The words of a text without special tokens.
    static func words(in text: String) -> [String] {
        let scalars = Array(normalized(text).unicodeScalars)
        let kinds = scalars.map(Kind.init)
        var words: [String] = [], i = 0
        func take(_ count: Int) {
            words.append(String(String.UnicodeScalarView(scalars[i ..< i + count])))
            i += count
        }
        /// How many scalars from here on are of one kind.
        func run() -> Int { kinds[i...].prefix { $0 == kinds[i] }.count }
        func begins(_ word: String) -> Bool { scalars[i...].starts(with: word.unicodeScalars) }

        while i < scalars.count {
            if let special = [start, end].first(where: begins) {
                // The rule keeps it whole; the byte level below cuts it where letters begin and end. So do we.
                for length in [2, special.count - 4, 2] { take(length) }
            } else if let ending = contractions.first(where: begins) {
                take(ending.count)
            } else if kinds[i] == .space {
                i += 1
            } else {
                take(kinds[i] == .digit ? 1 : run())
            }
        }
        return words
    }

    private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]

    private enum Kind {
        case letter, digit, space, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .digit
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }
}
