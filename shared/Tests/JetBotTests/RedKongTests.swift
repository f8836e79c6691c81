// RedKongTests.swift - does the finder find the Kong that the simulator drew, and nothing else?

import JetBot
import Pictures
import XCTest

final class RedKongTests: XCTestCase {
    func testFindsWhatTheSimulatorDrew() {
        var (visible, found, near, hidden, invented) = (0, 0, 0, 0, 0)
        for seed: UInt64 in 1 ... 120 {
            let world = World(room: RedKongTests.rooms[Int(seed % 4)], seed: seed)
            let kong = RedKong(Camera().image(of: world))
            if let bearing = world.bearing {
                visible += 1
                if let kong {
                    found += 1
                    if abs(kong.bearing - bearing) < 10 * .pi / 180 { near += 1 }
                }
            } else {
                hidden += 1
                if kong != nil { invented += 1 }
            }
        }
        XCTAssertGreaterThan(visible, 30)
        XCTAssertGreaterThan(Double(found) / Double(visible), 0.85, "\(found) of \(visible)")
        XCTAssertGreaterThan(Double(near) / Double(found), 0.95, "\(near) of \(found)")
        XCTAssertLessThan(Double(invented) / Double(hidden), 0.1, "\(invented) of \(hidden)")
    }

    func testPiecesAndBearing() {
        var image = Image(width: 64, height: 64, color: .gray(90))
        XCTAssertNil(RedKong(image))
        image.fill(x: 30, y: 20, width: 4, height: 6, Color(200, 30, 40))
        let one = RedKong(image)
        XCTAssertEqual(one?.pieces, 1)
        XCTAssertEqual(one?.bearing ?? 1, 0, accuracy: 0.02)
        image.fill(x: 2, y: 20, width: 3, height: 3, Color(200, 30, 40))
        XCTAssertEqual(RedKong(image)?.pieces, 2)
        image.fill(x: 30, y: 20, width: 4, height: 6, .gray(90))
        XCTAssertGreaterThan(RedKong(image)!.bearing, 0.8, "left is positive")
    }

    private static let rooms = (0 ..< 4).map { Room(seed: UInt64($0)) }
}
