// DreamLearning.swift - the numbers that all agents of this chapter share.

import Training

/// How an agent learns from its dreams.
public struct DreamLearning: Codable, Equatable {
    /// H, the steps of a dream. 15 are four seconds, two thirds of a turn.
    public var horizon = 15
    /// γ: at 0.95 what comes in five seconds counts a third. And λ, how far a dream is trusted before the critic is asked.
    public var discount: Float = 0.95, lambda: Float = 0.95
    /// η, what a nat of doubt is worth.
    public var entropyScale: Float = 0.01

    public init() {}

    /// - Throws: `TrainingError` when the numbers are impossible.
    public func check() throws {
        guard (1 ... 1000).contains(horizon), (0 ..< 1).contains(discount), (0 ... 1).contains(lambda),
              (0 ... 100).contains(entropyScale) else {
            throw TrainingError("learning in a dream: \(horizon) steps, discount \(discount), lambda \(lambda), entropy \(entropyScale)")
        }
    }
}
