// CameraTests.swift - does the picture show what the simulator says is there?

import XCTest
@testable import JetBot

final class CameraTests: XCTestCase {
    let camera = Camera(width: 64, height: 64)

    /// Number of red pixels and the mean picture point of them, -1...1 each way.
    private func red(_ world: World, side: Int = 64) -> (count: Int, x: Float, y: Float) {
        let camera = side == 64 ? self.camera : Camera(width: side, height: side)
        let pixels = camera.pixels(of: world)
        var (count, sumX, sumY) = (0, 0, 0)
        for i in 0 ..< side * side {
            let (r, g, b) = (Int(pixels[3 * i]), Int(pixels[3 * i + 1]), Int(pixels[3 * i + 2]))
            guard r > 60, 10 * r > 21 * max(g, b) else { continue }
            (count, sumX, sumY) = (count + 1, sumX + i % side, sumY + i / side)
        }
        let scale = 2 / Float(max(1, count) * side), half = 1 / Float(side)
        return (count, Float(sumX) * scale + half - 1, 1 - Float(sumY) * scale - half)
    }

    private func difference(_ a: [UInt8], _ b: [UInt8]) -> Float {
        zip(a, b).reduce(0) { $0 + abs(Float($1.0) - Float($1.1)) } / Float(a.count)
    }

    func testSameSeedGivesTheSamePixels() {
        for seed: UInt64 in [1, 2, 3] {
            let a = camera.pixels(of: World(room: Room(seed: seed), seed: 7))
            let b = Camera().pixels(of: World(room: Room(seed: seed), seed: 7))
            XCTAssertEqual(a, b)
            XCTAssertNotEqual(a, camera.pixels(of: World(room: Room(seed: seed), seed: 8)))
            XCTAssertGreaterThan(difference(a, camera.pixels(of: World(room: Room(seed: seed + 1), seed: 7))), 5)
        }
    }

    func testTheBearingIsWhereTheRedIs() {
        var (errors, views) = ([Float](), 0)
        for seed: UInt64 in 0 ..< 20 {
            let room = Room(seed: seed)
            for start: UInt64 in 0 ..< 20 {
                let world = World(room: room, seed: start, start: .kongInView)
                let seen = red(world, side: 128)
                // Where the edge of the picture cuts the Kong, the middle of its red is not its middle.
                guard let bearing = world.bearing, abs(bearing) < 0.9, seen.count > 20 else { continue }
                let direction = Lens.direction(x: seen.x, y: seen.y)
                errors.append(abs(atan2(direction.y, direction.x) - bearing) * 180 / .pi)
                views += 1
            }
        }
        XCTAssertGreaterThan(views, 200)
        // Clutter may hide one side of the Kong: hence not all of them.
        XCTAssertGreaterThan(Float(errors.filter { $0 < 2 }.count) / Float(views), 0.95)
        XCTAssertLessThan(errors.max()!, 10)
    }

    func testRedIsSeenExactlyWhereTheKongIsVisible() {
        var (hiddenRed, shownRed) = ([Int](), [Int]())
        for seed: UInt64 in 0 ..< 30 {
            let room = Room(seed: seed)
            for start: UInt64 in 0 ..< 10 {
                hiddenRed.append(red(World(room: room, seed: start, start: .kongOutOfView)).count)
                shownRed.append(red(World(room: room, seed: start, start: .kongInView)).count)
            }
            var bare = World(room: room, seed: 99)
            bare.kong = SIMD2(100, 100)
            XCTAssertLessThan(red(bare).count, 3, "room \(seed) has something red besides the Kong")
        }
        XCTAssertGreaterThan(Float(hiddenRed.filter { $0 < 6 }.count) / Float(hiddenRed.count), 0.97)
        // From 1.5 m away the Kong is hardly two pixels wide, and mixed with what is behind it.
        XCTAssertGreaterThan(shownRed.min()!, 0)
        XCTAssertGreaterThan(shownRed.reduce(0, +), 30 * hiddenRed.reduce(0, +))
    }

