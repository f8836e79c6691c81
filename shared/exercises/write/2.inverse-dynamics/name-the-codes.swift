// name-the-codes - can codes without names be right?
//
// Give each code the name of the true action that it fell on most, and count how often the name is true then. Several codes may bear one
// name. Read section 5 of 2.inverse-dynamics/README.md; the house's own is CodeTable.swift.

/// counts[code][action]: how often each code met each true action -> a name for each code, and the share of transitions whose code
/// bears the name of their action. A code that was never seen gets the commonest action. Of two that are equally common the first.
public func namedCodes(_ counts: [[Int]]) -> (names: [Int], accuracy: Double) {
    // hole: return (counts.map { _ in 0 }, 0)
    func largest(_ row: [Int]) -> Int { row.firstIndex(of: row.max()!)! }
    let perAction = counts[0].indices.map { action in counts.reduce(0) { $0 + $1[action] } }
    let names = counts.map { row in row.allSatisfy { $0 == 0 } ? largest(perAction) : largest(row) }
    let right = zip(counts, names).reduce(0) { $0 + $1.0[$1.1] }
    return (names, Double(right) / Double(perAction.reduce(0, +)))
    // end of hole
}

// hint 1: A row of the table is one code. Which column is the largest of the row? That is its name, and the number there is how
//         often the name is right.
// hint 2: row.firstIndex(of: row.max()!)! is the first largest place. For codes that were never seen, the same of the sums of the
//         columns.
// hint 3: perAction = counts[0].indices.map { a in counts.reduce(0) { $0 + $1[a] } }; names as above; right = the sum of
//         counts[c][names[c]]; accuracy = right / the sum of all.
