// Kong.swift - what is the robot looking for?
//
// A red rubber toy: three lobes, one upon the other, 15 cm tall. Each lobe is a flattened or stretched ball.

import Foundation

enum Kong {
    static let radius: Float = 0.045
    static let height: Float = 0.155
    static let color = RGB(0.76, 0.15, 0.19, 0)

    /// From the floor up.
    static let lobes = [
        Lobe(center: SIMD3(0, 0, 0.042), size: SIMD3(0.045, 0.045, 0.042)),
        Lobe(center: SIMD3(0, 0, 0.087), size: SIMD3(0.040, 0.040, 0.037)),
        Lobe(center: SIMD3(0, 0, 0.125), size: SIMD3(0.034, 0.034, 0.030)),
    ]
}

/// A ball, flattened or stretched along the axes of the room. Meters.
struct Lobe: Equatable {
    /// Its middle, as seen from the place on the floor where the whole thing stands.
    let center: SIMD3<Float>
    /// Half its extent along each axis.
    let size: SIMD3<Float>

    /// Distance along the ray and outward normal of the first of `lobes` that it meets; infinity where it misses all.
    static func hit(_ lobes: [Lobe], at place: SIMD2<Float>, from origin: SIMD3<Float>, along ray: SIMD3<Float>)
        -> (distance: Float, normal: SIMD3<Float>) {
        var nearest = (distance: Float.infinity, normal: SIMD3<Float>(0, 0, 1))
        for lobe in lobes {
            // Measured in sizes of the lobe, the lobe is the unit ball: |o + t r|² = 1.
            let o = (origin - (SIMD3(place.x, place.y, 0) + lobe.center)) / lobe.size, r = ray / lobe.size
            let a = (r * r).sum(), b = (o * r).sum(), c = (o * o).sum() - 1
            let root = b * b - a * c
            guard root > 0 else { continue }
            let t = (-b - root.squareRoot()) / a
            if t > 0, t < nearest.distance {
                let n = (o + r * t) / lobe.size
                nearest = (t, n / (n * n).sum().squareRoot())
            }
        }
        return nearest
    }
}