    func testTurningLeftMovesThePictureRightAndForwardMakesTheKongLarger() {
        for seed: UInt64 in 0 ..< 10 {
            var world = World(room: Room(seed: seed), seed: seed)
            world.position = SIMD2(world.room.width, world.room.depth) / 2
            world.kong = world.position + SIMD2(cos(world.heading), sin(world.heading)) * 0.5
            guard world.isKongVisible, !world.isBlocked(.forward) else { continue }
            let before = red(world)
            XCTAssertEqual(before.x, 0, accuracy: 0.05)

            var turned = world
            turned.step(.turnLeft)
            XCTAssertEqual(turned.heading, wrapped(world.heading + Robot.turnRate / 4), accuracy: 1e-4)
            XCTAssertEqual((red(turned).x - before.x) * 32, 8.5, accuracy: 1.5, "one patch of 8 pixels")

            var nearer = world
            nearer.step(.forward)
            XCTAssertGreaterThan(red(nearer).count, before.count)
        }
    }

    func testEveryActionButStopShows() {
        var change = [Float](repeating: 0, count: 5), quietest = [Float](repeating: 255, count: 5)
        for seed: UInt64 in 0 ..< 15 {
            let room = Room(seed: seed)
            for start: UInt64 in 0 ..< 5 {
                let world = World(room: room, seed: start)
                for action in Action.allCases where !world.isBlocked(action) {
                    var next = world
                    next.step(action)
                    let d = difference(camera.pixels(of: world), camera.pixels(of: next))
                    change[action.rawValue] = max(change[action.rawValue], d)
                    quietest[action.rawValue] = min(quietest[action.rawValue], d)
                }
            }
        }
        XCTAssertLessThan(change[Action.stop.rawValue], 4, "standing, only the noise changes")
        for action in Action.allCases where action != .stop {
            XCTAssertGreaterThan(quietest[action.rawValue], change[Action.stop.rawValue], action.name)
        }
    }

    func testWithoutNoiseStandingStillChangesNothing() {
        var world = World(room: Room(seed: 4), seed: 4)
        camera.noise = 0
        let before = camera.pixels(of: world)
        world.step(.stop)
        XCTAssertEqual(camera.pixels(of: world), before)
    }

    func testDepthOfTheFloorIsGeometry() {
        var world = World(room: Room(seed: 5), seed: 5)
        world.kong = SIMD2(100, 100)
        let depth = camera.depth(of: world)
        XCTAssertTrue(depth.allSatisfy { $0 > 0 && $0 < 6 })
        for row in 40 ..< 64 {
            for column in 8 ..< 56 { // nothing but floor is so near: the robot keeps its radius
                let ray = Lens.direction(x: (Float(column) + 0.5) / 32 - 1, y: 1 - (Float(row) + 0.5) / 32)
                let expected = Lens.height / -ray.z
                guard expected < Robot.radius else { continue }
                XCTAssertEqual(depth[row * 64 + column], expected, accuracy: 0.01 * expected)
            }
        }
    }

    func testLensProjectsBackWhatItLooksAt() {
        for x: Float in [-0.9, -0.3, 0, 0.5, 0.95] {
            for y: Float in [-0.9, -0.2, 0, 0.4, 0.95] {
                let direction = Lens.direction(x: x, y: y), back = Lens.project(direction * 3)
                XCTAssertEqual((direction * direction).sum(), 1, accuracy: 1e-5)
                XCTAssertEqual(back.x, x, accuracy: 1e-4)
                XCTAssertEqual(back.y, y, accuracy: 1e-4)
            }
        }
    }

    /// A point that is seen lies where its distance says, and its surface faces the camera: the floor is where it is and looks up.
    func testSurfacesAreWhereTheyAre() {
        var floor = 0, walls = 0
        for seed: UInt64 in 0 ..< 6 {
            let world = World(room: Room(seed: seed), seed: seed), surfaces = camera.surfaces(of: world)
            XCTAssertEqual(surfaces.depth, camera.depth(of: world))
            for i in 0 ..< 64 * 64 {
                let direction = Lens.direction(x: 2 * (Float(i % 64) + 0.5) / 64 - 1, y: 1 - 2 * (Float(i / 64) + 0.5) / 64)
                let normal = surfaces.normals[i]
                XCTAssertEqual((normal * normal).sum(), 1, accuracy: 1e-3)
                XCTAssertLessThan((normal * direction).sum(), 0.1, "it faces away")
                if normal.z > 0.9999, surfaces.depth[i] < 0.8 {
                    // (What stands on the floor has a lid that looks up, too.)
                    let height = world.eye.z + surfaces.depth[i] * direction.z
                    if abs(height) < 0.01 { floor += 1 }
                } else if normal.z == 0 { walls += 1 }
            }
        }
        XCTAssertGreaterThan(floor, 6 * 64 * 20)
        XCTAssertGreaterThan(walls, 6 * 64 * 10)
    }
}
