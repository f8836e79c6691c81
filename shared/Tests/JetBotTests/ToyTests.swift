// ToyTests.swift - is a toy seen where it lies, in its color, and does it change nothing else?

import XCTest
@testable import JetBot

final class ToyTests: XCTestCase {
    private let camera = Camera()

    /// A world whose Kong stands half a meter ahead, without noise.
    private func world(room: UInt64 = 1) -> World {
        camera.noise = 0
        for seed in 0 ..< 100 {
            var world = World(room: Room(seed: room), seed: UInt64(seed))
            world.kong = world.position + SIMD2(cos(world.heading), sin(world.heading)) * 0.5
            if world.isKongVisible { return world }
        }
        fatalError("room \(room) has no free place")
    }

    func testAToyStandsInPlaceOfTheKong() {
        let kong = world()
        var empty = kong
        empty.replaceKong(by: nil, .red)
        XCTAssertFalse(empty.isKongVisible)
        XCTAssertNil(empty.bearing)
        XCTAssertEqual(empty.reward, 0)
        let bare = camera.pixels(of: empty)
        for shape in Toy.Shape.allCases {
            var world = kong
            world.replaceKong(by: shape, .blue)
            XCTAssertNotEqual(world, empty)
            let pixels = camera.pixels(of: world)
            // Nothing changes but the toy and its shadow, and both are about the middle column.
            var blue = 0
            for i in 0 ..< 64 * 64 where (0 ..< 3).contains(where: { pixels[3 * i + $0] != bare[3 * i + $0] }) {
                XCTAssertTrue((16 ..< 48).contains(i % 64), "\(shape) at column \(i % 64)")
                if Int(pixels[3 * i + 2]) > 2 * Int(pixels[3 * i]) { blue += 1 }
            }
            XCTAssertGreaterThan(blue, 15, shape.rawValue)
        }
    }

    func testEveryShapeAndColorLooksDifferent() {
        var seen: [[UInt8]] = [camera.pixels(of: world())]
        for shape in Toy.Shape.allCases {
            for color in Toy.Color.allCases {
                var world = self.world()
                world.replaceKong(by: shape, color)
                let pixels = camera.pixels(of: world)
                for other in seen {
                    let different = zip(pixels, other).filter { abs(Int($0) - Int($1)) > 20 }.count
                    XCTAssertGreaterThan(different, 20, "\(color) \(shape)")
                }
                seen.append(pixels)
            }
        }
    }

    func testAllOfAToyIsInsideItsBounds() {
        for shape in Toy.Shape.allCases {
            let toy = Toy(shape, .red, at: SIMD2(0, 0)), (middle, radius) = toy.bounds
            for i in 0 ..< 400 {
                // Rays from all sides towards points around the toy.
                let angle = Float(i) * 2.39996, origin = SIMD3<Float>(cos(angle), sin(angle), 0.3 * Float(i % 5) + 0.02)
                let aim = SIMD3<Float>(0.09 * sin(angle * 3), 0.09 * cos(angle * 5), Float(i % 7) * 0.02)
                let ray = aim - origin, hit = toy.hit(from: origin, along: ray)
                guard hit.distance < .infinity else { continue }
                let d = origin + ray * hit.distance - SIMD3(0, 0, middle)
                XCTAssertLessThan((d * d).sum().squareRoot(), radius, shape.rawValue)
                XCTAssertEqual((hit.normal * hit.normal).sum(), 1, accuracy: 1e-3)
                XCTAssertLessThan((hit.normal * ray).sum(), 0.01, "the normal points outwards")
            }
        }
    }

    func testRoomsTellTheirFloor() {
        XCTAssertEqual(Set((0 ..< 40).map { Room(seed: $0).floorKind }).count, 5)
    }
}
