// LearningTests.swift - PyTorch's whole update, a life worked out by hand, an agent that learns what is known to be right, and nobody off
// by one.

import GoldenTesting
import JetBot
import Layers
import Planning
@testable import PolicyInADream
import Randomness
import ShortcutForcing
import Tensors
import WorldModels
import XCTest

/// A line of seven places; the toy is in the middle. Left and right move, the other actions do not.
struct LineWorld: InnerWorld {
    var places: [Int]
    var view: Tensor {
        let view = Tensor(repeating: 0, shape: [places.count, 7])
        for (row, place) in places.enumerated() { view.pointer[row * 7 + place + 3] = 1 }
        return view
    }
    var scores: [Float] { places.map { 1 - Float(abs($0)) / 3 } }
    mutating func step(_ actions: [Int], using generator: inout SeededGenerator) {
        for (i, action) in actions.enumerated() {
            if action == Action.turnLeft.rawValue { places[i] = max(-3, places[i] - 1) }
            if action == Action.turnRight.rawValue { places[i] = min(3, places[i] + 1) }
        }
    }
}

final class LearningTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    private func assertEqual(_ a: [Float], _ b: [Float], _ accuracy: Float = 1e-5, line: UInt = #line) {
        XCTAssertEqual(a.count, b.count, line: line)
        for (x, y) in zip(a, b) { XCTAssertEqual(x, y, accuracy: accuracy * max(1, abs(y)), line: line) }
    }

    /// One dream of three steps from place -1: right, stop, left. Scores 2/3, 1, 1, 2/3: with the stop the story ends.
    func testALifeByHand() {
        var world = LineWorld(places: [-1]), wanted = [Action.turnRight, .stop, .turnLeft].map(\.rawValue)
        let life = Life(in: &world, steps: 3, led: [nil], using: &generator) { _, _ in
            let logits = Tensor(repeating: -100, shape: [1, 5])
            logits.pointer[wanted.removeFirst()] = 0
            return logits
        }
        XCTAssertEqual(life.views.values, [-1, 0, 0, -1].flatMap { place in (0 ..< 7).map { $0 == place + 3 ? 1 : 0 } })
        XCTAssertEqual(life.led, [nil, 2, 0, 1])
        XCTAssertEqual(life.actions, [2, 0, 1])
        assertEqual(life.scores, [2.0 / 3, 1, 1, 2.0 / 3])
        XCTAssertEqual(life.goesOn, [1, 0, 1], "it stood where the toy is")
        // γ = λ = 0.5, r = 0.5·(score - 1): 0, 0, -1/6. Values -0.4, -0.8, -0.2, -0.6.
        // R_2 = -1/6 + 0.5·(-0.6) = -0.46667;  R_1 = 0, the story is over;  R_0 = 0 + 0.5·(0.5·(-0.8) + 0.5·0) = -0.2
        let (returns, weights) = life.returns(values: [-0.4, -0.8, -0.2, -0.6], discount: 0.5, lambda: 0.5)
        assertEqual(returns, [-0.2, 0, -0.466667])
        XCTAssertEqual(weights, [1, 1, 0], "what comes after the end is nobody's")
    }

    func testAWholeUpdateIsPyTorchs() throws {
        let golden = try Golden("actor-critic", in: .module)
        let actor = try golden.tensor("actor").asParameter(), critic = try golden.tensor("critic").asParameter()
        let slow = try golden.tensor("slow")
        let bins = TwoHot(count: critic.size(1), from: -1, to: 0), actions = try golden.integers("actions")
        let life = try Life(batch: 3, steps: 4, views: Tensor(repeating: 0, shape: [3, 5, 1]), led: Array(repeating: nil, count: 15),
                            scores: golden.tensor("scores").values, actions: actions, goesOn: golden.tensor("goes_on").values)
        let values = Tensor.withoutGradients { bins.values(of: critic) }
        let (returns, weights) = life.returns(values: values, discount: 0.9, lambda: 0.8)
        assertEqual(returns, try golden.tensor("returns").values)
        assertEqual(weights, try golden.tensor("weights").values)
        var scale = ReturnScale(least: 0.001)
        let S = scale(returns), lived = (0 ..< 15).filter { $0 % 5 < 4 }
        XCTAssertEqual(S, try golden.tensor("scale").item, accuracy: 1e-6)
        let (praise, _) = actorLoss(
            actor, actions: actions, advantages: zip(returns, lived).map { ($0 - values[$1]) / S }, weights: weights, entropyScale: 0.05)
        let blame = criticLoss(critic.rows(at: lived), slow: bins.values(of: slow), returns: returns, weights: weights, bins: bins)
        XCTAssertEqual(praise.item, try golden.tensor("actor_loss").item, accuracy: 1e-3)
        XCTAssertEqual(blame.item, try golden.tensor("critic_loss").item, accuracy: 1e-4)
        (praise + blame).backward()
        assertEqual(actor.gradient!.values, try golden.tensor("actor_gradient").values, 1e-4)
        assertEqual(critic.gradient!.values, try golden.tensor("critic_gradient").values, 1e-4)
    }

    /// The spread of 0, 1 ... 100 is 90; a hundredth of it is taken in at once, and never less than the least is told.
    func testTheScaleOfReturns() {
        var scale = ReturnScale(least: 0.5)
        XCTAssertEqual(scale((0 ... 100).map(Float.init)), 0.9, accuracy: 1e-4)
        XCTAssertEqual(scale([1, 1, 1]), 0.891, accuracy: 1e-4)
        var small = ReturnScale(least: 0.5)
        XCTAssertEqual(small([0, 1]), 0.5)
    }

    func testTheHeadsBeginAtZero() {
        let policy = RecurrentPolicy(features: 7, width: 8, actions: 5, using: &generator)
        let (logits, values, _) = policy(
            Tensor.normal([2, 3, 7], standardDeviation: 1, using: &generator), led: Array(repeating: 1, count: 6))
        XCTAssertEqual(logits.values, Array(repeating: 0, count: 30))
        XCTAssertEqual(values.values, Array(repeating: -0.5, count: 6))
    }

    /// REINFORCE with a memory, on the line: after some hundred updates it walks to the toy and stands.
    func testItLearnsToFindAndToStand() {
        let policy = RecurrentPolicy(features: 7, width: 16, actions: 5, using: &generator), optimizer = AdamW(policy.parameters)
        var scale = ReturnScale(), score: Float = 0, first: Float = 0
        for update in 0 ..< 200 {
            var world = LineWorld(places: (0 ..< 32).map { _ in generator.integer(below: 7) - 3 }), state: Tensor?
            let life = Life(in: &world, steps: 8, led: Array(repeating: nil, count: 32), using: &generator) { view, led in
                let (logits, _, states) = policy(view.reshaped([32, 1, 7]), led: led, state: state)
                state = states.reshaped([32, -1])
                return logits.reshaped([32, 5])
            }
            let (logits, value, _) = policy(life.views, led: life.led)
            let (returns, weights) = life.returns(values: value.values, discount: 0.9, lambda: 0.95),
                values = value.values.withoutLast(of: 8), S = scale(returns)
            let (actor, _) = actorLoss(logits.sliced(axis: 1, 0 ..< 8).reshaped([256, 5]), actions: life.actions,
                                       advantages: zip(returns, values).map { ($0 - $1) / S }, weights: weights, entropyScale: 0.01)
            (actor + valueLoss(value.sliced(axis: 1, 0 ..< 8).reshaped([256]), returns: returns, weights: weights)).backward()
            clipGradients(of: policy.parameters, to: 1)
            optimizer.step(learningRate: 1e-2)
            score = life.goesOn.filter { $0 == 0 }.isEmpty ? 0 : life.meanScore
            if update == 0 { first = life.meanScore }
        }
        XCTAssertLessThan(first, 0.65)
        XCTAssertGreaterThan(score, 0.8, "of at most 0.9: the first steps lead there")
    }

    // MARK: Off by one

    /// Clips of a red column on one of four places, [B·T,16,16,3]; 1 and 2 move it, 0 does not; scored by how far to the left it is.
    private func columns(_ B: Int, frames T: Int, actions possible: Range<Int>) -> (frames: Tensor, scores: [Float], actions: [Int]) {
        let frames = Tensor(repeating: 0, shape: [B * T, 16, 16, 3])
        var scores: [Float] = [], actions: [Int] = []
        for b in 0 ..< B {
            var place = generator.integer(below: 4)
            for t in 0 ..< T {
                for y in 0 ..< 16 { for x in place * 4 ..< place * 4 + 4 { frames.pointer[(((b * T + t) * 16 + y) * 16 + x) * 3] = 1 } }
                scores.append(1 - Float(place) / 3)
                if t == T - 1 { break }
                actions.append(possible.lowerBound + generator.integer(below: possible.count))
                place = max(0, min(3, place + [0, -1, 1][actions.last!]))
            }
        }
        return (frames, scores, actions)
    }

    /// An eye that was taught what comes after which action has a larger error when actions, or scores, are shifted by one.
    func testAShiftIsSeenByTheEye() {
        let eye = RewardEye(imageSize: 16, channels: 4, actions: 5, using: &generator), optimizer = AdamW(eye.parameters)
        for _ in 0 ..< 150 {
            let (frames, scores, actions) = columns(8, frames: 4, actions: 1 ..< 3)
            eye.loss(eye(frames), scores: scores, actions: actions).backward()
            optimizer.step(learningRate: 5e-3)
        }
        let (frames, scores, actions) = columns(32, frames: 4, actions: 1 ..< 3)
        func loss(_ scores: [Float], _ actions: [Int]) -> Float {
            Tensor.withoutGradients { eye.loss(eye(frames), scores: scores, actions: actions).item }
        }
        let right = loss(scores, actions)
        XCTAssertGreaterThan(loss(scores, Array(actions[1...] + actions[..<1])), right + 0.05)
        XCTAssertGreaterThan(loss(Array(scores[1...] + scores[..<1]), actions), right + 0.05)
    }

    /// Whoever judges pairs of frames: two pictures of a column on the left are an end if the robot stood, and none if it pushed the wall.
    func testAShiftIsSeenByTheJudge() {
        let judge = RewardEndModel(imageSize: 16, channels: 4, width: 16, actions: 5, using: &generator)
        let optimizer = AdamW(judge.parameters)
        func pairs(_ B: Int) -> (clips: Tensor, scores: [Float], actions: [Int]) {
            let (frames, scores, actions) = columns(B, frames: 2, actions: 0 ..< 3)
            return (frames.reshaped([B, 2, 16, 16, 3]), scores, actions)
        }
        for _ in 0 ..< 400 {
            let (clips, scores, actions) = pairs(16)
            judge.loss(clips, scores: scores, actions: actions).backward()
            optimizer.step(learningRate: 5e-3)
        }
        let (clips, scores, actions) = pairs(64)
        func loss(_ scores: [Float], _ actions: [Int]) -> Float {
            Tensor.withoutGradients { judge.loss(clips, scores: scores, actions: actions).item }
        }
        XCTAssertGreaterThan(loss(scores, Array(actions[1...] + actions[..<1])), loss(scores, actions) + 0.05)
        XCTAssertGreaterThan(loss(Array(scores[1...] + scores[..<1]), actions), loss(scores, actions) + 0.05)
        let left = columns(200, frames: 1, actions: 0 ..< 1), row = left.scores.firstIndex(of: 1)!, frame = left.frames.rows(at: [row, row])
        let (rewards, ends) = judge.judge(frame, [0, 1], frame)
        XCTAssertGreaterThan(rewards.min()!, 0.9)
        XCTAssertGreaterThan(ends[0], 0.5, "it stood there")
        XCTAssertLessThan(ends[1], 0.5, "it pushed the wall")
    }

    /// The same for the state's heads: a score belongs to the state that has seen its frame.
    func testAShiftIsSeenByTheState() {
        let world = MicroWorlds.memory("rssm", &generator)
        var c = StateAgent.Configuration()
        (c.features, c.width) = (world.featureCount, 16)
        let agent = StateAgent(c, world: world, using: &generator), optimizer = AdamW(agent.parameters)
        let clips = Tensor.normal([16, 6, 3], standardDeviation: 2, using: &generator),
            actions = (0 ..< 80).map { _ in generator.integer(below: 5) }
        let scores = (0 ..< 96).map { clips.pointer[3 * $0] > 0 ? Float(0.9) : 0.1 }
        let states = agent.states(of: clips, actions: actions, using: &generator)
        for _ in 0 ..< 200 {
            agent.headLoss(states, scores: scores, actions: actions).backward()
            optimizer.step(learningRate: 1e-2)
        }
        func loss(_ scores: [Float], _ actions: [Int]) -> Float {
            Tensor.withoutGradients { agent.headLoss(states, scores: scores, actions: actions).item }
        }
        XCTAssertGreaterThan(loss(Array(scores[1...] + scores[..<1]), actions), loss(scores, actions) + 0.05)
        XCTAssertGreaterThan(loss(scores, Array(actions[1...] + actions[..<1])), loss(scores, actions) + 0.02)
    }

    /// A state that has seen a clip is, row by row, what the driver's mind holds after the same frames and actions.
    func testTheMindOnTheFloorIsTheOneThatLearned() {
        let world = MicroWorlds.memory("rssm", &generator)
        var c = StateAgent.Configuration()
        (c.features, c.width) = (world.featureCount, 16)
        let agent = StateAgent(c, world: world, using: &generator), frames = Tensor.uniform([2, 3, 64, 64, 3], 0, 1, using: &generator),
            actions = [1, 4, 0, 2]
        for (_, tensor) in agent.actor.tensors { for i in 0 ..< tensor.count { tensor.pointer[i] = generator.normal() } }
        // The mind's own dice.
        var dice = SeededGenerator(seed: 0)
        let states = agent.states(of: world.numbers(of: frames), actions: actions, using: &dice),
            expected = Tensor.withoutGradients { agent.actor(world.memory.features(of: states)) }
        var mind = agent.mind()
        for t in 0 ..< 3 {
            let seen = frames.sliced(axis: 1, t ..< t + 1).reshaped([2, 64, 64, 3])
            let logits = Tensor.withoutGradients { mind.decide(seen, after: t == 0 ? nil : [actions[t - 1], actions[2 + t - 1]]) }
            assertEqual(logits.values, expected.rows(at: [t, 3 + t]).values, 1e-4)
        }
    }

    // MARK: Agent tokens

    func testTheTokenHearsAllAndIsHeardByNobody() {
        let tokens = AgentTokens(latents: 4, numbers: 3, tasks: 2, width: 8, using: &generator),
            z = Tensor.normal([2, 4, 3], standardDeviation: 1, using: &generator)
        func heard(_ z: Tensor, task: Int) -> (latents: [Float], token: [Float]) {
            let x = Tensor.withoutGradients { tokens.heard(z, task: task) }
            return (x.sliced(axis: 1, 0 ..< 4).values, x.sliced(axis: 1, 4 ..< 5).values)
        }
        let one = heard(z, task: 0), other = heard(z, task: 1)
        XCTAssertEqual(one.latents, other.latents, "nobody hears the task")
        XCTAssertNotEqual(one.token, other.token)
        for latent in 0 ..< 4 {
            let changed = Tensor(z.values, shape: z.shape)
            changed.pointer[latent * 3] += 1
            XCTAssertNotEqual(heard(changed, task: 0).token.prefix(8), one.token.prefix(8), "it hears latent \(latent)")
        }
    }

    /// Before the value knows anything, it alone learns: the policy says what it said.
    func testWhileTheValueLearnsThePolicyStays() {
        let world = MicroWorlds.shortcut(&generator), frames = Tensor.uniform([4, 2, 64, 64, 3], 0, 1, using: &generator)
        var c = ForcingAgent.Configuration()
        (c.latents, c.numbers, c.width, c.lookAhead, c.learning.horizon) = (4, 3, 8, 2, 3)
        let agent = ForcingAgent(c, world: world, using: &generator), optimizer = AdamW(agent.improving)
        agent.beginImproving()
        func update(isValuing: Bool) -> [String: Double] {
            let life = agent.live(after: frames, actions: [1, 2, 0, 4], using: &generator)
            let (loss, parts) = agent.loss(life, isValuing: isValuing)
            loss.backward()
            optimizer.step(learningRate: 1e-2)
            return parts
        }
        for _ in 0 ..< 3 { XCTAssertEqual(update(isValuing: true)["drift"]!, 0, accuracy: 1e-9) }
        for _ in 0 ..< 3 { _ = update(isValuing: false) }
        XCTAssertGreaterThan(update(isValuing: false)["drift"]!, 1e-5)
    }

    /// Another task, the same actions: the same dream, frame for frame.
    func testAnotherTaskSeesTheSameDream() {
        let world = MicroWorlds.shortcut(&generator), frames = Tensor.uniform([2, 2, 64, 64, 3], 0, 1, using: &generator)
        var c = ForcingAgent.Configuration()
        (c.latents, c.numbers, c.width, c.lookAhead) = (4, 3, 8, 2)
        let agent = ForcingAgent(c, world: world, using: &generator)
        func dream() -> (frames: [Float], view: [Float]) {
            var dice = SeededGenerator(seed: 3), inner = ForcedWorld(agent, from: frames, actions: [1, 2])
            for _ in 0 ..< 3 { inner.step([1, 0], using: &dice) }
            return (inner.picture(), inner.view.values)
        }
        let before = dream(), task = agent.tokens.tensors.first { $0.name == "task" }!.tensor
        for i in 0 ..< task.count { task.pointer[i] += 1 }
        let after = dream()
        XCTAssertEqual(before.frames, after.frames)
        XCTAssertNotEqual(before.view, after.view)
    }
}
