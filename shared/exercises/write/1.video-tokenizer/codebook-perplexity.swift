// codebook-perplexity - is the codebook alive?
//
// Two numbers. Usage: the share of codes that were seen at all. Perplexity: e to the entropy, the number of codes that, evenly used, would
// tell as much. Read section 11 of 1.video-tokenizer/README.md; the house's own is CodebookUse.swift.

import Foundation

/// From how often each code was seen, at least one of them.
public func codebookUse(_ counts: [Int]) -> (usage: Double, perplexity: Double) {
    // hole: return (0, 0)
    let seen = counts.filter { $0 > 0 }, total = Double(counts.reduce(0, +))
    let entropy = seen.reduce(0.0) { sum, count in
        let p = Double(count) / total
        return sum - p * log(p)
    }
    return (Double(seen.count) / Double(counts.count), exp(entropy))
    // end of hole
}

// hint 1: The entropy is -Σ p·ln p over the codes, with p the share of each. What is p·ln p where p is 0, and what does log(0) say?
// hint 2: Leave out the codes that were never seen: p·ln p goes to 0 there, but 0 · -∞ is not a number. Perplexity is exp(entropy).
// hint 3: seen = counts.filter { $0 > 0 }; total = Double(counts.reduce(0, +)); add up -p * log(p) with p = Double(count) / total;
//         usage is Double(seen.count) / Double(counts.count).
