// Camera.swift - what does the robot see?
//
// For each pixel, follow the line of sight into the room until it meets something, and take the light that comes
// from there (ray casting). Each pixel follows four lines and keeps their mean: one line would make edges jump
// from pixel to pixel. Then the lens's color cast, and the noise of a small sensor.

import Foundation
import Pictures
import Randomness

/// The fisheye camera; keep one and render many frames with it.
public final class Camera {
    public let width, height: Int
    /// Standard deviation of the sensor's noise, as a share of full scale.
    public var noise: Float = 0.008

    /// Four lines of sight a pixel, [H, W, 4], in the robot's frame.
    private let rays: [SIMD3<Float>]
    /// 0 in the middle of the picture, 1 where the pink cast is full; [H, W].
    private let vignette: [Float]

    public init(width: Int = 64, height: Int = 64) {
        precondition(width > 0 && height > 0, "a picture of \(width) x \(height) pixels")
        (self.width, self.height) = (width, height)
        var rays: [SIMD3<Float>] = [], vignette: [Float] = []
        for row in 0 ..< height {
            for column in 0 ..< width {
                for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] as [(Float, Float)] {
                    rays.append(Lens.direction(x: 2 * (Float(column) + dx) / Float(width) - 1,
                                               y: 1 - 2 * (Float(row) + dy) / Float(height)))
                }
                let x = 2 * (Float(column) + 0.5) / Float(width) - 1, y = 2 * (Float(row) + 0.5) / Float(height) - 1
                vignette.append(smoothstep(0.1, 1.05, (x * x + y * y).squareRoot()))
            }
        }
        (self.rays, self.vignette) = (rays, vignette)
    }

    /// The frame as bytes, [H, W, 3] RGB.
    public func pixels(of world: World) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            render(world, into: buffer.baseAddress!)
            count = width * height * 3
        }
    }

    /// The frame as a picture.
    public func image(of world: World) -> Image {
        Image(width: width, height: height, pixels: pixels(of: world))
    }

    /// Distances along the middle of each pixel's lines of sight, meters, [H, W].
    public func depth(of world: World) -> [Float] { surfaces(of: world).depth }

    /// How far is what each pixel shows, and where does it face?
    public func surfaces(of world: World) -> Surfaces {
        let scene = Scene(world, pixelAngle: Lens.halfFieldOfView / Float(width)), (cosine, sine) = (cos(world.heading), sin(world.heading))
        var surfaces = Surfaces(width: width, height: height)
        for i in 0 ..< width * height {
            var distance: Float = 0, normal = SIMD3<Float>.zero
            for k in 0 ..< 4 {
                let seen = scene.look(along: rays[4 * i + k])
                (distance, normal) = (distance + seen.distance, normal + seen.normal)
            }
            normal /= max(1e-6, (normal * normal).sum().squareRoot())
            surfaces.depth[i] = distance / 4
            surfaces.normals[i] = SIMD3(cosine * normal.x + sine * normal.y, cosine * normal.y - sine * normal.x, normal.z)
        }
        return surfaces
    }

    /// Writes a frame, [H, W, 3] RGB, and if wanted the distances, [H, W] meters.
    public func render(_ world: World, into pixels: UnsafeMutablePointer<UInt8>,
                       depth: UnsafeMutablePointer<Float>? = nil) {
        let scene = Scene(world, pixelAngle: Lens.halfFieldOfView / Float(width))
        let (center, edge) = (world.room.tintAtCenter, world.room.tintAtEdge)
        var random = SeededGenerator(seed: world.seed, stream: UInt64(world.ticks) &+ 1000)
        // The sum of two numbers in 0 ..< 1 has a variance of 1/6; here they count to 1024.
        let noiseScale = noise * 255 * Float(6).squareRoot() / 1024
        rays.withUnsafeBufferPointer { rays in
            for i in 0 ..< width * height {
                var light = gray(0), distance: Float = 0
                for k in 0 ..< 4 {
                    let seen = scene.look(along: rays[4 * i + k])
                    light += seen.color
                    distance += seen.distance
                }
                depth?[i] = distance / 4
                let color = light * mix(center, edge, vignette[i]) * (255.0 / 4)
                var bits = random.next() // six numbers of ten bits
                for channel in 0 ..< 3 {
                    let sum = Int(bits & 1023) + Int((bits >> 10) & 1023) - 1023
                    bits >>= 20
                    let value = color[channel] + Float(sum) * noiseScale + 0.5
                    pixels[3 * i + channel] = UInt8(max(0, min(255, value)))
                }
            }
        }
    }
}
