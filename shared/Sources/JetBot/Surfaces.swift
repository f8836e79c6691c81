// Surfaces.swift - what would a picture show if it showed shapes in place of light?
//
// For each pixel how far the thing is that it shows, and where its surface faces. Both can be painted, and then whoever can learn pictures
// can learn shapes (TesserAct, arXiv 2504.20995, section 3.1). The simulator knows them; a camera does not.

import Foundation
import Pictures

public struct Surfaces: Equatable {
    public let width, height: Int
    /// Meters along the line of sight, [H, W].
    public var depth: [Float]
    /// Unit vectors in the robot's frame: x ahead, y to the left, z up; [H, W].
    public var normals: [SIMD3<Float>]

    /// Nothing, nowhere: to be filled in.
    public init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        depth = Array(repeating: 0, count: width * height)
        normals = Array(repeating: .zero, count: width * height)
    }

    /// Meters: black and white in a picture of depth. Between them it is the logarithm that is painted, so that a tenth of a distance is as
    /// much gray nearby as far away.
    public static let (black, white): (Float, Float) = (0.05, 5)

    public var depthPicture: Image {
        image(depth.map { SIMD3(repeating: log($0 / Surfaces.black) / log(Surfaces.white / Surfaces.black)) })
    }
    /// Ahead is red, left green, up blue; -1 is none of it, 1 all.
    public var normalPicture: Image { image(normals.map { ($0 + 1) / 2 }) }

    /// The distances that a picture of depth shows.
    /// - Parameter picture: [H, W, 3] in 0...1.
    public static func depth(painted picture: [Float]) -> [Float] {
        stride(from: 0, to: picture.count, by: 3).map { i in
            black * pow(white / black, (picture[i] + picture[i + 1] + picture[i + 2]) / 3)
        }
    }

    /// The directions that a picture of normals shows, one unit long.
    public static func normals(painted picture: [Float]) -> [SIMD3<Float>] {
        stride(from: 0, to: picture.count, by: 3).map { i in
            let normal = 2 * SIMD3(picture[i], picture[i + 1], picture[i + 2]) - 1
            return normal / max(1e-6, (normal * normal).sum().squareRoot())
        }
    }

    private func image(_ values: [SIMD3<Float>]) -> Image {
        Image(width: width, height: height, pixels: values.flatMap { value in
            (0 ..< 3).map { UInt8(max(0, min(255, value[$0] * 255 + 0.5))) }
        })
    }
}
