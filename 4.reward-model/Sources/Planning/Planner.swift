// Planner.swift - which actions would turn out best, if they were tried?
//
// A planner knows nothing of robots. It names sequences of actions, is told how good each turned out, names others in view of
// that, and in the end the best is known. Where they are tried is not its business: in a copy of the simulator, in the
// imagination of a world model, or in a toy problem whose answer a test knows.
//
// Only the first action of the best sequence is carried out; then the robot looks again and plans anew. That is model-predictive
// control: a mistake of the model lasts for one step.

import Randomness

/// A moment from which sequences of actions can be tried without carrying them out.
public protocol PlannedWorld {
    /// How good each sequence turns out: one number a sequence, the larger the better.
    func returns(of sequences: [[Int]]) -> [Float]
}

/// Several such moments side by side. A model imagines a hundred futures in one batch far faster than one after the other.
public protocol PlannedWorlds {
    /// [worlds][sequences][steps] of actions -> [worlds][sequences]
    func returns(of sequences: [[[Int]]]) -> [[Float]]
}

/// A search for the best sequence, in rounds. A value: each decision begins with a fresh copy.
public protocol Planner {
    /// The sequences to try next; none when it has seen enough.
    mutating func propose(using generator: inout SeededGenerator) -> [[Int]]
    /// How those turned out.
    mutating func learn(_ sequences: [[Int]], _ returns: [Float])
}

/// Everything that was tried for one decision.
public struct Plan {
    public private(set) var sequences: [[Int]] = []
    public private(set) var returns: [Float] = []

    public init() {}

    mutating func add(_ sequences: [[Int]], _ returns: [Float]) {
        precondition(sequences.count == returns.count, "\(returns.count) returns for \(sequences.count) sequences")
        self.sequences += sequences
        self.returns += returns
    }

    /// The number of the best sequence. What was tried first wins a tie, so planners try standing still first.
    public var best: Int {
        returns.indices.dropFirst().reduce(0) { returns[$1] > returns[$0] ? $1 : $0 }
    }

    /// How good it turned out to do nothing but `action`; nil where that was not tried.
    public func value(holding action: Int) -> Float? {
        sequences.firstIndex { $0.allSatisfy { $0 == action } }.map { returns[$0] }
    }
}

extension Planner {
    /// The plan for one world.
    public func plan(in world: some PlannedWorld, using generator: inout SeededGenerator) -> Plan {
        var generators = [generator]
        defer { generator = generators[0] }
        return plans(using: &generators) { [world.returns(of: $0[0])] }[0]
    }

    /// The plans for as many worlds as there are generators: in each round the sequences of all of them are tried at once.
    public func plans(using generators: inout [SeededGenerator], trying: ([[[Int]]]) -> [[Float]]) -> [Plan] {
        var planners = Array(repeating: self, count: generators.count)
        var plans = Array(repeating: Plan(), count: generators.count)
        while true {
            let proposals = planners.indices.map { planners[$0].propose(using: &generators[$0]) }
            if proposals.allSatisfy(\.isEmpty) { return plans }
            let returns = trying(proposals)
            for i in planners.indices {
                planners[i].learn(proposals[i], returns[i])
                plans[i].add(proposals[i], returns[i])
            }
        }
    }
}
