// MetricTests.swift - are the measures what one gets by hand?

import Randomness
@testable import RewardModel
import XCTest

final class MetricTests: XCTestCase {
    func testAreaByHand() {
        // Positives 0.9 and 0.4, negatives 0.5, 0.3, 0.4: of six pairs 3 + (0, 1, a tie) = 4.5 are right.
        XCTAssertEqual(areaUnderROC([0.9, 0.5, 0.3, 0.4, 0.4], [true, false, false, true, false]), 4.5 / 6, accuracy: 1e-12)
        XCTAssertEqual(areaUnderROC([1, 2, 3, 4], [false, false, true, true]), 1)
        XCTAssertEqual(areaUnderROC([1, 2, 3, 4], [true, true, false, false]), 0)
        XCTAssertEqual(areaUnderROC([7, 7, 7], [true, false, false]), 0.5, "who says the same of all knows nothing")
        XCTAssertTrue(areaUnderROC([1, 2], [true, true]).isNaN)
    }

    func testAreaIsTheShareOfRightPairs() {
        var generator = SeededGenerator(seed: 4)
        let scores = (0 ..< 60).map { _ in Float(generator.integer(below: 12)) },
            isPositive = scores.map { $0 + 6 * generator.normal() > 8 }
        var right = 0.0, pairs = 0.0
        for i in scores.indices where isPositive[i] {
            for j in scores.indices where !isPositive[j] {
                right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
                pairs += 1
            }
        }
        XCTAssertEqual(areaUnderROC(scores, isPositive), right / pairs, accuracy: 1e-12)
    }

    func testRanksShareTies() {
        XCTAssertEqual(ranks([10, 30, 20, 20]), [1, 4, 2.5, 2.5])
        XCTAssertEqual(ranks([5, 5, 5]), [2, 2, 2])
        XCTAssertEqual(ranks([]), [])
    }

    func testSpearmanByHand() {
        // Ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6·Σd²/(n³-n) = 1 - 6·4/120.
        XCTAssertEqual(spearman([1, 2, 3, 4, 5], [20, 10, 40, 30, 50]), 0.8, accuracy: 1e-12)
        XCTAssertEqual(spearman([1, 2, 3], [1, 10, 1000]), 1, accuracy: 1e-12)
        XCTAssertEqual(spearman([1, 2, 3], [3, 2, 1]), -1, accuracy: 1e-12)
        // Ties: ranks 1 2.5 2.5 4 and 1 2 3 4; Σ(x-m)(y-m) = 4.5, Σ(x-m)² = 4.5, Σ(y-m)² = 5.
        XCTAssertEqual(spearman([1, 2, 2, 3], [1, 2, 3, 4]), 4.5 / (4.5 * 5).squareRoot(), accuracy: 1e-12)
        XCTAssertTrue(spearman([1, 1, 1], [1, 2, 3]).isNaN)
    }

    func testCalibrationFindsWhatMadeTheLabels() {
        var generator = SeededGenerator(seed: 8)
        let differences = (0 ..< 400).map { _ in generator.uniform(-0.5, 0.8) }
        let labels = differences.map { 1 / (1 + exp(-(7 * $0 - 1.5))) }
        let fit = Calibration(differences, labels, expected: 20)
        XCTAssertEqual(fit.scale, 7, accuracy: 0.5)
        XCTAssertEqual(fit.offset, -1.5, accuracy: 0.2)
    }

    func testCalibrationSurvivesFewAndPerfectLabels() {
        let perfect = Calibration([-0.3, -0.2, 0.4, 0.5], [0, 0, 1, 1], expected: 10)
        XCTAssertTrue(perfect.scale.isFinite && perfect.scale > 0 && perfect.scale < 100, "\(perfect)")
        let none = Calibration([0.1, 0.2, 0.3], [0, 0, 0], expected: 10)
        XCTAssertTrue(none.scale > 0 && none.offset < 0, "\(none)")
        let reversed = Calibration([0.1, 0.9], [1, 0], expected: 10)
        XCTAssertGreaterThan(reversed.scale, 0)
    }
}
