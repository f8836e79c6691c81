// Objective.swift - a future is a row of rewards: which one number says how good it is?
//
// Take a toy that is one turn of 16 degrees to the left. "Turn left, four times" meets it after the first and leaves it behind
// with the rest: rewards 1, 0.75, 0.5, 0.25, a mean of 0.63 (later ones count a little less). Standing still has 0.75. Who
// counts the mean stands still, and never looks straight at the toy. But nobody has to turn four times: at every step there is a new plan.
// So what counts is the best place that a future passes through.

import Foundation

/// One number for the rewards of the imagined frames, in their order.
public enum Objective: String, CaseIterable {
    /// The best moment; a later one counts a little less, or the robot would put off what it can do now.
    case best
    /// The mean of all moments, the earlier ones a little heavier. Right where a sequence must be carried out to its end.
    case mean
    /// The last moment alone.
    case last

    /// What is left of a reward that comes one step later.
    public static let discount: Float = 0.97

    /// h rewards, 0...1 -> 0...1
    public func callAsFunction(_ rewards: [Float]) -> Float {
        let weights = rewards.indices.map { powf(Objective.discount, Float($0)) }
        switch self {
        case .best: return zip(rewards, weights).map { $0 * $1 }.max() ?? 0
        case .mean: return zip(rewards, weights).map { $0 * $1 }.reduce(0, +) / weights.reduce(0, +)
        case .last: return rewards.last ?? 0
        }
    }
}
