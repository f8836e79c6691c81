// ConstantActions.swift - the plan of a robot that has little time: each action, held to the horizon.
//
// Five sequences instead of 5⁴. The real JetBot of this task planned so, and for turning towards something it is enough:
// who may choose anew at every step needs to know only which way to begin. What it cannot find is a way around a corner.

import Randomness

/// Tries every action held for `horizon` steps.
public struct ConstantActions: Planner {
    private let sequences: [[Int]]
    private var isDone = false

    /// - Parameter actions: what may be done, standing still first.
    public init(actions: [Int], horizon: Int) {
        precondition(!actions.isEmpty && horizon > 0, "\(actions.count) actions for \(horizon) steps")
        sequences = actions.map { Array(repeating: $0, count: horizon) }
    }

    public mutating func propose(using generator: inout SeededGenerator) -> [[Int]] {
        defer { isDone = true }
        return isDone ? [] : sequences
    }

    public mutating func learn(_ sequences: [[Int]], _ returns: [Float]) {}
}
