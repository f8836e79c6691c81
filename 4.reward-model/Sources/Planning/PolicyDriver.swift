// PolicyDriver.swift - a driver that does not plan: it looks once, and does what it has learned to do.
//
// What tried thousands of futures was its training. What is left is a mind: what it has seen of this episode, and for what it sees now a
// chance for each action. One pass through a network a decision, where a planner dreams twenty frames.

import Foundation
import JetBot
import Randomness
import Tensors
import Training

/// What a policy has seen of B episodes. A value.
public protocol Mind {
    /// Takes in what B robots see now, [B,H,W,3] in 0...1, and what each did before it (nil: this is the first frame) -> logits [B,A] of
    /// what to do, in the order of `Action`.
    mutating func decide(_ frames: Tensor, after actions: [Int]?) -> Tensor
    /// Row `rows[i]` becomes row i.
    func selecting(_ rows: [Int]) -> Self
}

/// A trained policy of any family.
public protocol TrainedPolicy: AnyObject {
    /// H = W, in pixels.
    var imageSize: Int { get }
    var framesPerSecond: Double { get }
    /// A mind that has seen nothing.
    func mind() -> any Mind
    /// What it expects of the floor: from frames [B,H,W,3] it dreams on, doing what it would do; the mean reward of `steps` dreamed frames,
    /// in the eyes of whoever judged its dreams.
    func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float
    /// What only a policy of this family can say of itself, for `validate-policy`.
    func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport
}

extension TrainedPolicy {
    public func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport { ValidationReport() }
}

/// Drives several robots with one mind.
public final class PolicyDriver: Driver {
    private let policy: any TrainedPolicy, isSampled: Bool
    private var mind: (any Mind)?
    /// The row of `mind` of each episode.
    private var rows: [Int: Int] = [:]
    private var generator: SeededGenerator
    /// Of the last decision: a chance for each action, for each robot.
    public private(set) var chances: Tensor?
    public let looks = true

    /// - Parameter isSampled: whether actions are drawn by their chances, as in training; else the likeliest is taken.
    public init(_ policy: any TrainedPolicy, isSampled: Bool = true, seed: UInt64 = 1) {
        (self.policy, self.isSampled, generator) = (policy, isSampled, SeededGenerator(seed: seed, stream: 8))
    }

    public func begin(episodes: Int) { (mind, rows) = (nil, [:]) }

    public func decide(_ situations: [Situation]) -> [Action] {
        let size = policy.imageSize, frames = seenFrames(situations, last: 1, size: size).reshaped([situations.count, size, size, 3])
        // Robots that found their toy have dropped out.
        var known = mind?.selecting(situations.map { rows[$0.episode]! }) ?? policy.mind()
        let done = mind == nil ? nil : situations.map { $0.actions.last!.rawValue }
        let logits = Tensor.withoutGradients { known.decide(frames, after: done) }
        mind = known
        rows = Dictionary(uniqueKeysWithValues: situations.enumerated().map { ($1.episode, $0) })
        chances = logits.softmax()
        return (isSampled ? logits.drawn(using: &generator) : logits.argmax()).map { Action(rawValue: $0)! }
    }
}

/// One action for ever: what a robot can do that sees nothing.
public final class ConstantDriver: Driver {
    private let action: Action
    public let looks = false

    public init(_ action: Action) { self.action = action }

    public func begin(episodes: Int) {}
    public func decide(_ situations: [Situation]) -> [Action] { situations.map { _ in action } }
}

/// Who is measured beside a policy and sees nothing, by the prefix of its metrics.
public func blindDrivers(seed: UInt64) -> [(name: String, driver: any Driver)] {
    [("random_", RandomDriver(seed: seed)), ("standing_", ConstantDriver(.stop)), ("turning_", ConstantDriver(.turnLeft))]
}

extension Tensor {
    /// One draw a row from logits [n,A], each by its softmax: n numbers.
    public func drawn(using generator: inout SeededGenerator) -> [Int] {
        let p = softmax(), A = size(-1)
        return (0 ..< count / A).map { row in
            var left = generator.uniform()
            for a in 0 ..< A - 1 {
                left -= p.pointer[row * A + a]
                if left < 0 { return a }
            }
            return A - 1
        }
    }
}
