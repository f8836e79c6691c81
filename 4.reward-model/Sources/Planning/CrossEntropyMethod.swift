// CrossEntropyMethod.swift - guess, look at which guesses were good, and guess more like those.
//
// For each step of the sequence there is a die with one face an action, all faces equal at first. In each round
//   1. throw the dice for every candidate, and try it,
//   2. keep the best few, the elites,
//   3. load each die towards the faces that the elites show there.
// The name: of all dice, those with the elites' frequencies have the smallest cross-entropy to them.
//
// The method: de Boer, Kroese, Mannor & Rubinstein, "A Tutorial on the Cross-Entropy Method", Annals of Operations Research 134
// (2005). For sequences of actions: Weinstein & Littman, "Open-Loop Planning in Large-Scale Stochastic Domains", AAAI 2013;
// inside a learned model: arXiv 1805.12114. Those two plan with normal distributions; five actions are dice.

import Randomness

/// Tries the constant sequences and sequences from dice that it loads better in each round.
public struct CrossEntropyMethod: Planner {
    /// One round's sequences, rounds, and how many of a round are elites.
    public let candidates: Int, rounds: Int, elites: Int
    /// α: how far the dice go to what the elites show. At 1 a face that no elite shows never comes again, even if that was
    /// bad luck.
    public let smoothing: Float
    private let actions: [Int], horizon: Int
    /// [h][A], the dice.
    private(set) var probabilities: [[Float]]
    private var round = 0

    /// - Parameter actions: what may be done, standing still first.
    public init(
        actions: [Int], horizon: Int, candidates: Int, rounds: Int = 3, elites: Int? = nil, smoothing: Float = 0.7
    ) {
        precondition(!actions.isEmpty && horizon > 0 && candidates > 0 && rounds > 0,
                     "\(candidates) sequences of \(actions.count) actions for \(horizon) steps, \(rounds) rounds")
        precondition((0 ... 1).contains(smoothing), "a smoothing of \(smoothing); it is a share")
        (self.actions, self.horizon, self.candidates) = (actions, horizon, candidates)
        (self.rounds, self.smoothing) = (rounds, smoothing)
        self.elites = elites ?? max(2, candidates / 5)
        probabilities = Array(repeating: Array(repeating: 1 / Float(actions.count), count: actions.count), count: horizon)
    }

    public mutating func propose(using generator: inout SeededGenerator) -> [[Int]] {
        defer { round += 1 }
        guard round < rounds else { return [] }
        // Standing still must be among what is compared; and what a robot should do is often one thing, held.
        var sequences = round == 0 ? actions.map { Array(repeating: $0, count: horizon) } : []
        while sequences.count < candidates {
            sequences.append((0 ..< horizon).map { actions[face(of: probabilities[$0], &generator)] })
        }
        return sequences
    }

    public mutating func learn(_ sequences: [[Int]], _ returns: [Float]) {
        let order = sequences.indices.sorted { (returns[$0], $1) > (returns[$1], $0) }
        let best = order.prefix(elites).map { sequences[$0] }
        guard !best.isEmpty else { return }
        for step in 0 ..< horizon {
            for (face, action) in actions.enumerated() {
                // w = share of the elites that show this face;  v ← α·w + (1 - α)·v  (the tutorial's "smoothed updating")
                let share = Float(best.filter { $0[step] == action }.count) / Float(best.count)
                probabilities[step][face] = smoothing * share + (1 - smoothing) * probabilities[step][face]
            }
        }
    }

    /// One throw of a die.
    private func face(of die: [Float], _ generator: inout SeededGenerator) -> Int {
        var left = generator.uniform(), face = 0
        while face < die.count - 1, left >= die[face] {
            left -= die[face]
            face += 1
        }
        return face
    }
}
