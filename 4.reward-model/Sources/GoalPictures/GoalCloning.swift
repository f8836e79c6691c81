// GoalCloning.swift - must one dream at all? Two pictures of the same episode, some steps apart: what was
// done first on the way from one to the other?
//
// Whoever can answer that has a policy: show it what the robot sees and what it is to see. No future is imagined, and nobody has to have
// driven well: wherever an episode came to, that was the goal of the steps before ("hindsight", arXiv 1707.01495; goal-conditioned cloning,
// arXiv 1912.06088). On some tasks this beats world models, so it belongs in every table of theirs.

import JetBot
import Layers
import LatentPrediction
import Planning
import Randomness
import Tensors

/// Latents of two frames -> which action led away from the first: [n,N·Z] twice -> [n,A].
public final class GoalCloning: Module {
    private let hidden: Linear, middle: Linear, output: Linear

    public init(numbers: Int, actions: Int, using generator: inout SeededGenerator) {
        hidden = Linear(2 * numbers, 256, gain: 1.4, using: &generator)
        middle = Linear(256, 256, gain: 1.4, using: &generator)
        output = Linear(256, actions, gain: 0.1, using: &generator)
    }

    /// [n,A] logits.
    public func callAsFunction(_ seen: Tensor, _ wanted: Tensor) -> Tensor {
        let n = seen.size(0)
        return output(middle(hidden(.concatenated([seen.reshaped([n, -1]), wanted.reshaped([n, -1])], axis: 1)).silu()).silu())
    }

    /// Learns from episodes: standardized latents [F,N,Z] and F-1 actions of each. Goals lie 1 to `reach` steps
    /// ahead. Gives back the last losses' mean.
    @discardableResult
    public func learn(
        _ latents: [Tensor], _ actions: [[Int]], reach: Int = 6, steps: Int = 1500, batch: Int = 128, using generator: inout SeededGenerator
    ) -> Float {
        let optimizer = AdamW(parameters, weightDecay: 0.05)
        var recent: [Float] = []
        for step in 0 ..< steps {
            var seen: [Tensor] = [], wanted: [Tensor] = [], labels: [Int] = []
            for _ in 0 ..< batch {
                let e = generator.integer(below: latents.count), k = 1 + generator.integer(below: min(reach, actions[e].count))
                let t = generator.integer(below: actions[e].count - k + 1)
                seen.append(latents[e].sliced(axis: 0, t ..< t + 1))
                wanted.append(latents[e].sliced(axis: 0, t + k ..< t + k + 1))
                labels.append(actions[e][t])
            }
            let loss = self(.concatenated(seen, axis: 0), .concatenated(wanted, axis: 0)).crossEntropy(labels)
            loss.backward()
            optimizer.step(learningRate: warmUpCosine(step: step, of: steps, peak: 1e-3, warmUp: 50))
            recent = (recent + [loss.item]).suffix(100)
        }
        return recent.reduce(0, +) / Float(max(1, recent.count))
    }

    public var tensors: [NamedTensor] { hidden.tensors(in: "hidden") + middle.tensors(in: "middle") + output.tensors(in: "output") }
}

/// Does what was done, wherever somebody came from such a view to such another.
public final class ClonedDriver: Driver {
    private let cloning: GoalCloning, world: any GoalWorld, goals: [Tensor], robotAction: [Int: Action]
    private var first = 0, count = 0
    public let looks = true

    /// - Parameter goals: for each episode what its picture is compared by, [1,..].
    public init(_ cloning: GoalCloning, _ world: any GoalWorld, goals: [Tensor]) {
        (self.cloning, self.world, self.goals) = (cloning, world, goals)
        robotAction = Dictionary(Action.allCases.compactMap { action in world.model.action(named: action.name).map { ($0, action) } }) {
            a, _ in a
        }
    }

    public func begin(episodes: Int) { (first, count) = (first + count, episodes) }

    public func decide(_ situations: [Situation]) -> [Action] {
        let size = world.model.imageSize,
            seen = world.compared(seenFrames(situations, last: 1, size: size).reshaped([situations.count, size, size, 3]))
        let wanted = Tensor.concatenated(situations.map { goals[first + $0.episode] }, axis: 0)
        return Tensor.withoutGradients { cloning(seen, wanted) }.argmax().map { robotAction[$0] ?? .stop }
    }
}
