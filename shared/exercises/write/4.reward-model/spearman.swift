// spearman - does a better picture get a higher reward?
//
// A planner needs the right order, not the right numbers. So replace all numbers by their ranks, and take the correlation of those. Equal
// numbers share the mean of their ranks. Read section 8 of 4.reward-model/README.md; the house's own is RankMetrics.swift.

/// The place of each number in order, from 1: [10, 30, 20, 20] has the ranks [1, 4, 2.5, 2.5].
public func ranks(of values: [Float]) -> [Double] {
    // hole: return values.map { _ in 0 }
    return values.map { value in
        let below = values.filter { $0 < value }.count, equal = values.filter { $0 == value }.count
        return Double(below) + Double(equal + 1) / 2
    }
    // end of hole
}

/// Σ (x - m)(y - m) / √(Σ (x - m)² · Σ (y - m)²), of the ranks x and y, whose mean m is (n + 1) / 2.
public func rankCorrelation(_ a: [Float], _ b: [Float]) -> Double {
    // hole: return 2
    let x = ranks(of: a), y = ranks(of: b), m = Double(a.count + 1) / 2
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + ($1.0 - m) * ($1.1 - m) } }
    return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
    // end of hole
}

// hint 1: The rank of a number is how many are smaller, plus 1. When three numbers are equal they take three places: which is in
//         the middle?
// hint 2: With `below` smaller ones and `equal` equal ones (itself too) they take the places below + 1 ... below + equal: the mean
//         is below + (equal + 1) / 2.
// hint 3: product(x, y) = Σ (x - m)·(y - m); product(x, y) / (product(x, x) * product(y, y)).squareRoot().
