// PilotTests.swift - does the robot stop where it should, and look around where it must?

import Randomness
import XCTest
@testable import Planning

final class PilotTests: XCTestCase {
    /// A plan of constant actions: stop 0, left 1, right 2.
    private func plan(_ stop: Float, _ left: Float, _ right: Float) -> Plan {
        var plan = Plan()
        plan.add([[0, 0], [1, 1], [2, 2]], [stop, left, right])
        return plan
    }

    func testAFutureThatStandsOutIsFollowed() {
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.4, 0.2, 0.7)), .init(action: 2, reason: .follow))
        XCTAssertEqual(pilot.decide(plan(0.1, 0.35, 0.0)), .init(action: 1, reason: .follow))
    }

    func testItStopsWhereNothingIsBetterAndWhereADifferenceIsNoise() {
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.95, 0.75, 0.70)), .init(action: 0, reason: .stop))
        XCTAssertEqual(pilot.decide(plan(0.88, 0.89, 0.60)), .init(action: 0, reason: .stop))
        XCTAssertEqual(pilot.decide(plan(0.90, 0.90, 0.90)), .init(action: 0, reason: .stop), "a tie at the goal")
    }

    /// A dream of standing still that is worth less than what is seen is foggy; others may be less so. That is no reason to go.
    func testWhoStandsGoesOnSeeingWhatItSees() {
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.82, 0.94, 0.6), seen: 0.93), .init(action: 0, reason: .stop))
        XCTAssertEqual(pilot.decide(plan(0.82, 0.94, 0.6), seen: 0.82), .init(action: 1, reason: .follow))
        // And where a dream of standing shows more than there is, the other dreams may, too.
        XCTAssertEqual(pilot.decide(plan(0.93, 0.94, 0.6), seen: 0.82), .init(action: 0, reason: .stop))
    }

    /// At the goal a tenth of what is missing is less than two dreams differ by.
    func testHundredthsAreNoReasonToGo() {
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.96, 0.98, 0.7), seen: 0.96), .init(action: 0, reason: .stop))
    }

    func testNearTheGoalALittleIsEnough() {
        // 10 degrees off, one turn of 16 leaves 6: rewards 0.846 and 0.904.
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.846, 0.904, 0.6)).action, 1)
        // 8 degrees off there is nothing to gain.
        XCTAssertEqual(pilot.decide(plan(0.877, 0.873, 0.63)).action, 0)
    }

    func testTiesAreNoReasonToStandStill() {
        var pilot = Pilot(stop: 0, turns: [1, 2]), generator = SeededGenerator(seed: 1), actions: Set<Int> = []
        for _ in 0 ..< 20 {
            // Nothing in sight: all futures are alike, up to noise, now this and now that one a little better.
            let decision = pilot.decide(plan(generator.uniform(0, 0.1), generator.uniform(0, 0.1), generator.uniform(0, 0.1)))
            XCTAssertEqual(decision.reason, .look)
            actions.insert(decision.action)
        }
        XCTAssertEqual(actions.count, 1, "it keeps turning the same way")
        XCTAssertFalse(actions.contains(0))
    }

    func testItLooksWhereItHopesMore() {
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.02, 0.03, 0.09)), .init(action: 2, reason: .look))
        XCTAssertEqual(pilot.decide(plan(0.02, 0.09, 0.03)), .init(action: 2, reason: .look), "and stays with it")
        var other = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(other.decide(plan(0, 0, 0)), .init(action: 1, reason: .look))
    }

    /// No toy is seen. Dreams make one up, now on this side and now on that: it turns to where it hoped first, and goes on.
    func testAHopeIsNoReasonToTurnBack() {
        var pilot = Pilot(stop: 0, turns: [1, 2])
        XCTAssertEqual(pilot.decide(plan(0.05, 0.1, 0.7), seen: 0.05), .init(action: 2, reason: .look))
        XCTAssertEqual(pilot.decide(plan(0.05, 0.9, 0.1), seen: 0.05), .init(action: 2, reason: .look))
        // Now one is seen, to the left: what a dream makes of that is no hope. And when it is lost, it was there.
        XCTAssertEqual(pilot.decide(plan(0.4, 0.9, 0.1), seen: 0.4), .init(action: 1, reason: .follow))
        XCTAssertEqual(pilot.decide(plan(0.05, 0.1, 0.7), seen: 0.05), .init(action: 1, reason: .look))
    }

    func testAPlanThatBeginsByWaitingIsBegun() {
        var pilot = Pilot(stop: 0, turns: [1, 2]), plan = plan(0.2, 0.1, 0.1)
        plan.add([[0, 2]], [0.8])
        XCTAssertEqual(pilot.decide(plan), .init(action: 2, reason: .follow))
    }

    func testWithOneMotorItGoesAllTheWayAround() {
        // The Kong is 25 degrees to the right, and only left can be turned: worse at once, but standing still will not do either.
        var pilot = Pilot(stop: 0, turns: [1]), plan = Plan()
        plan.add([[0, 0], [1, 1]], [0.62, 0.37])
        XCTAssertEqual(pilot.decide(plan), .init(action: 1, reason: .look))
        var arrived = Plan()
        arrived.add([[0, 0], [1, 1]], [0.9, 0.65])
        XCTAssertEqual(pilot.decide(arrived), .init(action: 0, reason: .stop))
    }

    /// With one motor, a toy that it has been turning to and that one more turn would lose is straight ahead, whatever the reward there.
    func testWithOneMotorWhoHasComeUpIsAtTheTop() {
        func plan(_ stop: Float, _ left: Float) -> Plan {
            var plan = Plan()
            plan.add([[0, 0], [1, 1]], [stop, left])
            return plan
        }
        var pilot = Pilot(stop: 0, turns: [1])
        XCTAssertEqual(pilot.decide(plan(0.65, 0.4), seen: 0.65).reason, .look, "to the right, perhaps")
        XCTAssertEqual(pilot.decide(plan(0.3, 0.6), seen: 0.3).reason, .follow)
        XCTAssertEqual(pilot.decide(plan(0.65, 0.4), seen: 0.65).reason, .stop)
        XCTAssertEqual(pilot.decide(plan(0.65, 0.4), seen: 0.65).reason, .stop, "and stays")
        XCTAssertEqual(pilot.decide(plan(0.1, 0.1), seen: 0.1).reason, .look, "it was none")
        XCTAssertEqual(pilot.decide(plan(0.65, 0.4), seen: 0.65).reason, .look)
    }
}
