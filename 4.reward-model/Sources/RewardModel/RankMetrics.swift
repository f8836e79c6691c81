// RankMetrics.swift - does a better picture get a higher reward?
//
// A planner takes the future with the highest reward. What it needs is the right *order*; so both measures look at ranks alone, and a
// reward that is always twice too large loses nothing.

import Foundation

/// The probability that a random positive gets a higher score than a random negative (a tie counts half): the area under the ROC
/// curve. 0.5 is chance. NaN when there are no positives or no negatives.
public func areaUnderROC(_ scores: [Float], _ isPositive: [Bool]) -> Double {
    precondition(scores.count == isPositive.count, "\(scores.count) scores for \(isPositive.count) answers")
    let positives = isPositive.filter { $0 }.count, negatives = isPositive.count - positives
    // Mann and Whitney: the sum of the positives' ranks, less the least that it could be.
    let sum = zip(ranks(scores), isPositive).reduce(0) { $1.1 ? $0 + $1.0 : $0 }
    return (sum - Double(positives * (positives + 1)) / 2) / Double(positives * negatives)
}

/// Spearman's rank correlation: 1 when both grow together, whatever the curve; 0 when one says nothing of the other. NaN when one
/// is constant.
public func spearman(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count, "\(a.count) numbers beside \(b.count)")
    let x = ranks(a), y = ranks(b), middle = Double(a.count + 1) / 2
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + ($1.0 - middle) * ($1.1 - middle) } }
    return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
}

/// The place of each number in order, from 1; equal numbers share the mean of their places.
func ranks(_ values: [Float]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count), first = 0
    while first < order.count {
        var end = first + 1
        while end < order.count && values[order[end]] == values[order[first]] { end += 1 }
        for i in first ..< end { ranks[order[i]] = Double(first + 1 + end) / 2 }
        first = end
    }
    return ranks
}
