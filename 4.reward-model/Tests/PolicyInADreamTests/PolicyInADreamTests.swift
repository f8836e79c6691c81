// PolicyInADreamTests.swift - returns worked out by hand, PyTorch's policy loss, and a policy that learns what is known to be right.

import GoldenTesting
import Layers
@testable import PolicyInADream
import Randomness
import Tensors
import XCTest

final class PolicyInADreamTests: XCTestCase {
    func testReturnsByHand() {
        // γ = 0.5, λ = 0.5, three moments, values 1, 2, 4 and 8 after them.
        // R_2 = 3 + 0.5·(0.5·8 + 0.5·8) = 7;  R_1 = 0 + 0.5·(0.5·4 + 0.5·7) = 2.75;  R_0 = 1 + 0.5·(0.5·2 + 0.5·2.75) = 2.1875
        XCTAssertEqual(lambdaReturns(rewards: [1, 0, 3], values: [1, 2, 4, 8], discount: 0.5, lambda: 0.5), [2.1875, 2.75, 7])
        // The first value is nobody's future.
        XCTAssertEqual(lambdaReturns(rewards: [1, 0, 3], values: [99, 2, 4, 8], discount: 0.5, lambda: 0.5), [2.1875, 2.75, 7])
        // λ = 1 trusts the dream to its end, λ = 0 one moment of it.
        XCTAssertEqual(lambdaReturns(rewards: [1, 0, 3], values: [1, 2, 4, 8], discount: 0.5, lambda: 1), [2.75, 3.5, 7])
        XCTAssertEqual(lambdaReturns(rewards: [1, 0, 3], values: [1, 2, 4, 8], discount: 0.5, lambda: 0), [2, 2, 7])
        // Where the story ends, nothing follows.
        XCTAssertEqual(lambdaReturns(rewards: [1, 0, 3], values: [1, 2, 4, 8], discount: 0.5, lambda: 1, goesOn: [1, 0, 1]), [1, 0, 7])
    }

    func testPolicyLossAndGradientArePyTorchs() throws {
        let golden = try Golden("preference", in: .module)
        let logits = try golden.tensor("logits").asParameter()
        let loss = try preferenceLoss(
            logits, prior: golden.tensor("prior"), actions: golden.integers("actions"), advantages: golden.tensor("advantages").values)
        XCTAssertEqual(loss.item, try golden.tensor("loss").item, accuracy: 1e-5)
        loss.backward()
        assertEqual(logits.gradient, try golden.tensor("gradient"), within: 1e-5, "gradient")
    }

    func testOnlyTheSignOfAnAdvantageCounts() {
        var generator = SeededGenerator(seed: 1)
        let logits = Tensor.normal([4, 3], standardDeviation: 1, using: &generator), prior = Tensor(repeating: 0, shape: [4, 3]),
            actions = [0, 1, 2, 0]
        func loss(_ advantages: [Float]) -> Float { preferenceLoss(logits, prior: prior, actions: actions, advantages: advantages).item }
        XCTAssertEqual(loss([1, -1, 2, -3]), loss([0.01, -100, 7, -0.1]))
        XCTAssertNotEqual(loss([1, -1, 2, -3]), loss([1, -1, -2, -3]))
        XCTAssertTrue(loss([1, 1, 1, 1]).isFinite && loss([-1, -1, -1, -1]).isFinite, "an empty set adds nothing")
    }

    /// One state, three actions, the last one good: the policy goes there, and the farther from its prior, the smaller β.
    func testThePolicyGoesWhereItIsBetterAsFarAsThePriorLetsIt() {
        func probability(beta: Float) -> Float {
            let logits = Tensor([0, 0, 0], shape: [1, 3]).asParameter(), prior = Tensor(repeating: 0, shape: [1, 3])
            var generator = SeededGenerator(seed: 5)
            for _ in 0 ..< 300 {
                let actions = (0 ..< 16).map { _ in generator.integer(below: 3) },
                    all = Tensor.concatenated(Array(repeating: logits, count: 16), axis: 0)
                preferenceLoss(
                    all, prior: prior.expanded(to: [16, 3]), actions: actions, advantages: actions.map { $0 == 2 ? 1 : -1 }, beta: beta
                ).backward()
                for i in 0 ..< 3 { logits.pointer[i] -= 0.1 * logits.gradient!.pointer[i] }
                logits.clearGradient()
            }
            return logits.softmax().values[2]
        }
        // Where the better action stays better, the second term pulls without end: the paper's 0.3 holds it no
        // longer. (PyTorch has 1.0, 0.49 and 0.38.)
        let free = probability(beta: 0.3), held = probability(beta: 3), bound = probability(beta: 10)
        XCTAssertGreaterThan(free, 0.99)
        XCTAssertEqual(held, 0.49, accuracy: 0.05)
        XCTAssertEqual(bound, 0.38, accuracy: 0.03)
    }

    func testHeadsCloneWhatWasDone() {
        var generator = SeededGenerator(seed: 2)
        let heads = AgentHeads(state: 3, actions: 3, lookAhead: 2, width: 16, using: &generator), optimizer = AdamW(heads.parameters)
        // The largest number of a state says what is done and the first what it is worth.
        let states = Tensor.normal([40, 3], standardDeviation: 1, using: &generator).asParameter()
        let taken = (0 ..< 40).map { t in (0 ..< 3).max { states.pointer[3 * t + $0] < states.pointer[3 * t + $1] }! }
        let rewards = (0 ..< 40).map { max(0, min(1, states.pointer[3 * $0])) }
        XCTAssertEqual(heads(states).value.values, Array(repeating: 0, count: 40), "an untrained value head says nothing")
        for _ in 0 ..< 300 {
            heads.cloningLoss(states.reshaped([1, 40, 3]), taken: taken, rewards: rewards).backward()
            optimizer.step(learningRate: 1e-2)
        }
        let (policy, reward, _) = heads(states)
        XCTAssertEqual(zip(heads.nextAction(policy).argmax(), taken).filter { $0 == $1 }.count, 40)
        for t in 0 ..< 40 { XCTAssertEqual(reward.pointer[3 * t], rewards[t], accuracy: 0.2) }
    }

    func testWhatLiesBehindTheEndDoesNotCount() {
        var generator = SeededGenerator(seed: 2)
        let heads = AgentHeads(state: 2, actions: 2, lookAhead: 3, width: 8, using: &generator),
            states = Tensor.normal([2, 2], standardDeviation: 1, using: &generator)
        // Two moments look 4 and 4 ahead; 2 and 1 of these lie inside. Cross-entropy and error by hand over those three.
        let (policy, reward, _) = heads(states), p = policy.reshaped([8, 2]).softmax().log()
        let cloned = -(p.pointer[0 * 2 + 1] + p.pointer[1 * 2 + 0] + p.pointer[4 * 2 + 0]) / 3
        let missed =
            [(0, Float(0.5)), (1, 0.25), (4, 0.25)].reduce(Float(0)) { $0 + ($1.1 - reward.pointer[$1.0]) * ($1.1 - reward.pointer[$1.0]) }
            / 3
        XCTAssertEqual(
            heads.cloningLoss(states.reshaped([1, 2, 2]), taken: [1, 0], rewards: [0.5, 0.25]).item, cloned + missed, accuracy: 1e-5)
    }
}
