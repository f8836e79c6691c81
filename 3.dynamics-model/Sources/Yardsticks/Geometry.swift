// Geometry.swift - what could be known at all, if one knew lens, floor and walls?
//
// Most of a future frame has been seen already, from somewhere else. Whoever knows where the robot will stand, how far away everything is,
// and how the lens bends the picture, can carry the seen pixels over: for each pixel of the future frame follow its line of sight to the
// point that it meets, and look where that point stood in the frames that were shown. What stood in none of them nobody can know; there the
// mean color of its row stands in. No model has this knowledge: it is the yardstick for what can be learned.

import Episodes
import Foundation
import JetBot
import Pictures
import Recording
import Tensors
import WorldModels

/// The four true frames of each clip carried over to the twelve after them, [B,12,H,W,3]; nil for episodes that the simulator cannot
/// replay.
public func carriedOver(_ clips: TrueClips) -> Tensor? {
    let (height, width) = (clips.frames.size(2), clips.frames.size(3)), camera = Camera(width: width, height: height), c = TrueClips.context
    let result = Tensor(uninitialized: [clips.count, TrueClips.horizon, height, width, 3])
    for (clip, place) in clips.places.enumerated() {
        guard let worlds = clips.worlds(from: place) else { return nil }
        // The latest comes first.
        let shown = (0 ..< c).reversed().map { ShownFrame(clips.image(clip, $0), worlds[$0], camera.depth(of: worlds[$0])) }
        let rows = (0 ..< height).map { y in (0 ..< width).reduce(SIMD3<Float>.zero) { $0 + shown[0].color($1, y) } / Float(width) }
        for t in 0 ..< TrueClips.horizon {
            let world = worlds[c + t], depth = camera.depth(of: world)
            let target = result.pointer + (clip * TrueClips.horizon + t) * height * width * 3
            for y in 0 ..< height {
                for x in 0 ..< width {
                    let look = Lens.direction(x: 2 * (Float(x) + 0.5) / Float(width) - 1, y: 1 - 2 * (Float(y) + 0.5) / Float(height))
                    let point = world.point(look * depth[y * width + x])
                    let color = shown.lazy.compactMap { $0.color(of: point) }.first ?? rows[y]
                    for channel in 0 ..< 3 { target[(y * width + x) * 3 + channel] = color[channel] }
                }
            }
        }
    }
    return result
}

extension TrueClips {
    /// The simulator at each of the 16 frames of a clip; nil for episodes that it cannot replay.
    public func worlds(from place: ClipPlace) -> [World]? {
        let file = episodes.episodes[place.episode]
        guard let actions = file.actions, var simulator = Simulator(replaying: file, to: place.start) else { return nil }
        return [simulator.world] + (place.start ..< place.start + TrueClips.length - 1).map { t in
            _ = simulator.step(Action.names[actions[t]])
            return simulator.world
        }
    }
}

/// A frame that was seen, from where, and how far away everything in it is.
private struct ShownFrame {
    private let picture: Image, world: World, depth: [Float]

    init(_ picture: Image, _ world: World, _ depth: [Float]) { (self.picture, self.world, self.depth) = (picture, world, depth) }

    /// 0...1
    func color(_ x: Int, _ y: Int) -> SIMD3<Float> {
        let color = picture[x, y]
        return SIMD3(Float(color.r), Float(color.g), Float(color.b)) / 255
    }

    /// The color of a point of the room; nil where it is out of this picture or behind something.
    func color(of point: SIMD3<Float>) -> SIMD3<Float>? {
        let way = world.way(to: point), (x, y) = Lens.project(way)
        guard abs(x) < 1, abs(y) < 1 else { return nil }
        // The pixels around the point, each as much as it is near.
        let column = (x + 1) / 2 * Float(picture.width) - 0.5, row = (1 - y) / 2 * Float(picture.height) - 0.5
        let (x0, y0) = (Int(column.rounded(.down)), Int(row.rounded(.down))), distance = (way * way).sum().squareRoot()
        var (total, weights) = (SIMD3<Float>.zero, Float(0))
        for (i, j) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let (px, py) = (x0 + i, y0 + j)
            guard (0 ..< picture.width).contains(px), (0 ..< picture.height).contains(py) else { continue }
            guard abs(depth[py * picture.width + px] - distance) < 0.1 * distance + 0.02 else { continue }
            let weight = (1 - abs(column - Float(px))) * (1 - abs(row - Float(py)))
            total += color(px, py) * weight
            weights += weight
        }
        return weights > 0.2 ? total / weights : nil
    }
}

extension World {
    /// From the robot's frame (forward, left, up, from the camera) to the room's.
    fileprivate func point(_ way: SIMD3<Float>) -> SIMD3<Float> {
        let (c, s) = (cosf(heading), sinf(heading))
        return SIMD3(position.x + c * way.x - s * way.y, position.y + s * way.x + c * way.y, Lens.height + way.z)
    }

    /// And back.
    fileprivate func way(to point: SIMD3<Float>) -> SIMD3<Float> {
        let (c, s) = (cosf(heading), sinf(heading)), d = point - SIMD3(position.x, position.y, Lens.height)
        return SIMD3(c * d.x + s * d.y, -s * d.x + c * d.y, d.z)
    }
}
