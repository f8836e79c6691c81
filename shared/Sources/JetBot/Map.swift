// Map.swift - where is everything, seen from above?
//
// A plan of the room for people: the floor, the clutter, the robot with its field of view, and the Kong.

import Foundation
import Pictures

extension World {
    /// The room from above; y points up. The longer side of the room fills `side` pixels.
    public func mapImage(side: Int = 256) -> Image {
        let meter = Float(side) / max(room.width, room.depth)
        let (width, height) = (Int(room.width * meter), Int(room.depth * meter))
        let pixels = (0 ..< width * height).flatMap { i in
            let place = SIMD2((Float(i % width) + 0.5) / meter, (Float(height - 1 - i / width) + 0.5) / meter)
            let color = mapRGB(at: place)
            return (0 ..< 3).map { UInt8(max(0, min(255, color[$0] * 255))) }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    private func mapRGB(at place: SIMD2<Float>) -> RGB {
        let d = place - position, away = (d * d).sum().squareRoot()
        let ahead = cos(heading) * d.x + sin(heading) * d.y
        if away < Robot.radius { // a disc, with a pale wedge that points ahead
            return ahead > away * 0.9 && away > 0.03 ? gray(0.95) : RGB(0.10, 0.25, 0.45, 0)
        }
        let k = place - kong
        if (k * k).sum() < 0.06 * 0.06 { return Kong.color }
        if let thing = room.obstacles.first(where: { $0.gap(to: place) <= 0 }) { return thing.color * 0.8 }
        let floor = room.floor.color(u: place.x, v: place.y, footprint: 0.02)
        let isInView = ahead > away * cos(Lens.halfFieldOfView)
        return isInView ? mix(floor, RGB(1, 0.95, 0.7, 0), 0.25) : floor * 0.85
    }
}
