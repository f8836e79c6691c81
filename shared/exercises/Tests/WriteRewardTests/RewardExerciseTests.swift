// RewardExerciseTests.swift - are the answers right? By hand, and against the house's own.

import Foundation
import InWords
@testable import Planning
import PolicyInADream
import Randomness
import RewardModel
import Tensors
import WriteReward
import XCTest

/// Fixed random numbers.
private func random(_ count: Int, seed: UInt64, _ low: Float = -2, _ high: Float = 2) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0 ..< count).map { _ in generator.uniform(low, high) }
}

private func table(_ values: [Float], _ columns: Int) -> [[Float]] {
    stride(from: 0, to: values.count, by: columns).map { Array(values[$0 ..< $0 + columns]) }
}

final class SigmoidLossTests: XCTestCase {
    func testByHand() {
        // ln(1 + e^-2) = 0.126928, ln(1 + e^-1) = 0.313262, ln 2 = 0.693147, ln(1 + e^3) = 3.048587; their sum over 2 pictures.
        let found = WriteReward.sigmoidLoss([[2, -1], [0, 3]], fits: [[true, false], [true, false]])
        expect(found, 2.090962, "logits [2, -1] and [0, 3], where the first sentence fits both pictures")
    }

    func testFarAway() {
        expect(WriteReward.sigmoidLoss([[-200]], fits: [[true]]), 200, "a logit of -200 for a pair that fits (e^200 is infinite)")
    }

    func testTheHouseSaysTheSame() {
        let logits = random(16, seed: 1), fits = random(16, seed: 2).map { $0 > 0 }
        let wanted = RewardModel.sigmoidLoss(Tensor(logits, shape: [4, 4]), fits: fits).item
        let found = WriteReward.sigmoidLoss(table(logits, 4), fits: stride(from: 0, to: 16, by: 4).map { Array(fits[$0 ..< $0 + 4]) })
        expect(found, wanted, "random logits of 4 pictures with 4 sentences")
    }
}

final class InfoNceTests: XCTestCase {
    func testByHand() {
        expect(WriteReward.infoNCE([[0, 0], [0, 0]]), 0.693147, "two pictures that look alike to both sentences: ln 2")
        // Rows: ln(e + 1) - 1 and ln(1 + e²) - 2; columns: the same two, as the table is symmetric.
        expect(WriteReward.infoNCE([[1, 0], [0, 2]]), (0.313262 + 0.126928) / 2, "logits [1, 0] and [0, 2]")
    }

    func testRowsAndColumns() {
        // Rows: both sentences look alike, ln 2 each. Columns: ln(e⁴ + 1) - 4 = 0.018150 for the first picture, 4 more for the second.
        expect(WriteReward.infoNCE([[4, 4], [0, 0]]), (0.693147 + (0.018150 + 4.018150) / 2) / 2,
            "logits [4, 4] and [0, 0]: rows cost ln 2, columns 0.018 and 4.018")
    }

    func testTheHouseSaysTheSame() {
        let logits = random(25, seed: 3, -9, 9)
        expect(WriteReward.infoNCE(table(logits, 5)), RewardModel.infoNCE(Tensor(logits, shape: [5, 5])).item, "random logits of 5 pairs")
    }
}

final class WilsonIntervalTests: XCTestCase {
    func testByHand() {
        let found = wilsonInterval(17, of: 20)
        expect(found.low, 0.640, within: 1e-3, "17 of 20, the lowest rate")
        expect(found.high, 0.948, within: 1e-3, "17 of 20, the highest rate")
    }

    func testAllAndNone() {
        let none = wilsonInterval(0, of: 10), all = wilsonInterval(10, of: 10)
        expect(none.low, 0, "0 of 10, the lowest rate")
        expect(none.high, 0.2775, within: 1e-3, "0 of 10, the highest rate")
        expect(all.low, 0.7225, within: 1e-3, "10 of 10, the lowest rate")
    }

    func testTheHouseSaysTheSame() {
        for (successes, trials) in [(1, 3), (50, 100), (83, 100), (999, 1000)] {
            let found = wilsonInterval(successes, of: trials), wanted = SuccessRate(successes: successes, of: trials).interval
            expect(found.low, wanted.lowerBound, "\(successes) of \(trials), the lowest rate")
            expect(found.high, wanted.upperBound, "\(successes) of \(trials), the highest rate")
        }
    }
}

final class LoadTheDiceTests: XCTestCase {
    func testByHand() {
        let found = loaded([[0.5, 0.5], [0.5, 0.5]], plans: [[0, 0], [1, 0], [1, 1]], returns: [1, 5, 3], elites: 2, smoothing: 0.5)
        expect(found.first ?? [], [0.25, 0.75], "the first die: both elites, [1, 0] and [1, 1], show face 1; half of the way there")
        expect(found.last ?? [], [0.5, 0.5], "the second die: one elite shows 0, the other 1")
    }

    func testEquallyGood() {
        let found = loaded([[0.5, 0.5]], plans: [[0], [1], [1]], returns: [2, 2, 2], elites: 1, smoothing: 1)
        expect(found.first ?? [], [1, 0], "three plans that are equally good, one elite: the first")
    }

