// Kong.swift - what is the robot looking for?
//
// A red rubber toy: three lobes, one upon the other, 15 cm tall. Each lobe is a flattened or stretched ball.

import Foundation

enum Kong {
    static let radius: Float = 0.045
    static let height: Float = 0.155
    static let color = RGB(0.76, 0.15, 0.19, 0)

    /// Height of the middle, radius, and half height of each lobe, from the floor up. Meters.
    static let lobes: [(middle: Float, radius: Float, half: Float)] =
        [(0.042, 0.045, 0.042), (0.087, 0.040, 0.037), (0.125, 0.034, 0.030)]

    /// Distance along the ray and outward normal of the first lobe that it meets; infinity where it misses.
    static func hit(at place: SIMD2<Float>, from origin: SIMD3<Float>, along ray: SIMD3<Float>)
        -> (distance: Float, normal: SIMD3<Float>) {
        var nearest = (distance: Float.infinity, normal: SIMD3<Float>(0, 0, 1))
        for lobe in lobes {
            // Measured in radii of the lobe, the lobe is the unit ball: |o + t r|² = 1.
            let size = SIMD3(lobe.radius, lobe.radius, lobe.half)
            let o = (origin - SIMD3(place.x, place.y, lobe.middle)) / size, r = ray / size
            let a = (r * r).sum(), b = (o * r).sum(), c = (o * o).sum() - 1
            let root = b * b - a * c
            guard root > 0 else { continue }
            let t = (-b - root.squareRoot()) / a
            if t > 0, t < nearest.distance {
                let n = (o + r * t) / size
                nearest = (t, n / (n * n).sum().squareRoot())
            }
        }
        return nearest
    }
}
