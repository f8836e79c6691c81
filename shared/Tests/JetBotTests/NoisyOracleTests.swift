// NoisyOracleTests.swift - does it show how the toy is found, and also how one goes astray?

import JetBot
import XCTest

final class NoisyOracleTests: XCTestCase {
    func testItDrivesWellAndOftenNot() {
        var attentive = 0, good = 0, moments = 0
        for seed in 0 ..< 8 as Range<UInt64> {
            var world = World(room: Room(seed: 5), seed: seed), oracle = NoisyOracle(seed: seed)
            for t in 0 ..< 64 {
                let action = oracle.next(in: world)
                attentive += action == world.actionTowardsKong ? 1 : 0
                world.step(action)
                if t >= 16 {
                    moments += 1
                    good += abs(world.kongPolar.bearing) < 0.18 ? 1 : 0
                }
            }
        }
        XCTAssertTrue((300 ..< 480).contains(attentive), "\(attentive) of 512 actions as the oracle would")
        XCTAssertTrue(
            (0.3 ..< 0.9).contains(Double(good) / Double(moments)), "\(good) of \(moments) frames after four seconds look at the Kong")
    }

    /// Just more than half a turn away it turns, the shorter way; just less, it stands.
    func testTheShorterWay() {
        var world = World(room: Room(seed: 5), seed: 1)
        world.heading += world.kongPolar.bearing
        let half = Robot.turnRate / world.framesPerSecond / 2
        world.heading -= half * 1.1
        XCTAssertEqual(world.actionTowardsKong, .turnLeft)
        world.heading += half * 2.2
        XCTAssertEqual(world.actionTowardsKong, .turnRight)
        world.heading -= half * 0.3
        XCTAssertEqual(world.actionTowardsKong, .stop)
    }
}
