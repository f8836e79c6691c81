// ScheduleTests.swift - the learning rate at the corners of its curve.

import Layers
import XCTest

final class ScheduleTests: XCTestCase {
    private func rate(_ step: Int, of steps: Int = 110, warmUp: Int = 10) -> Float {
        warmUpCosine(step: step, of: steps, peak: 2, warmUp: warmUp, floor: 0.1)
    }

    func testCorners() {
        XCTAssertEqual(rate(0), 0.2, accuracy: 1e-6, "the first step is not wasted on a rate of 0")
        XCTAssertEqual(rate(9), 2, accuracy: 1e-6, "the last step of the warm-up is at the peak")
        XCTAssertEqual(rate(10), 2, accuracy: 1e-6, "no jump between warm-up and decay")
        XCTAssertEqual(rate(60), 1.1, accuracy: 1e-5, "half way down")
        XCTAssertEqual(rate(110), 0.2, accuracy: 1e-6)
        XCTAssertEqual(rate(10_000), 0.2, accuracy: 1e-6, "beyond the end it stays")
    }

    func testNoWarmUpAndNothingButWarmUp() {
        XCTAssertEqual(rate(0, warmUp: 0), 2, accuracy: 1e-6)
        XCTAssertEqual(rate(4, of: 5, warmUp: 5), 2, accuracy: 1e-6)
        XCTAssert(rate(5, of: 5, warmUp: 5).isFinite)
    }

    func testItFallsAllTheWay() {
        for step in 10 ..< 109 { XCTAssertLessThan(rate(step + 1), rate(step)) }
    }
}