    func testTheHouseSaysTheSame() {
        var house = CrossEntropyMethod(actions: [0, 1, 2], horizon: 3, candidates: 20, elites: 4), generator = SeededGenerator(seed: 4)
        var dice = house.probabilities
        for round in 1 ... 2 {
            let plans = house.propose(using: &generator), values = random(plans.count, seed: UInt64(10 + round))
            house.learn(plans, values)
            dice = loaded(dice, plans: plans, returns: values, elites: 4, smoothing: 0.7)
            expect(dice.flatMap { $0 }, house.probabilities.flatMap { $0 }, "three dice after \(round) rounds of 20 plans")
        }
    }
}

final class BestMomentTests: XCTestCase {
    func testByHand() {
        // Turn to the toy and past it, or stand still: the best moment says turn, the mean says stand.
        let turn = worth(of: [1, 0.75, 0.5, 0.25], discount: 1), stand = worth(of: [0.75, 0.75, 0.75, 0.75], discount: 1)
        expect([turn.best, stand.best], [1, 0.75], "the best moments of 1, ¾, ½, ¼ and of four times ¾, without discount")
        expect([turn.mean, stand.mean], [0.625, 0.75], "their means")
    }

    func testLaterIsLess() {
        let found = worth(of: [0.5, 0.9, 1], discount: 0.5)
        expect(found.best, 0.5, "the best of ½, 0.9/2 and 1/4")
        expect(found.mean, (0.5 + 0.45 + 0.25) / 1.75, "their weighted mean")
    }

    func testTheHouseSaysTheSame() {
        let rewards = random(6, seed: 5, 0, 1), found = worth(of: rewards)
        expect(found.best, Objective.best(rewards), "the best moment of six random rewards")
        expect(found.mean, Objective.mean(rewards), "the mean of six random rewards")
    }
}

final class SpearmanTests: XCTestCase {
    func testRanks() {
        expect(exactly: ranks(of: [10, 30, 20, 20]), [1, 4, 2.5, 2.5], "the ranks of 10, 30, 20, 20")
        expect(exactly: ranks(of: [5, 5, 5]), [2, 2, 2], "the ranks of 5, 5, 5")
    }

    func testByHand() {
        expect(rankCorrelation([1, 2, 3, 4, 5], [20, 10, 40, 30, 50]), 0.8, "1 2 3 4 5 beside 20 10 40 30 50: 1 - 6·4/120")
        expect(rankCorrelation([1, 2, 3], [1, 10, 1000]), 1, "numbers that grow together, whatever the curve")
        expect(rankCorrelation([1, 2, 3], [3, 2, 1]), -1, "one grows, the other falls")
    }

    func testTheHouseSaysTheSame() {
        let a = random(40, seed: 6).map { $0.rounded() }, b = zip(a, random(40, seed: 7)).map { $0 + $1 }
        expect(rankCorrelation(a, b), RewardModel.spearman(a, b), "forty numbers, many of them equal, beside others")
    }
}

final class AurocTests: XCTestCase {
    func testByHand() {
        expect(areaUnderCurve([0.9, 0.5, 0.3, 0.4, 0.4], isPositive: [true, false, false, true, false]), 0.75,
            "of six pairs four are right and one is a tie")
        expect(areaUnderCurve([7, 7, 7], isPositive: [true, false, false]), 0.5, "the same score for all")
    }

    func testNobodyToCompare() {
        expect(areaUnderCurve([1, 2], isPositive: [true, true]).isNaN, "without negatives there is no pair: the answer is not a number")
    }

    func testTheHouseSaysTheSame() {
        let scores = random(50, seed: 8).map { ($0 * 4).rounded() }, isPositive = random(50, seed: 9).map { $0 > 0.5 }
        expect(areaUnderCurve(scores, isPositive: isPositive), areaUnderROC(scores, isPositive), "fifty scores with ties")
    }
}

final class LambdaReturnsTests: XCTestCase {
    func testByHand() {
        // Backwards: R_1 = 2 + ½·(½·8 + ½·8) = 6, R_0 = 1 + ½·(½·4 + ½·6) = 3.5.
        expect(returns(rewards: [1, 2], values: [100, 4, 8], discount: 0.5, lambda: 0.5), [3.5, 6],
            "rewards 1, 2, values 100, 4, 8, γ = λ = ½")
    }

    func testTheEnds() {
        let rewards: [Float] = [1, 2, 3], values: [Float] = [9, 10, 20, 30]
        expect(returns(rewards: rewards, values: values, discount: 1, lambda: 1), [36, 35, 33], "λ = 1: all rewards, and the last value")
        expect(returns(rewards: rewards, values: values, discount: 1, lambda: 0), [11, 22, 33], "λ = 0: one reward, and the next value")
    }

    func testTheHouseSaysTheSame() {
        let rewards = random(7, seed: 10), values = random(8, seed: 11)
        let wanted = lambdaReturns(rewards: rewards, values: values, discount: 0.97, lambda: 0.9)
        expect(returns(rewards: rewards, values: values, discount: 0.97, lambda: 0.9), wanted, "seven random rewards")
    }
}
