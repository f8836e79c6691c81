// PlannerTests.swift - do the planners find what is there to be found?

import Randomness
import XCTest
@testable import Planning

/// A toy: a hidden sequence; the return is the share of its steps that were guessed. Its best sequence is known.
private struct Treasure: PlannedWorld {
    let hidden: [Int]
    func returns(of sequences: [[Int]]) -> [Float] {
        sequences.map { Float(zip($0, hidden).filter { $0 == $1 }.count) / Float(hidden.count) }
    }

    static func random(actions: Int, steps: Int, seed: UInt64) -> Treasure {
        var generator = SeededGenerator(seed: seed)
        return Treasure(hidden: (0 ..< steps).map { _ in generator.integer(below: actions) })
    }
}

final class PlannerTests: XCTestCase {
    private let actions = [0, 1, 2, 3, 4]

    func testConstantActionsAreTriedOnceInTheirOrder() {
        var generator = SeededGenerator(seed: 1)
        let plan = ConstantActions(actions: [0, 1, 2], horizon: 3).plan(in: Treasure(hidden: [2, 2, 1]), using: &generator)
        XCTAssertEqual(plan.sequences, [[0, 0, 0], [1, 1, 1], [2, 2, 2]])
        XCTAssertEqual(plan.best, 2)
        XCTAssertEqual(plan.value(holding: 1)!, 1 / 3, accuracy: 1e-6)
        XCTAssertNil(plan.value(holding: 4))
    }

    func testAllPlannersTryTheConstantSequencesFirstAndOthersAfter() {
        let planners: [any Planner] = [
            RandomShooting(actions: actions, horizon: 4, candidates: 20),
            CrossEntropyMethod(actions: actions, horizon: 4, candidates: 10, rounds: 2),
        ]
        for planner in planners {
            var generator = SeededGenerator(seed: 2)
            let plan = planner.plan(in: Treasure(hidden: [1, 2, 3, 4]), using: &generator)
            XCTAssertEqual(plan.sequences.prefix(5), ArraySlice(actions.map { Array(repeating: $0, count: 4) }))
            XCTAssertEqual(plan.sequences.count, 20)
            XCTAssertTrue(plan.sequences.allSatisfy { $0.count == 4 && $0.allSatisfy(actions.contains) })
        }
    }

    func testTiesGoToWhatWasTriedFirst() {
        struct Flat: PlannedWorld { func returns(of sequences: [[Int]]) -> [Float] { sequences.map { _ in 0.5 } } }
        var generator = SeededGenerator(seed: 3)
        XCTAssertEqual(ConstantActions(actions: actions, horizon: 4).plan(in: Flat(), using: &generator).best, 0)
        let dice = CrossEntropyMethod(actions: actions, horizon: 4, candidates: 8)
        XCTAssertEqual(dice.plan(in: Flat(), using: &generator).best, 0)
    }

    func testShootingTriesAllThereAreWhenItCan() {
        var generator = SeededGenerator(seed: 4)
        let treasure = Treasure(hidden: [1, 0, 1, 1])
        let plan = RandomShooting(actions: [0, 1], horizon: 4, candidates: 16).plan(in: treasure, using: &generator)
        XCTAssertEqual(plan.sequences.count, 16)
        XCTAssertEqual(Set(plan.sequences).count, 16)
        XCTAssertEqual(plan.sequences[plan.best], treasure.hidden)
    }

    func testTheCrossEntropyMethodFindsTheTreasure() {
        for seed: UInt64 in 0 ..< 10 {
            var generator = SeededGenerator(seed: seed)
            let treasure = Treasure.random(actions: 5, steps: 6, seed: 100 + seed)   // one of 15,625
            let planner = CrossEntropyMethod(actions: actions, horizon: 6, candidates: 60, rounds: 8, elites: 10)
            let plan = planner.plan(in: treasure, using: &generator)
            XCTAssertEqual(plan.sequences[plan.best], treasure.hidden, "seed \(seed)")
        }
    }

    func testTheCrossEntropyMethodBeatsShootingAtTheSameBudget() {
        var shooting: Float = 0, crossEntropy: Float = 0
        for seed: UInt64 in 0 ..< 20 {
            let treasure = Treasure.random(actions: 5, steps: 8, seed: 200 + seed)
            func best(_ planner: any Planner) -> Float {
                var generator = SeededGenerator(seed: seed)
                let plan = planner.plan(in: treasure, using: &generator)
                XCTAssertEqual(plan.sequences.count, 240)
                return plan.returns[plan.best]
            }
            shooting += best(RandomShooting(actions: actions, horizon: 8, candidates: 240)) / 20
            crossEntropy += best(CrossEntropyMethod(actions: actions, horizon: 8, candidates: 40, rounds: 6, elites: 6)) / 20
        }
        XCTAssertGreaterThan(crossEntropy, shooting + 0.1, "\(crossEntropy) against \(shooting)")
    }

    func testTheDiceAreLoadedAsTheElitesShow() {
        var planner = CrossEntropyMethod(actions: [0, 7], horizon: 2, candidates: 4, elites: 2, smoothing: 0.5)
        planner.learn([[0, 0], [7, 0], [7, 7], [0, 7]], [0.1, 0.9, 0.8, 0.2])
        // The elites are [7,0] and [7,7]: 7 in all of them first, in half of them second. Half the way there from 0.5:
        XCTAssertEqual(planner.probabilities, [[0.25, 0.75], [0.5, 0.5]])
    }

    func testTheSameSeedGivesTheSamePlan() {
        func sequences(_ seed: UInt64) -> [[Int]] {
            var generator = SeededGenerator(seed: seed)
            let planner = CrossEntropyMethod(actions: actions, horizon: 5, candidates: 12)
            return planner.plan(in: Treasure(hidden: [4, 3, 2, 1, 0]), using: &generator).sequences
        }
        XCTAssertEqual(sequences(5), sequences(5))
        XCTAssertNotEqual(sequences(5), sequences(6))
    }

    func testSeveralWorldsArePlannedForAsEachAlone() {
        let treasures = (0 ..< 3).map { Treasure.random(actions: 5, steps: 4, seed: $0) }
        let planner = CrossEntropyMethod(actions: actions, horizon: 4, candidates: 12)
        var together = (0 ..< 3).map { SeededGenerator(seed: UInt64($0)) }
        let plans = planner.plans(using: &together) { proposals in zip(treasures, proposals).map { $0.returns(of: $1) } }
        for i in 0 ..< 3 {
            var alone = SeededGenerator(seed: UInt64(i))
            XCTAssertEqual(planner.plan(in: treasures[i], using: &alone).sequences, plans[i].sequences)
            XCTAssertEqual(alone, together[i])
        }
    }

    func testWhatCountsOfAFuture() {
        let passing: [Float] = [0.9, 0.7, 0.4, 0.2], standing: [Float] = [0.75, 0.75, 0.75, 0.75]
        XCTAssertEqual(Objective.best(passing), 0.9)
        XCTAssertEqual(Objective.last(passing), 0.2)
        XCTAssertEqual(Objective.mean(standing), 0.75, accuracy: 1e-6)
        XCTAssertEqual(Objective.mean([1, 0]), 1 / 1.97, accuracy: 1e-6)
        // The mean stands still, the best moment goes.
        XCTAssertLessThan(Objective.mean(passing), Objective.mean(standing))
        XCTAssertGreaterThan(Objective.best(passing), Objective.best(standing))
        XCTAssertGreaterThan(Objective.best([0.9, 0, 0]), Objective.best([0, 0, 0.9]), "sooner is better")
    }
}
