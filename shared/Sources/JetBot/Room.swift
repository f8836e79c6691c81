// Room.swift - where does the robot live?
//
// In a rectangle of floor between four walls, all of it drawn from one seed: size, light, floor, furniture,
// clutter, and the color cast of the camera. Light and the shadows of what stands still are painted into the
// surfaces when the room is built, so that a frame only has to look them up.

import Foundation
import Randomness

/// A kitchen, wholly decided by its seed. It never changes: every `World` in it shares one.
public final class Room: Sendable {
    public let seed: UInt64
    /// The floor is 0...width by 0...depth, meters.
    public let width, depth: Float

    let obstacles: [Obstacle]
    let floor: Texture
    /// What the floor is made of.
    public let floorKind: FloorKind
    /// The walls at y = 0, x = width, y = depth and x = 0. Their u is x or y, their v is the height.
    let walls: [Texture]
    /// Towards the window: light, highlights and shadows follow it.
    let light: SIMD3<Float>
    /// How much the floor mirrors the window.
    let gloss: Float
    /// Color cast: what the camera multiplies in the middle of the picture and at its edge.
    let tintAtCenter, tintAtEdge: RGB

    public init(seed: UInt64) {
        var random = SeededGenerator(seed: seed, stream: 1)
        self.seed = seed
        (width, depth) = (random.uniform(2.0, 3.5), random.uniform(2.0, 3.5))

        let azimuth = random.uniform(-.pi, .pi), elevation = random.uniform(0.5, 0.9)
        light = SIMD3(cos(azimuth) * cos(elevation), sin(azimuth) * cos(elevation), sin(elevation))
        gloss = random.uniform() < 0.5 ? 0 : random.uniform(0.05, 0.2)
        // Greenish in the middle and pink towards the edge, as the real lens does it, more or less.
        let exposure = random.uniform(0.82, 0.95), pink = random.uniform(0.6, 1.15)
        let warmth = random.uniform(-0.04, 0.04)
        let white = RGB(1 + warmth, 1, 1 - warmth, 0) * exposure
        tintAtCenter = white * (gray(1) + RGB(0.00, 0.01, -0.06, 0) * pink)
        tintAtEdge = white * (gray(1) + RGB(0.28, -0.12, 0.09, 0) * pink)

        obstacles = Room.scatter(width: width, depth: depth, &random)
        floor = Texture(width: 512, height: 512)
        walls = (0 ..< 4).map { _ in Texture(width: 512, height: 128) }
        let noise = Noise(seed: UInt32(truncatingIfNeeded: random.next()))
        floorKind = FloorKind.allCases[random.integer(below: 5)]
        paintFloor(noise, &random)
        paintWalls(&random)
    }

    /// Whether a circle (meters) touches neither a wall nor anything that stands on the floor.
    public func isFree(_ center: SIMD2<Float>, radius: Float) -> Bool {
        center.x > radius && center.x < width - radius && center.y > radius && center.y < depth - radius
            && obstacles.allSatisfy { $0.gap(to: center) > radius }
    }

    /// Clutter: a few things along the walls. The middle stays free to drive in.
    private static func scatter(width: Float, depth: Float, _ random: inout SeededGenerator) -> [Obstacle] {
        var things: [Obstacle] = []
        let wanted = 1 + random.integer(below: 4)
        for _ in 0 ..< 30 where things.count < wanted {
            let turn = random.uniform(-.pi, .pi), isRound = random.uniform() < 0.35
            let size = random.uniform(0.08, 0.16), shade = random.uniform(0.75, 1.1)
            // Carton, steel, dark plastic, blue-gray cloth, white goods, olive.
            let colors = [RGB(0.56, 0.45, 0.34, 0), RGB(0.50, 0.50, 0.52, 0), RGB(0.22, 0.22, 0.24, 0),
                           RGB(0.32, 0.38, 0.48, 0), RGB(0.74, 0.73, 0.72, 0), RGB(0.36, 0.40, 0.30, 0)]
            let thing = Obstacle(
                center: SIMD2(random.uniform(0.15, width - 0.15), random.uniform(0.15, depth - 0.15)),
                half: isRound ? SIMD2(repeating: size * 0.8) : SIMD2(size, random.uniform(0.06, 0.16)),
                height: random.uniform(0.12, 0.40), isRound: isRound, axis: SIMD2(cos(turn), sin(turn)),
                color: colors[random.integer(below: colors.count)] * shade)
            // A thing stands near a wall, and leaves the robot room to pass between it and the next.
            let c = thing.center, toWall = min(min(c.x, width - c.x), min(c.y, depth - c.y))
            guard toWall < 0.3, things.allSatisfy({ $0.gap(to: c) > thing.reach + 0.35 }) else { continue }
            things.append(thing)
        }
        if random.uniform() < 0.4 { // four legs of a chair
            let c = SIMD2(random.uniform(0.5, width - 0.5), random.uniform(0.5, depth - 0.5))
            let color = mix(RGB(0.45, 0.36, 0.28, 0), gray(0.2), random.uniform())
            for corner in [SIMD2<Float>(-1, -1), SIMD2(-1, 1), SIMD2(1, -1), SIMD2(1, 1)] {
                let leg = Obstacle(center: c + corner * 0.2, half: SIMD2(repeating: 0.016), height: 0.45,
                                   isRound: true, color: color)
                if things.allSatisfy({ $0.gap(to: leg.center) > 0.02 }) { things.append(leg) }
            }
        }
        return things
    }
}
