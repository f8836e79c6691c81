// mutual-information - how much do codes and actions tell of each other?
//
// Accuracy asks for names. Mutual information does not: it is the entropy of codes, plus that of actions, less that of the pairs.
// Divided by the mean of the first two it lies in 0 ... 1. Read section 5 of 2.inverse-dynamics/README.md; the house's own is
// CodeTable.swift.

import Foundation

/// counts[code][action] -> 2·(H(code) + H(action) - H(pair)) / (H(code) + H(action)); 0 where nothing varies.
public func normalizedMutualInformation(_ counts: [[Int]]) -> Double {
    // hole: return -1
    let total = Double(counts.joined().reduce(0, +))
    func entropy(_ counts: [Int]) -> Double {
        counts.filter { $0 > 0 }.reduce(0.0) { sum, n in sum - Double(n) / total * log(Double(n) / total) }
    }
    let codes = counts.map { $0.reduce(0, +) }
    let actions = counts[0].indices.map { action in counts.reduce(0) { $0 + $1[action] } }
    let apart = entropy(codes) + entropy(actions)
    return apart == 0 ? 0 : 2 * (apart - entropy(Array(counts.joined()))) / apart
    // end of hole
}

// hint 1: You need three lists of counts: of codes (the sums of the rows), of actions (the sums of the columns), of pairs (the
//         table itself). And one function that makes an entropy of a list.
// hint 2: The entropy of counts is -Σ p·ln p with p = n / total, over the n that are not 0.
// hint 3: apart = entropy(rows) + entropy(columns); together = entropy(Array(counts.joined())); 2 * (apart - together) / apart, and
//         0 where apart is 0.
