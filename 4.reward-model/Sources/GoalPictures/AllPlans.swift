// AllPlans.swift - five actions, four steps: why guess, when all plans can be tried?
//
// There are 5⁴ = 625. Where a step of the model costs microseconds that is the exact answer, and what
// cleverer planners find can be held against it.

import Planning
import Randomness

/// Every sequence, standing still first; of equally good ones the first is taken.
public struct AllPlans: Planner {
    private let actions: [Int], horizon: Int
    private var isDone = false

    public init(actions: [Int], horizon: Int) {
        precondition(!actions.isEmpty && (1 ... 6).contains(horizon), "all plans of \(actions.count) actions for \(horizon) steps")
        (self.actions, self.horizon) = (actions, horizon)
    }

    public mutating func propose(using generator: inout SeededGenerator) -> [[Int]] {
        defer { isDone = true }
        guard !isDone else { return [] }
        return (0 ..< horizon).reduce([[]]) { plans, _ in plans.flatMap { plan in actions.map { plan + [$0] } } }
    }

    public mutating func learn(_ sequences: [[Int]], _ returns: [Float]) {}
}
