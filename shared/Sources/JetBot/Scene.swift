// Scene.swift - what does one line of sight meet, and how bright is it?
//
// The world as one frame needs it: everything about the eye and the things that the 16,384 lines of sight of a
// 64x64 frame share is worked out once, here. A thing whose bounding ball lies off the line is skipped with one product.

import Foundation

struct Scene {
    private let room: Room
    private let eye: SIMD3<Float>
    private let cosine, sine: Float // of the heading
    private let kong: SIMD2<Float>
    private let kongCone: Cone
    private let toys: [Toy]
    private let toyCones: [Cone]
    private let cones: [Cone] // of room.obstacles
    private let light: SIMD3<Float>
    private let lightOnFloor: SIMD2<Float>
    private let gloss: Float
    /// What half a pixel covers at a distance of one meter.
    private let pixelAngle: Float

    init(_ world: World, pixelAngle: Float) {
        room = world.room
        eye = world.eye
        kong = world.kong
        (cosine, sine) = (cos(world.heading), sin(world.heading))
        (light, gloss) = (room.light, room.gloss)
        let onFloor = SIMD2(light.x, light.y)
        lightOnFloor = onFloor / (onFloor * onFloor).sum().squareRoot()
        self.pixelAngle = pixelAngle
        let eye = world.eye
        toys = world.toys
        toyCones = toys.map { Cone(from: eye, to: SIMD3($0.place.x, $0.place.y, $0.bounds.middle), radius: $0.bounds.radius) }
        kongCone = Cone(from: eye, to: SIMD3(kong.x, kong.y, Kong.height / 2), radius: Kong.height / 2 + 0.005)
        cones = room.obstacles.map { thing in
            let half = thing.height / 2
            return Cone(from: eye, to: SIMD3(thing.center.x, thing.center.y, half),
                        radius: (thing.reach * thing.reach + half * half).squareRoot())
        }
    }

    /// The light and the distance of the first surface along a direction in the robot's frame, and where it faces in the room's.
    @inline(__always)
    func look(along direction: SIMD3<Float>) -> (color: RGB, distance: Float, normal: SIMD3<Float>) {
        let ray = SIMD3(cosine * direction.x - sine * direction.y, sine * direction.x + cosine * direction.y, direction.z)
        var (color, distance, normal) = background(ray)
        for i in 0 ..< cones.count where cones[i].contains(ray) {
            let hit = room.obstacles[i].hit(from: eye, along: ray)
            if hit.distance < distance {
                (distance, normal) = (hit.distance, hit.normal)
                let height = eye.z + distance * ray.z
                let lit = 0.80 + 0.25 * dot(hit.normal, light)
                color = room.obstacles[i].color * (lit * (0.7 + 0.3 * smoothstep(0, 0.08, height)))
            }
        }
        if kongCone.contains(ray) {
            let hit = Lobe.hit(Kong.lobes, at: kong, from: eye, along: ray)
            if hit.distance < distance { (color, distance, normal) = (rubber(Kong.color, hit.normal, ray), hit.distance, hit.normal) }
        }
        for i in 0 ..< toyCones.count where toyCones[i].contains(ray) {
            let hit = toys[i].hit(from: eye, along: ray)
            if hit.distance < distance { (color, distance, normal) = (rubber(toys[i].light, hit.normal, ray), hit.distance, hit.normal) }
        }
        return (color, distance, normal)
    }

    /// Floor or wall: the first of the five planes that the ray meets.
    @inline(__always)
    private func background(_ ray: SIMD3<Float>) -> (color: RGB, distance: Float, normal: SIMD3<Float>) {
        let toX = (ray.x > 0 ? room.width - eye.x : eye.x) / max(1e-9, abs(ray.x))
        let toY = (ray.y > 0 ? room.depth - eye.y : eye.y) / max(1e-9, abs(ray.y))
        let toFloor = ray.z < 0 ? -eye.z / ray.z : Float.infinity
        let distance = min(toFloor, min(toX, toY))
        let at = eye + ray * distance
        if toFloor <= distance {
            // A flat look stretches the pixel along the line of sight: between its length and its breadth.
            let footprint = distance * pixelAngle / max(0.02, -ray.z).squareRoot()
            let color = room.floor.color(u: at.x, v: at.y, footprint: footprint)
            let lit = toys.reduce(shadow(of: kong, on: SIMD2(at.x, at.y))) { $0 * shadow(of: $1.place, on: SIMD2(at.x, at.y)) }
            return (color * lit + gray(mirror(ray)), distance, SIMD3(0, 0, 1))
        }
        let footprint = distance * pixelAngle
        let (wall, along) = toX < toY ? (ray.x > 0 ? 1 : 3, at.y) : (ray.y > 0 ? 2 : 0, at.x)
        let normal = toX < toY ? SIMD3<Float>(ray.x > 0 ? -1 : 1, 0, 0) : SIMD3(0, ray.y > 0 ? -1 : 1, 0)
        return (room.walls[wall].color(u: along, v: at.z, footprint: footprint), distance, normal)
    }

    /// What the Kong, or a toy, leaves of the light on the floor: a soft blot that stretches away from the window.
    @inline(__always)
    private func shadow(of thing: SIMD2<Float>, on place: SIMD2<Float>) -> Float {
        let d = place - thing
        guard (d * d).sum() < 0.04 else { return 1 }
        let along = -(d * lightOnFloor).sum(), across2 = (d * d).sum() - along * along
        let stretched = along > 0 ? along / 0.16 : along / 0.07
        let inside = max(0, 1 - stretched * stretched - across2 / (0.07 * 0.07))
        return 1 - 0.5 * inside
    }

    /// The window in the floor: bright where the mirrored ray points towards it.
    @inline(__always)
    private func mirror(_ ray: SIMD3<Float>) -> Float {
        let towards = max(0, dot(SIMD3(ray.x, ray.y, -ray.z), light))
        let two = towards * towards, four = two * two
        return gloss * four * four
    }

    @inline(__always)
    private func rubber(_ color: RGB, _ normal: SIMD3<Float>, _ ray: SIMD3<Float>) -> RGB {
        let mirrored = ray - normal * (2 * dot(normal, ray))
        let shine = max(0, dot(mirrored, light)), two = shine * shine, four = two * two
        // Light from the window, some from everywhere, less from below.
        let lit = 0.50 + 0.35 * max(0, dot(normal, light)) + 0.18 * normal.z
        return color * lit + gray(0.35 * four * four)
    }
}

/// All directions in which a ball is seen from the eye.
private struct Cone {
    let axis: SIMD3<Float>
    let cosine: Float

    init(from eye: SIMD3<Float>, to center: SIMD3<Float>, radius: Float) {
        let d = center - eye, distance = dot(d, d).squareRoot()
        axis = d / distance
        cosine = distance > radius ? (1 - radius * radius / (distance * distance)).squareRoot() : -1
    }

    @inline(__always)
    func contains(_ ray: SIMD3<Float>) -> Bool { dot(axis, ray) >= cosine }
}

@inline(__always)
func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { a.x * b.x + a.y * b.y + a.z * b.z }
