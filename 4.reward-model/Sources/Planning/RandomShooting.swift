// RandomShooting.swift - guess many times and keep the best.
//
// The simplest planner that finds any sequence at all (arXiv 1708.02596, section IV.B "Model-Based Control"). Its trouble is the
// number of sequences: A actions over h steps are Aʰ, and of those one is the best.

import Randomness

/// Tries the constant sequences, and random ones up to `candidates`.
public struct RandomShooting: Planner {
    private let actions: [Int], horizon: Int, candidates: Int
    private var isDone = false

    /// - Parameters:
    ///   - actions: what may be done, standing still first.
    ///   - candidates: the sequences to try in all; at least the constant ones are.
    public init(actions: [Int], horizon: Int, candidates: Int) {
        precondition(!actions.isEmpty && horizon > 0 && candidates > 0,
                     "\(candidates) sequences of \(actions.count) actions for \(horizon) steps")
        (self.actions, self.horizon, self.candidates) = (actions, horizon, candidates)
    }

    public mutating func propose(using generator: inout SeededGenerator) -> [[Int]] {
        defer { isDone = true }
        if isDone { return [] }
        var sequences = actions.map { Array(repeating: $0, count: horizon) }
        // Where all there are can be tried, chance would only leave some out.
        var all = 1
        for _ in 0 ..< horizon where all <= candidates { all *= actions.count }
        if all <= candidates { return sequences + everySequence().filter { Set($0).count > 1 } }
        while sequences.count < candidates {
            sequences.append((0 ..< horizon).map { _ in actions[generator.integer(below: actions.count)] })
        }
        return sequences
    }

    public mutating func learn(_ sequences: [[Int]], _ returns: [Float]) {}

    private func everySequence() -> [[Int]] {
        (0 ..< horizon).reduce([[]]) { sequences, _ in sequences.flatMap { begun in actions.map { begun + [$0] } } }
    }
}
