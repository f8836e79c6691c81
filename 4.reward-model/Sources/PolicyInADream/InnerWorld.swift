// InnerWorld.swift - what is a dream to the one who lives in it?
//
// Something to see, and a word on how good it is. All agents of this chapter live in such worlds: one sees the frames that are drawn and
// the scorer judges them, another the latents that nobody draws, a third the state of a memory. What happens to them is the same.
//
//   r_t = (1-γ)·(score of frame t+1 - 1)       every moment costs what it lacks to the toy in the middle; a return is a mean, -1 ... 0
//   c_t = 0 where it has arrived and stands    the story is over, and costs nothing any more
//
// So the best life is to be there soon, and to stop. (If rewards were not below zero, it would pay to put the end off.)

import JetBot
import Randomness
import Tensors

/// B dreams side by side, as an agent sees them. A value.
public protocol InnerWorld {
    /// What is seen at this moment, [B,..].
    var view: Tensor { get }
    /// How good it is, 0...1, B numbers.
    var scores: [Float] { get }
    /// Does what B agents want (raw values of `Action`), and imagines what comes of it.
    mutating func step(_ actions: [Int], using generator: inout SeededGenerator)
    /// Whether the story goes on after those actions, 0...1; `before` were the scores then.
    func goesOn(after actions: [Int], before: [Float]) -> [Float]
}

extension InnerWorld {
    public func goesOn(after actions: [Int], before: [Float]) -> [Float] { byTheRule(actions, before: before) }
    func byTheRule(_ actions: [Int], before: [Float]) -> [Float] {
        actions.indices.map { isOver(before: before[$0], action: actions[$0], after: scores[$0]) ? 0 : 1 }
    }
}

/// It has arrived and stands: two frames with the toy ahead, and nothing moved between them. 0.85 is a toy 10 degrees from the middle.
public func isOver(before: Float, action: Int, after: Float) -> Bool { action == Action.stop.rawValue && min(before, after) >= 0.85 }

/// H moments of B dreams, and what was done in them: one dream after the other, except for `views`.
public struct Life {
    public let batch: Int, steps: Int
    /// [B,H+1,..], of which the last is only looked at.
    public let views: Tensor
    /// What led to each view, B·(H+1); nil where nothing did.
    public let led: [Int?]
    /// B·(H+1).
    public let scores: [Float]
    /// a_t and c_t, B·H.
    public let actions: [Int], goesOn: [Float]

    init(batch: Int, steps: Int, views: Tensor, led: [Int?], scores: [Float], actions: [Int], goesOn: [Float]) {
        (self.batch, self.steps, self.views, self.led) = (batch, steps, views, led)
        (self.scores, self.actions, self.goesOn) = (scores, actions, goesOn)
    }

    /// Lives on in `world`, by chance as `deciding` says: what is seen and what led to it -> logits [B,A]. Records no graph.
    public init(
        in world: inout some InnerWorld, steps: Int, led first: [Int?], using generator: inout SeededGenerator,
        deciding: (Tensor, [Int?]) -> Tensor
    ) {
        var views = [world.view], scores = [world.scores], led = [first], actions: [[Int]] = [], goesOn: [[Float]] = []
        for _ in 0 ..< steps {
            let chosen = Tensor.withoutGradients { deciding(views.last!, led.last!) }.drawn(using: &generator)
            world.step(chosen, using: &generator)
            goesOn.append(world.goesOn(after: chosen, before: scores.last!))
            views.append(world.view)
            scores.append(world.scores)
            led.append(chosen)
            actions.append(chosen)
        }
        func byDream<Value>(_ moments: [[Value]]) -> [Value] { first.indices.flatMap { b in moments.map { $0[b] } } }
        let all = Tensor.concatenated(views.map { $0.reshaped([first.count, 1] + $0.shape.dropFirst()) }, axis: 1)
        self.init(batch: first.count, steps: steps, views: all, led: byDream(led), scores: byDream(scores), actions: byDream(actions),
                  goesOn: byDream(goesOn))
    }

    /// R_t, and how much each moment counts: w_t = c_0·...·c_{t-1}, for what comes after the end is nobody's. B·H each.
    /// - Parameter values: v, B·(H+1).
    public func returns(values: [Float], discount: Float, lambda: Float) -> (returns: [Float], weights: [Float]) {
        var returns: [Float] = [], weights: [Float] = []
        for b in 0 ..< batch {
            let own = b * steps ..< (b + 1) * steps, seen = b * (steps + 1) ..< (b + 1) * (steps + 1)
            // No return is below -1 or above 0: a critic that says so is wrong, and must not feed on its own error.
            let values = values[seen].map { max(-1, min(0, $0)) }
            let rewards = scores[seen].dropFirst().map { (1 - discount) * ($0 - 1) }, goesOn = Array(goesOn[own])
            returns += lambdaReturns(rewards: rewards, values: values, discount: discount, lambda: lambda, goesOn: goesOn)
            var weight: Float = 1
            for c in goesOn {
                weights.append(weight)
                weight *= c
            }
        }
        return (returns, weights)
    }

    /// The mean score of all frames that were dreamed.
    public var meanScore: Float {
        let dreamed = scores.indices.filter { $0 % (steps + 1) > 0 }
        return dreamed.reduce(0) { $0 + scores[$1] } / Float(dreamed.count)
    }
}

extension [Float] {
    /// B·(H+1) numbers without the last of each B: B·H.
    func withoutLast(of steps: Int) -> [Float] { indices.filter { $0 % (steps + 1) < steps }.map { self[$0] } }
}
