// WordTokenizer.swift - how does a sentence become numbers?
//
// One number a word, from a list of words; whatever is not on the list becomes "unknown". That suffices for the few dozen words of
// our captions. CLIP itself cuts words into pieces and knows all of them (BytePairTokenizer.swift, in PublishedCLIP).

/// Sentences to rows of token numbers: 0 ends a sentence (and fills the row), 1 is an unknown word, the words follow.
public struct WordTokenizer {
    public static let end = 0, unknown = 1

    public let words: [String]
    private let numbers: [String: Int]

    public init(words: [String]) {
        self.words = words
        numbers = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0 + 2) })
    }

    /// V
    public var vocabulary: Int { words.count + 2 }

    /// Lower case, letters and digits only.
    static func split(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// At most `length` numbers, the last of them the end.
    public func tokens(of text: String, length: Int) -> [Int] {
        WordTokenizer.split(text).prefix(length - 1).map { numbers[$0] ?? WordTokenizer.unknown } + [WordTokenizer.end]
    }

    /// The words of a sentence that mean nothing here.
    public func unknownWords(in text: String) -> [String] { WordTokenizer.split(text).filter { numbers[$0] == nil } }
}
