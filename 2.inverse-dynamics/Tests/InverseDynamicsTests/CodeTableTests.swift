// CodeTableTests.swift - the metrics, against numbers worked out by hand.

@testable import InverseDynamics
import XCTest

final class CodeTableTests: XCTestCase {
    private func table(_ counts: [[Int]]) -> CodeTable {
        var table = CodeTable(codes: counts.count, actions: counts[0].count)
        for (code, row) in counts.enumerated() { for (action, n) in row.enumerated() {
            table.add(Array(repeating: code, count: n), Array(repeating: action, count: n))
        } }
        return table
    }

    func testPerfectCodes() {
        let t = table([[0, 10], [10, 0]])
        XCTAssertEqual(t.names, [1, 0], "names may be in any order")
        XCTAssertEqual(t.accuracy(naming: t.names), 1)
        XCTAssertEqual(t.normalizedMutualInformation, 1, accuracy: 1e-12)
        XCTAssertEqual(t.majorityAccuracy, 0.5)
    }

    func testCodesThatSayNothing() {
        let t = table([[5, 15], [5, 15]])
        XCTAssertEqual(t.normalizedMutualInformation, 0, accuracy: 1e-12)
        XCTAssertEqual(t.accuracy(naming: t.names), t.majorityAccuracy, "no better than the commonest action")
        XCTAssertEqual(table([[5, 15], [0, 0]]).normalizedMutualInformation, 0, accuracy: 1e-12, "one code for everything")
    }

    func testPartlyPureCodes() {
        // 8 transitions: code 0 always action 0; code 1 half action 0, half action 1.
        // H(code) = ln 2 = 0.6931, H(action) = -(6/8)ln(6/8) - (2/8)ln(2/8) = 0.5623, H(both) = 1.5·ln 2 = 1.0397.
        // I = 0.6931 + 0.5623 - 1.0397 = 0.2158; NMI = 2·0.2158 / 1.2555 = 0.3437.
        let t = table([[4, 0], [2, 2]])
        XCTAssertEqual(t.normalizedMutualInformation, 0.3437, accuracy: 1e-4)
    }

    /// The names are made elsewhere: on other episodes they may be wrong, and that counts.
    func testNamesFromElsewhere() {
        let t = table([[8, 2], [1, 9]])
        XCTAssertEqual(t.accuracy(naming: [0, 1]), 17.0 / 20, accuracy: 1e-12)
        XCTAssertEqual(t.accuracy(naming: [1, 0]), 3.0 / 20, accuracy: 1e-12)
    }

    func testUnseenAndRareCodes() {
        let t = table([[10, 990], [0, 0], [9, 0]])
        XCTAssertEqual(t.names[1], 1, "never seen: the commonest action")
        XCTAssertEqual(codesInUse([1000, 0, 9]), 1, "9 of 1,009 are less than a hundredth")
        XCTAssertEqual(codesInUse([0, 0]), 0)
    }
}
