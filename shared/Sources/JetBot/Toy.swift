// Toy.swift - what else may lie on the floor?
//
// Toys that are no Kong, of five shapes and six colors. They are there to be looked at: a model that reads pictures and sentences has to
// see more than one red thing. Wheels do not notice them, and no recorded episode has any.

import Foundation

public struct Toy: Equatable, Sendable {
    public enum Shape: String, CaseIterable, Codable, Sendable { case ball, cube, can, duck, bone }
    public enum Color: String, CaseIterable, Codable, Sendable { case red, orange, yellow, green, blue, black }

    public let shape: Shape, color: Color
    /// Where it lies, meters.
    public let place: SIMD2<Float>
    /// A cube or a can is a block; the other shapes are made of lobes.
    private let block: Obstacle?
    private let lobes: [Lobe]

    public init(_ shape: Shape, _ color: Color, at place: SIMD2<Float>) {
        (self.shape, self.color, self.place) = (shape, color, place)
        func block(_ half: Float, _ height: Float, isRound: Bool) -> Obstacle {
            Obstacle(center: place, half: SIMD2(repeating: half), height: height, isRound: isRound,
                     axis: isRound ? SIMD2(1, 0) : SIMD2(0.8, 0.6), color: gray(1))
        }
        func lobe(_ x: Float, _ y: Float, _ z: Float, _ size: SIMD3<Float>) -> Lobe { Lobe(center: SIMD3(x, y, z), size: size) }
        let knob = SIMD3<Float>(0.024, 0.024, 0.024)
        switch shape {
        case .ball: (self.block, lobes) = (nil, [lobe(0, 0, 0.055, SIMD3(0.055, 0.055, 0.055))])
        case .cube: (self.block, lobes) = (block(0.05, 0.10, isRound: false), [])
        case .can: (self.block, lobes) = (block(0.038, 0.14, isRound: true), [])
        case .duck: // body, head, tail
            (self.block, lobes) = (nil, [lobe(0, 0, 0.045, SIMD3(0.075, 0.05, 0.045)), lobe(0.045, 0, 0.105, SIMD3(0.036, 0.036, 0.036)),
                                         lobe(-0.07, 0, 0.07, SIMD3(0.025, 0.02, 0.02))])
        case .bone: // a stick, with two knobs at each end
            (self.block, lobes) = (
                nil,
                [
                    lobe(0, 0, 0.026, SIMD3(0.085, 0.018, 0.018)), lobe(0.075, 0.022, 0.026, knob), lobe(0.075, -0.022, 0.026, knob),
                                         lobe(-0.075, 0.022, 0.026, knob), lobe(-0.075, -0.022, 0.026, knob)])
        }
    }

    /// A ball around all of it: height of the middle and radius.
    var bounds: (middle: Float, radius: Float) { (0.065, 0.12) }

    var light: RGB {
        switch color {
        case .red: RGB(0.74, 0.17, 0.18, 0)
        case .orange: RGB(0.85, 0.46, 0.12, 0)
        case .yellow: RGB(0.84, 0.74, 0.16, 0)
        case .green: RGB(0.18, 0.55, 0.25, 0)
        case .blue: RGB(0.14, 0.30, 0.72, 0)
        case .black: RGB(0.07, 0.07, 0.08, 0)
        }
    }

    /// Distance along the ray and outward normal of its first point; infinity where the ray misses.
    func hit(from origin: SIMD3<Float>, along ray: SIMD3<Float>) -> (distance: Float, normal: SIMD3<Float>) {
        block?.hit(from: origin, along: ray) ?? Lobe.hit(lobes, at: place, from: origin, along: ray)
    }
}

extension World {
    /// Puts a toy where the Kong stands, or nothing at all, and takes the Kong out of the room.
    public mutating func replaceKong(by shape: Toy.Shape?, _ color: Toy.Color) {
        toys = shape.map { [Toy($0, color, at: kong)] } ?? []
        kong = SIMD2(-1, -1) * 1000
    }
}
