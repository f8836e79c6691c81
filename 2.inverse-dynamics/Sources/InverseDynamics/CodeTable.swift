// CodeTable.swift - do the codes mean anything?
//
// A latent action has a number but no name, so it cannot be right or wrong. Count instead how often each code falls on each true action
// (only the simulator knows those), and ask two things: how well could the action be guessed from the code, once each
// code has been given the name of the action it falls on most? And how much do the two tell of each other?

import Foundation

/// How often each code met each true action.
public struct CodeTable: Equatable {
    /// [codes][actions]
    public private(set) var counts: [[Int]]

    public init(codes: Int, actions: Int) {
        counts = Array(repeating: Array(repeating: 0, count: actions), count: codes)
    }

    public mutating func add(_ codes: [Int], _ actions: [Int]) {
        precondition(codes.count == actions.count, "\(codes.count) codes for \(actions.count) actions: one of each for a transition")
        for (code, action) in zip(codes, actions) { counts[code][action] += 1 }
    }

    public var total: Int { counts.joined().reduce(0, +) }
    private var actionCounts: [Int] { counts[0].indices.map { a in counts.reduce(0) { $0 + $1[a] } } }
    private var codeCounts: [Int] { counts.map { $0.reduce(0, +) } }

    /// The best assignment: for each code the action that it falls on most. Several codes may have one name (eight codes, five
    /// actions). A code that was never seen gets the commonest action. Make it on training episodes, use it on others.
    public var names: [Int] {
        let commonest = largest(actionCounts)
        return counts.map { $0.allSatisfy { $0 == 0 } ? commonest : largest($0) }
    }

    /// The share of transitions whose code bears the name of their true action.
    public func accuracy(naming names: [Int]) -> Double {
        Double(counts.indices.reduce(0) { $0 + counts[$1][names[$1]] }) / Double(max(1, total))
    }

    /// The baseline: the share of the commonest action.
    public var majorityAccuracy: Double { Double(actionCounts.max() ?? 0) / Double(max(1, total)) }

    /// Normalized mutual information, 2·I(code; action) / (H(code) + H(action)): 0 when codes say nothing of actions, 1 when
    /// either can be told from the other. Eight codes for five actions, however pure, stay below 1.
    public var normalizedMutualInformation: Double {
        func entropy(_ counts: [Int]) -> Double {
            counts.filter { $0 > 0 }.reduce(0) { sum, n in
                let p = Double(n) / Double(total)
                return sum - p * log(p)
            }
        }
        let apart = entropy(codeCounts) + entropy(actionCounts)
        return apart == 0 ? 0 : 2 * (apart - entropy(Array(counts.joined()))) / apart
    }

    private func largest(_ counts: [Int]) -> Int { counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0 }
}

/// How many codes make up at least a hundredth of all, given how often each was seen.
public func codesInUse(_ counts: [Int]) -> Int {
    let all = counts.reduce(0, +)
    return counts.filter { $0 > 0 && $0 * 100 >= all }.count
}
