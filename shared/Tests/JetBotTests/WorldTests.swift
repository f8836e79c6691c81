// WorldTests.swift - does the robot move as its wheels turn, and is the truth about the Kong true?

import Randomness
import XCTest
@testable import JetBot

final class WorldTests: XCTestCase {
    func testStartsKeepTheirPromise() {
        for seed: UInt64 in 0 ..< 60 {
            let room = Room(seed: seed)
            for start in World.Start.allCases {
                let world = World(room: room, seed: seed, start: start)
                XCTAssertTrue(world.isFree(world.position))
                if start == .kongInView { XCTAssertNotNil(world.bearing) }
                if start == .kongOutOfView { XCTAssertNil(world.bearing) }
            }
        }
    }

    func testActionsHaveTheirNumbersAndNames() {
        XCTAssertEqual(Action.allCases.map(\.rawValue), [0, 1, 2, 3, 4])
        XCTAssertEqual(Action.allCases.map(\.name), Action.names)
    }

    func testCopiesThatDoTheSameStayTheSame() {
        var original = World(room: Room(seed: 3), seed: 3)
        let untouched = original
        var copy = original
        var babble = Babble(seed: 3)
        for _ in 0 ..< 50 {
            let action = babble.next(in: original)
            original.step(action)
            copy.step(action)
            XCTAssertEqual(original, copy)
        }
        XCTAssertNotEqual(original, untouched)
        XCTAssertEqual(original.time, 12.5, accuracy: 1e-4)
        XCTAssertEqual(Camera().pixels(of: original), Camera().pixels(of: copy))
    }

    func testForwardAndBackwardCancel() {
        for seed: UInt64 in 0 ..< 10 {
            var world = World(room: Room(seed: seed), seed: seed)
            let before = world
            guard world.step(.forward) else { continue }
            let way = world.position - before.position
            XCTAssertEqual((way * way).sum().squareRoot(), Robot.speed / 4, accuracy: 1e-4)
            world.step(.backward)
            XCTAssertEqual(world.position.x, before.position.x, accuracy: 1e-4)
            XCTAssertEqual(world.position.y, before.position.y, accuracy: 1e-4)
        }
    }

    func testTheFrameRateOnlyCutsTimeDifferently() {
        for rate: Float in [2, 10, 30] {
            var world = World(room: Room(seed: 1), seed: 1, framesPerSecond: rate)
            let heading = world.heading
            for _ in 0 ..< Int(rate) { world.step(.turnRight) }
            XCTAssertEqual(world.time, 1, accuracy: 1e-4)
            XCTAssertEqual(wrapped(world.heading - heading + Robot.turnRate), 0, accuracy: 1e-3)
        }
    }

    func testWallsAndTheKongBlock() {
        var world = World(room: Room(seed: 2), seed: 2)
        for _ in 0 ..< 100 { world.step(.forward) }
        XCTAssertTrue(world.isBlocked(.forward))
        XCTAssertTrue(world.isFree(world.position), "it stands before the obstacle, not in it")
        let standing = world
        world.step(.forward)
        XCTAssertLessThan(abs(world.position.x - standing.position.x) + abs(world.position.y - standing.position.y), 0.02)
        XCTAssertFalse(world.isBlocked(.turnLeft), "a round robot can always turn")

        var facing = World(room: Room(seed: 2), seed: 5)
        facing.kong = facing.position + SIMD2(cos(facing.heading), sin(facing.heading)) * 0.2
        XCTAssertTrue(facing.isBlocked(.forward))
    }

    func testRewardIsOneAheadAndFallsToTheEdge() {
        var world = World(room: Room(seed: 6), seed: 6, start: .kongInView)
        let bearing = world.bearing!
        XCTAssertEqual(world.reward, max(0, 1 - abs(bearing) / Lens.halfFieldOfView), accuracy: 1e-6)
        XCTAssertEqual(world.distance!, world.kongPolar.distance)
        world.heading += bearing
        XCTAssertEqual(world.bearing!, 0, accuracy: 1e-4)
        XCTAssertEqual(world.reward, 1, accuracy: 1e-3)
        world.heading -= 0.3 // the Kong is now to the left
        XCTAssertEqual(world.kongPolar.bearing, 0.3, accuracy: 1e-4)
        world.heading += .pi
        XCTAssertNil(world.bearing)
        XCTAssertNil(world.distance)
        XCTAssertEqual(world.reward, 0)
    }

    func testBabbleNeverCollidesAndUsesAllActions() {
        var counts = [Int](repeating: 0, count: 5)
        for seed: UInt64 in 0 ..< 12 {
            let room = Room(seed: seed)
            for start: UInt64 in 0 ..< 8 {
                var world = World(room: room, seed: start), babble = Babble(seed: 100 * seed + start)
                for _ in 0 ..< 64 {
                    let action = babble.next(in: world)
                    XCTAssertTrue(world.step(action), "\(action) was blocked")
                    counts[action.rawValue] += 1
                }
            }
        }
        let total = counts.reduce(0, +)
        for action in Action.allCases {
            XCTAssertGreaterThan(Float(counts[action.rawValue]) / Float(total), 0.12, action.name)
        }
    }

    func testObstaclesAreHitFromOutside() {
        let box = Obstacle(center: SIMD2(1, 0), half: SIMD2(0.2, 0.3), height: 0.5, isRound: false, color: gray(1))
        let (near, side) = box.hit(from: SIMD3(0, 0, 0.1), along: SIMD3(1, 0, 0.001))
        XCTAssertEqual(near, 0.8, accuracy: 1e-3)
        XCTAssertEqual(side.x, -1)
        let fromAbove = box.hit(from: SIMD3(1, 0, 2), along: SIMD3(0.001, 0.001, -1))
        XCTAssertEqual(fromAbove.distance, 1.5, accuracy: 1e-2)
        XCTAssertEqual(fromAbove.normal.z, 1)
        XCTAssertEqual(box.hit(from: SIMD3(0, 0, 0.1), along: SIMD3(0.1, 1, 0.001)).distance, .infinity)
        XCTAssertEqual(box.gap(to: SIMD2(0, 0)), 0.8, accuracy: 1e-6)
        let bin = Obstacle(center: SIMD2(1, 0), half: SIMD2(0.2, 0.2), height: 0.5, isRound: true, color: gray(1))
        XCTAssertEqual(bin.hit(from: SIMD3(0, 0, 0.1), along: SIMD3(1, 0, 0.001)).distance, 0.8, accuracy: 1e-3)
        XCTAssertEqual(bin.gap(to: SIMD2(1, 1)), 0.8, accuracy: 1e-6)
    }

    func testTheMapHasTheShapeOfTheRoom() {
        let world = World(room: Room(seed: 8), seed: 8), map = world.mapImage(side: 100)
        XCTAssertEqual(max(map.width, map.height), 100)
        XCTAssertEqual(Float(map.width) / Float(map.height), world.room.width / world.room.depth, accuracy: 0.03)
    }
}
