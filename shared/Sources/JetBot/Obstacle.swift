// Obstacle.swift - what stands about on the floor?
//
// Upright boxes and cylinders: cartons, bins, chair legs. Each can tell where a ray meets it, for the camera,
// and how near the robot is, for the wheels.

import Foundation

/// An upright box or cylinder that stands on the floor. Meters.
struct Obstacle: Equatable {
    var center: SIMD2<Float>
    /// Half sides of a box along its own axes; a cylinder has its radius in both.
    var half: SIMD2<Float>
    var height: Float
    var isRound: Bool
    /// Direction of a box's first axis: cosine and sine.
    var axis = SIMD2<Float>(1, 0)
    var color: RGB

    /// Radius of the circle around its base.
    var reach: Float { isRound ? half.x : (half.x * half.x + half.y * half.y).squareRoot() }

    /// A vector of the room along the box's own axes.
    @inline(__always)
    private func local(_ v: SIMD2<Float>) -> SIMD2<Float> {
        SIMD2(v.x * axis.x + v.y * axis.y, v.y * axis.x - v.x * axis.y)
    }

    /// How far the point (on the floor) is from its side; zero or less inside.
    func gap(to point: SIMD2<Float>) -> Float {
        let d = local(point - center)
        if isRound { return (d.x * d.x + d.y * d.y).squareRoot() - half.x }
        let (x, y) = (max(0, abs(d.x) - half.x), max(0, abs(d.y) - half.y))
        return (x * x + y * y).squareRoot()
    }

    /// Distance along the ray to the first point of the surface and the normal there; infinity where it misses.
    @inline(__always)
    func hit(from origin: SIMD3<Float>, along ray: SIMD3<Float>) -> (distance: Float, normal: SIMD3<Float>) {
        let o = local(SIMD2(origin.x, origin.y) - center), r = local(SIMD2(ray.x, ray.y))
        let miss = (Float.infinity, SIMD3<Float>(0, 0, 1))
        // Where the ray is between the floor and the top ...
        let atTop = (height - origin.z) / ray.z, atFloor = -origin.z / ray.z
        var (near, far) = (min(atTop, atFloor), max(atTop, atFloor))
        var normal = SIMD3<Float>(0, 0, 1)
        if isRound { // ... and inside the circle: |o + t r|² = radius²
            let a = r.x * r.x + r.y * r.y, b = o.x * r.x + o.y * r.y
            let c = o.x * o.x + o.y * o.y - half.x * half.x
            let root = b * b - a * c
            guard root > 0 else { return miss }
            let enter = (-b - root.squareRoot()) / a
            far = min(far, (-b + root.squareRoot()) / a)
            if enter > near {
                near = enter
                let across = (o + near * r) / half.x
                normal = SIMD3(axis.x * across.x - axis.y * across.y, axis.y * across.x + axis.x * across.y, 0)
            }
        } else { // ... and between the two pairs of sides.
            for i in 0 ..< 2 {
                let s: Float = r[i] < 0 ? 1 : -1 // the side that faces the ray
                let enter = (s * half[i] - o[i]) / r[i]
                far = min(far, (-s * half[i] - o[i]) / r[i])
                if enter > near {
                    near = enter
                    normal = i == 0 ? SIMD3(s * axis.x, s * axis.y, 0) : SIMD3(-s * axis.y, s * axis.x, 0)
                }
            }
        }
        return near < far && near > 0 ? (near, normal) : miss
    }
}
