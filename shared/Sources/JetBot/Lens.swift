// Lens.swift - which way does a point of the picture look?
//
// An equidistant fisheye: the distance of a point from the middle of the picture is proportional to its angle
// from the optical axis. The chip is 4:3 and is squeezed to a square picture, as on the real robot, so a degree
// is taller than it is wide. The camera sits above the axle and looks down a third of a right angle and more: the
// floor fills three quarters of the picture, and the horizon becomes an arch.
//
// Picture points: x -1 (left) ... 1 (right), y -1 (bottom) ... 1 (top).
// Directions: unit vectors in the robot's frame, (forward, left, up).

import Foundation

public enum Lens {
    /// Half of the 130 degrees from the left edge of the picture to the right edge.
    public static let halfFieldOfView: Float = 65 * .pi / 180
    /// Half of the 100 degrees from the bottom edge to the top edge.
    public static let halfHeight: Float = 50 * .pi / 180
    static let tilt: Float = 34 * .pi / 180
    /// Height of the camera above the floor, meters.
    public static let height: Float = 0.10

    private static let forward = SIMD3<Float>(cos(tilt), 0, -sin(tilt))
    private static let up = SIMD3<Float>(sin(tilt), 0, cos(tilt))

    /// The direction that the picture point (x, y) looks in.
    public static func direction(x: Float, y: Float) -> SIMD3<Float> {
        let right = x * halfFieldOfView, above = y * halfHeight
        let angle = (right * right + above * above).squareRoot()
        let k = angle > 1e-6 ? sin(angle) / angle : 1
        return forward * cos(angle) + up * (k * above) - SIMD3(0, k * right, 0)
    }

    /// The picture point of a direction (of any length); outside of -1...1 it is not in the picture.
    public static func project(_ direction: SIMD3<Float>) -> (x: Float, y: Float) {
        let right = -direction.y, above = (direction * up).sum(), ahead = (direction * forward).sum()
        let sideways = (right * right + above * above).squareRoot()
        let k = sideways > 1e-6 ? atan2(sideways, ahead) / sideways : 0
        return (k * right / halfFieldOfView, k * above / halfHeight)
    }
}
