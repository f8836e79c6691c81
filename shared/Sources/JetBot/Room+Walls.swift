// Room+Walls.swift - what stands along the walls?
//
// Kitchen furniture, side by side from corner to corner: white cabinets with panel doors, one steel oven,
// a washing machine, a dark doorway, a bright window, bare wall. All is painted on the wall. From 10 cm above the
// floor only the lowest half meter is ever seen.

import Foundation
import Randomness

/// A piece of wall that a unit of furniture fills: from `left`, `width` meters along.
private struct Span {
    let wall: Texture, left, width: Float

    /// Fills a rectangle given as shares of the width and heights in meters.
    func fill(_ u: ClosedRange<Float>, _ v: ClosedRange<Float>, _ color: RGB, _ opacity: Float = 1) {
        wall.fill(u: left + u.lowerBound * width ... left + u.upperBound * width, v: v, color, opacity: opacity)
    }

    /// The same with a margin in meters on both sides.
    func inset(_ margin: Float, _ v: ClosedRange<Float>, _ color: RGB, _ opacity: Float = 1) {
        let m = margin / width
        fill(m ... 1 - m, v, color, opacity)
    }
}

extension Room {
    /// Fills the four walls with furniture and light.
    func paintWalls(_ random: inout SeededGenerator) {
        let plaster = mix(RGB(0.66, 0.64, 0.60, 0), RGB(0.55, 0.60, 0.62, 0), random.uniform())
        let white = mix(RGB(0.68, 0.68, 0.72, 0), RGB(0.64, 0.61, 0.56, 0), random.uniform())
        var ovens = 1 // a kitchen has one
        for (i, wall) in walls.enumerated() {
            wall.paint { _, _, _ in plaster }
            let length = i % 2 == 0 ? width : depth
            let hasKitchen = i == 0 || random.uniform() < 0.6
            var left: Float = 0
            while left < length {
                let span = Span(wall: wall, left: left, width: random.uniform(0.4, 0.65))
                let choice = random.uniform()
                if hasKitchen, ovens > 0, left > 0.2, choice < 0.4 {
                    Room.oven(span)
                    ovens -= 1
                } else if choice < (hasKitchen ? 0.78 : 0.2) {
                    Room.cabinet(span, white, &random)
                } else if choice < 0.82 {
                    Room.doorway(span, &random)
                } else if choice < 0.88 {
                    Room.washer(span)
                } else if choice < 0.92 {
                    span.fill(0 ... 1, 0.05 ... 2, RGB(0.86, 0.88, 0.92, 0)) // a window down to the floor
                    span.inset(0.04, 0 ... 0.05, white)
                } else {
                    span.fill(0 ... 1, 0 ... 0.08, white) // bare wall with a skirting board
                    span.fill(0 ... 1, 0.08 ... 0.09, plaster * 0.6)
                }
                left += span.width
            }
            light(wall, length, facing: [SIMD2(0, 1), SIMD2(-1, 0), SIMD2(0, -1), SIMD2(1, 0)][i])
            wall.buildPyramid()
        }
    }

    /// A wall that faces the window is brighter; the foot and the corners are darker.
    private func light(_ wall: Texture, _ length: Float, facing normal: SIMD2<Float>) {
        let facing = 0.92 + 0.16 * (normal.x * light.x + normal.y * light.y)
        wall.paint { u, v, color in
            let foot = 0.75 + 0.25 * smoothstep(0, 0.12, v), corner = 0.8 + 0.2 * smoothstep(0, 0.2, min(u, length - u))
            return color * (facing * foot * corner)
        }
    }

    private static func cabinet(_ span: Span, _ white: RGB, _ random: inout SeededGenerator) {
        span.fill(0 ... 1, 0.10 ... 0.78, white)
        span.fill(0 ... 1, 0 ... 0.10, white * 0.88) // the plinth stands back: darker, with a shadow above
        span.fill(0 ... 1, 0.085 ... 0.105, white * 0.68)
        span.fill(0 ... 1, 0.78 ... 0.82, gray(0.3)) // worktop
        // One or two doors: a gap around each, and a panel with a dark upper-left and a pale lower-right edge.
        let doors = random.uniform() < 0.5 ? 1 : 2
        for k in 0 ..< doors {
            let door = Span(wall: span.wall, left: span.left + span.width * Float(k) / Float(doors),
                            width: span.width / Float(doors))
            door.fill(0 ... 0.012 / door.width, 0.10 ... 0.78, white * 0.66)
            door.inset(0.05, 0.16 ... 0.74, white * 0.82)
            door.inset(0.062, 0.16 ... 0.728, white * 1.06)
            door.inset(0.075, 0.175 ... 0.715, white * 0.94)
        }
    }

    private static func oven(_ span: Span) {
        let steel = RGB(0.50, 0.49, 0.50, 0)
        span.fill(0 ... 1, 0 ... 0.06, gray(0.06)) // the black gap below
        span.fill(0 ... 1, 0.06 ... 0.80, steel)
        for k in 0 ..< 12 { // brushed: upright streaks of light
            let u = Float(k) / 12
            span.fill(u ... u + 1 / 12, 0.06 ... 0.80, gray(0.5 + 0.2 * sin(u * 9 + span.left * 5)), 0.5)
        }
        span.fill(0 ... 1, 0.235 ... 0.255, gray(0.10)) // between drawer and door
        span.inset(0.06, 0.205 ... 0.222, gray(0.80)) // handle
        span.inset(0.07, 0.33 ... 0.62, gray(0.08)) // dark window
        span.inset(0.06, 0.68 ... 0.70, gray(0.80))
    }

    private static func doorway(_ span: Span, _ random: inout SeededGenerator) {
        let dark = mix(gray(0.26), RGB(0.46, 0.43, 0.42, 0), random.uniform())
        span.fill(0 ... 1, 0 ... 2, gray(0.58))
        span.inset(0.05, 0.02 ... 2, dark)
        span.inset(0.05, 0 ... 0.02, dark * 0.5)
        if random.uniform() < 0.5 { span.fill(0.3 ... 0.55, 0.05 ... 0.30, gray(0.52)) } // something of steel in there
    }

    private static func washer(_ span: Span) {
        span.inset(0.01, 0.03 ... 0.84, gray(0.74))
        span.fill(0 ... 1, 0 ... 0.03, gray(0.12))
        span.inset(0.03, 0.08 ... 0.10, gray(0.5))
        let middle = span.left + span.width / 2
        span.wall.paint { u, v, color in
            let r = ((u - middle) * (u - middle) + (v - 0.38) * (v - 0.38)).squareRoot()
            let ring = mix(gray(0.12), gray(0.55), smoothstep(0.12, 0.13, r))
            return mix(ring, color, smoothstep(0.165, 0.175, r))
        }
    }
}
