// Room+Floor.swift - what lies on the floor?
//
// Marble with pale veins, tiles, wooden planks, a mat, or a rug on carpet. All of it soft, as in the
// photographs; but nowhere so plain that driving would not show in the picture.

import Foundation
import Randomness

/// The five floors.
public enum FloorKind: String, CaseIterable, Codable, Sendable { case marble, tiles, planks, mat, rug }

extension Room {
    /// Paints the floor, the light on it and the shadow at the foot of all that stands on it.
    func paintFloor(_ noise: Noise, _ random: inout SeededGenerator) {
        let pattern = switch floorKind {
        case .marble: Room.marble(noise, &random)
        case .tiles: Room.tiles(noise, &random)
        case .planks: Room.planks(noise, &random)
        case .mat: Room.mat(noise, &random)
        case .rug: Room.rug(noise, &random)
        }
        let window = SIMD2(width / 2 + light.x * width * 0.6, depth / 2 + light.y * depth * 0.6)
        floor.paint { x, y, _ in
            let place = SIMD2(x, y)
            let stains = noise.layers(3, x * 5, y * 5) - 0.5, grain = noise.layers(2, x * 40, y * 40) - 0.5
            let color = pattern(place) * (1 + 0.10 * stains + 0.07 * grain)
            return color * (self.brightness(at: place, window) * self.openness(at: place))
        }
        floor.buildPyramid()
    }

    /// The nearer to the window, the brighter.
    private func brightness(at place: SIMD2<Float>, _ window: SIMD2<Float>) -> Float {
        let d = place - window
        return 0.92 + 0.18 / (1 + (d * d).sum())
    }

    /// Corners get less light: 1 in the open, less within a hand of a wall or a thing.
    private func openness(at p: SIMD2<Float>) -> Float {
        let toWall = min(min(p.x, width - p.x), min(p.y, depth - p.y))
        return obstacles.reduce(0.62 + 0.38 * smoothstep(-0.02, 0.12, toWall)) { open, thing in
            // Things shade the side that is turned away from the window a little further.
            let gap = thing.gap(to: p + SIMD2(light.x, light.y) * 0.03)
            return open * (0.55 + 0.45 * smoothstep(-0.01, 0.07, gap))
        }
    }

    private typealias Pattern = (SIMD2<Float>) -> RGB

    /// Stone: clouds, and thin pale veins where a second noise crosses one half.
    private static func marble(_ noise: Noise, _ random: inout SeededGenerator) -> Pattern {
        let base = mix(RGB(0.58, 0.55, 0.52, 0), RGB(0.50, 0.51, 0.53, 0), random.uniform())
        let pale = base * 1.28, turn = random.uniform(0, .pi), strength = random.uniform(0.6, 1)
        return { p in
            let u = p.x * cos(turn) + p.y * sin(turn), v = p.y * cos(turn) - p.x * sin(turn)
            let bend = noise.layers(3, u * 2, v * 2)
            let brush = noise.layers(3, u * 6 + bend * 3, v * 26 + bend * 6)
            let broad = 1 - abs(2 * noise.layers(4, u * 1.4 + bend, v * 5 + 9) - 1)
            let thin = 1 - abs(2 * noise.layers(4, u * 3 - bend * 2, v * 9 + bend) - 1)
            let veins = smoothstep(0.84, 1, broad) * smoothstep(0.3, 0.6, bend) + 0.5 * smoothstep(0.9, 0.98, thin)
            return mix(base * (0.84 + 0.32 * brush), pale, min(1, veins * strength))
        }
    }

    /// Square tiles of slightly different shades with darker or paler joints.
    private static func tiles(_ noise: Noise, _ random: inout SeededGenerator) -> Pattern {
        let side = random.uniform(0.2, 0.42), turn = random.uniform(0, .pi / 2)
        let base = mix(RGB(0.62, 0.60, 0.56, 0), RGB(0.48, 0.51, 0.53, 0), random.uniform())
        let joint = base * (random.uniform() < 0.6 ? 0.72 : 1.25)
        return { p in
            let u = (p.x * cos(turn) + p.y * sin(turn)) / side, v = (p.y * cos(turn) - p.x * sin(turn)) / side
            let shade = 0.92 + 0.16 * noise.at(Int32(u.rounded(.down)), Int32(v.rounded(.down)))
            let toJoint = min(abs(u - u.rounded()), abs(v - v.rounded())) * side
            return mix(base * shade, joint, 1 - smoothstep(0.004, 0.011, toJoint))
        }
    }

    /// Planks, end to end, each of its own shade, with grain along it.
    private static func planks(_ noise: Noise, _ random: inout SeededGenerator) -> Pattern {
        let base = mix(RGB(0.58, 0.53, 0.46, 0), RGB(0.50, 0.47, 0.44, 0), random.uniform())
        let plank = random.uniform(0.08, 0.15), long = random.uniform(0.7, 1.2), turn = random.uniform() < 0.5
        return { p in
            let (along, across) = turn ? (p.y, p.x) : (p.x, p.y)
            let row = (across / plank).rounded(.down)
            let place = along / long + noise.at(Int32(row), 7)
            let shade = 0.88 + 0.24 * noise.at(Int32(row), Int32(place.rounded(.down)))
            let grain = 0.9 + 0.2 * noise.layers(3, along * 4 + row * 5.3, across * 60)
            let side = across / plank, toSeam = min(abs(side - side.rounded()) * plank, abs(place - place.rounded()) * long)
            return base * (shade * grain * (0.76 + 0.24 * smoothstep(0.001, 0.007, toSeam)))
        }
    }

    /// A rubber mat of one color, with studs that only a near look shows.
    private static func mat(_ noise: Noise, _ random: inout SeededGenerator) -> Pattern {
        let colors = [RGB(0.29, 0.45, 0.54, 0), RGB(0.35, 0.42, 0.50, 0), RGB(0.38, 0.45, 0.42, 0), gray(0.36)]
        let base = colors[random.integer(below: colors.count)]
        return { p in
            let studs = sin(p.x * 140) * sin(p.y * 140)
            let wear = noise.layers(3, p.x * 3, p.y * 3)
            let scuff = smoothstep(0.70, 0.85, noise.layers(2, p.x * 14 + 31, p.y * 14))
            return base * (0.85 + 0.3 * wear + 0.05 * studs + 0.25 * scuff)
        }
    }

    /// A round pale rug with a darker border, on carpet.
    private static func rug(_ noise: Noise, _ random: inout SeededGenerator) -> Pattern {
        let carpet = mix(RGB(0.38, 0.38, 0.42, 0), RGB(0.50, 0.47, 0.42, 0), random.uniform())
        let center = SIMD2(random.uniform(0.8, 2), random.uniform(0.8, 2)), radius = random.uniform(0.6, 1.0)
        let rug = mix(RGB(0.62, 0.60, 0.54, 0), RGB(0.48, 0.54, 0.58, 0), random.uniform())
        return { p in
            let d = p - center, out = (d * d).sum().squareRoot() - radius
            let pile = 0.88 + 0.24 * noise.layers(3, p.x * 18, p.y * 18)
            let border = smoothstep(-0.16, -0.14, out), outside = smoothstep(-0.01, 0.01, out)
            return mix(mix(rug, rug * 0.7, border), carpet, outside) * pile
        }
    }
}
