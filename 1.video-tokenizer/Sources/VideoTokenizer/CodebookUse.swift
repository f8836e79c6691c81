// CodebookUse.swift - how much of its vocabulary does a tokenizer use?

import Foundation

/// How evenly the codes of a vocabulary are used.
public struct CodebookUse {
    /// How often each code was seen, [V].
    public private(set) var counts: [Int]

    public init(vocabulary: Int, of codes: [Int] = []) {
        counts = Array(repeating: 0, count: vocabulary)
        add(codes)
    }

    public mutating func add(_ codes: [Int]) { for code in codes { counts[code] += 1 } }

    /// The share of codes seen at least once. Of whole codes: each level of each dimension may be in use while most
    /// combinations are dead.
    public var usage: Double { Double(counts.filter { $0 > 0 }.count) / Double(counts.count) }

    /// e to the entropy: the number of codes that, evenly used, would tell as much.
    public var perplexity: Double {
        let total = Double(counts.reduce(0, +))
        return exp(-counts.filter { $0 > 0 }.reduce(0) { $0 + Double($1) / total * log(Double($1) / total) })
    }
}
