// World.swift - what happens when the wheels turn?
//
// The whole state of the simulation in one small value. Copy it, and the copy is another world: a planner tries
// actions in copies and nothing happens to the original. What never changes, the room, is shared.
//
// Axes: x and y along the walls, z up, meters. Heading 0 looks along x, and grows to the left.

import Foundation
import Randomness

/// A robot and a Kong in a room at one moment.
public struct World: Equatable, Sendable {
    public let room: Room
    /// Decides the start and the noise of the camera.
    public let seed: UInt64
    public let framesPerSecond: Float
    /// Middle of the robot's axle; the camera is above it.
    public var position: SIMD2<Float>
    /// Radians.
    public var heading: Float
    public var kong: SIMD2<Float>
    /// What else lies about, to be looked at.
    public var toys: [Toy] = []
    /// Physics steps so far.
    public private(set) var ticks = 0
    /// Seconds so far.
    public private(set) var time: Float = 0

    /// What the robot shall see at the start.
    public enum Start: String, CaseIterable, Sendable { case anywhere, kongInView, kongOutOfView }

    /// A random start: the robot and the Kong in free places, 0.3 to 1.5 m apart.
    public init(room: Room, seed: UInt64, framesPerSecond: Float = 4, start: Start = .anywhere) {
        precondition(framesPerSecond > 0, "framesPerSecond is \(framesPerSecond); it must be positive")
        (self.room, self.seed, self.framesPerSecond) = (room, seed, framesPerSecond)
        (position, heading, kong) = (SIMD2(room.width, room.depth) / 2, 0, SIMD2(room.width, room.depth) / 2)
        var random = SeededGenerator(seed: seed, stream: 2 &+ room.seed << 8)
        // Half of the starts anywhere see the Kong: it should not be a rare thing in the pictures.
        let wantsView = start == .kongInView || (start == .anywhere && random.uniform() < 0.5)
        for attempt in 0 ..< 10_000 {
            position = room.randomPlace(margin: Robot.radius + 0.05, &random)
            kong = room.randomPlace(margin: Kong.radius + 0.02, &random)
            heading = random.uniform(-.pi, .pi)
            let away = kongPolar.distance
            let isRight = start == .anywhere && !wantsView || (bearing != nil) == wantsView
            if isFree(position), away > 0.3, away < 1.5, isRight { return }
            precondition(attempt < 9_999, "room \(room.seed) has no place for a start \(start)")
        }
    }

    public static func == (a: World, b: World) -> Bool {
        a.room.seed == b.room.seed && a.seed == b.seed && a.framesPerSecond == b.framesPerSecond
            && a.position == b.position && a.heading == b.heading && a.kong == b.kong && a.toys == b.toys && a.ticks == b.ticks
    }
}

// MARK: - Motion

extension World {
    /// Turns the wheels at these speeds (meters a second). Where something is in the way the robot stands still.
    /// - Returns: whether nothing was in the way.
    @discardableResult
    public mutating func step(left: Float, right: Float, seconds: Float) -> Bool {
        let count = max(1, Int((seconds * 30).rounded(.up))) // physics at 30 Hz or a little more
        let dt = seconds / Float(count)
        var isClear = true
        for _ in 0 ..< count {
            let turn = (right - left) / Robot.axle * dt, forward = (left + right) / 2 * dt
            // A short arc is its chord, in the direction of half the turn.
            let middle = heading + turn / 2
            let next = position + SIMD2(cos(middle), sin(middle)) * forward
            heading = wrapped(heading + turn)
            if forward == 0 || isFree(next) { position = next } else { isClear = false }
            ticks += 1
        }
        time += seconds
        return isClear
    }

    /// Holds an action for the time of one kept frame.
    /// - Returns: whether nothing was in the way.
    @discardableResult
    public mutating func step(_ action: Action) -> Bool {
        step(left: action.wheels.left, right: action.wheels.right, seconds: 1 / framesPerSecond)
    }

    /// Whether something would be in the way of the action at any moment of the next frame.
    public func isBlocked(_ action: Action) -> Bool {
        var copy = self
        return !copy.step(action)
    }

    /// Whether the robot could stand there: no wall, no clutter, no Kong.
    func isFree(_ place: SIMD2<Float>) -> Bool {
        let d = place - kong
        return (d * d).sum().squareRoot() > Robot.radius + Kong.radius && room.isFree(place, radius: Robot.radius)
    }
}

// MARK: - Truth about the Kong

extension World {
    /// Where the Kong is, seen or not: meters, and radians to the left of straight ahead.
    public var kongPolar: (distance: Float, bearing: Float) {
        let d = kong - position
        return ((d * d).sum().squareRoot(), wrapped(atan2(d.y, d.x) - heading))
    }

    /// Radians to the left of straight ahead; nil where the Kong is not visible.
    public var bearing: Float? { isKongVisible ? kongPolar.bearing : nil }

    /// Meters along the floor; nil where the Kong is not visible.
    public var distance: Float? { isKongVisible ? kongPolar.distance : nil }

    /// 1 where the Kong is straight ahead, falling to 0 at the edge of the view; 0 where it is not visible.
    public var reward: Float { bearing.map { max(0, 1 - abs($0) / Lens.halfFieldOfView) } ?? 0 }

    /// Whether at least a third of the Kong is in the picture with nothing in front of it.
    public var isKongVisible: Bool {
        let (distance, bearing) = kongPolar
        guard distance < 100, abs(bearing) < Lens.halfFieldOfView + 0.3 else { return false }
        let aside = SIMD2(-sin(heading + bearing), cos(heading + bearing)) // across the line of sight
        var seen = 0
        for lobe in Kong.lobes {
            for share: Float in [-0.6, 0, 0.6] {
                let point = kong + aside * (share * lobe.size.x)
                let ray = SIMD3(point.x - position.x, point.y - position.y, lobe.center.z - Lens.height)
                let ahead = SIMD3(cos(heading) * ray.x + sin(heading) * ray.y,
                                  cos(heading) * ray.y - sin(heading) * ray.x, ray.z)
                let (x, y) = Lens.project(ahead)
                guard abs(x) < 1, abs(y) < 1 else { continue }
                // The ray has the length of the way to the point: a hit before 1 lies in front of it.
                if room.obstacles.allSatisfy({ $0.hit(from: eye, along: ray).distance > 1 }) { seen += 1 }
            }
        }
        return seen >= 3 && distance > 0
    }

    /// Where the camera is.
    var eye: SIMD3<Float> { SIMD3(position.x, position.y, Lens.height) }
}

/// The same angle in -π ... π.
func wrapped(_ angle: Float) -> Float { angle - 2 * .pi * (angle / (2 * .pi)).rounded() }

extension Room {
    /// A place that is `margin` meters from everything that stands in the room.
    func randomPlace(margin: Float, _ random: inout SeededGenerator) -> SIMD2<Float> {
        for _ in 0 ..< 1_000 {
            let place = SIMD2(random.uniform(margin, width - margin), random.uniform(margin, depth - margin))
            if isFree(place, radius: margin) { return place }
        }
        preconditionFailure("room \(seed) has no free place with a margin of \(margin) m")
    }
}
