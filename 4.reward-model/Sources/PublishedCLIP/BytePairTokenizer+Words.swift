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
        /// The bytes (UTF-8) of a word.
        case word([UInt8])
    }

    /// Cuts a text. The two special tokens, written out in the text itself, stand for themselves; they are looked for before
    /// anything is changed, so `<|EndOfText|>` is only a strange word.
    static func parts(of text: String) -> [Part] {
        let bytes = Array(text.utf8), specials = [(Array(start.utf8), Part.start), (Array(end.utf8), Part.end)]
        var parts: [Part] = [], begin = 0, i = 0
        func plain() -> [Part] { words(in: String(decoding: bytes[begin ..< i], as: UTF8.self)).map { .word(Array($0.utf8)) } }
        while i < bytes.count {
            if let (special, part) = specials.first(where: { bytes[i...].starts(with: $0.0) }) {
                parts += plain() + [part]
                i += special.count
                begin = i
            } else {
                i += 1
            }
        }
        return parts + plain()
    }

    /// The words of a text without special tokens.
    static func words(in text: String) -> [String] {
        // Scalars, not Characters: the rule knows nothing of letters that join. Each is lowered alone (a Σ at a word's end too).
        let composed = text.precomposedStringWithCanonicalMapping.unicodeScalars
        let scalars = composed.flatMap { $0.properties.lowercaseMapping.unicodeScalars }
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
