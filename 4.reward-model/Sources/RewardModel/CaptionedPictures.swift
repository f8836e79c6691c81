// CaptionedPictures.swift - where do a few thousand pictures with captions come from?
//
// From the simulator, when training begins: they take seconds, and are never written to disk. Each picture depends on the seed and its
// number alone. The camera, the rooms and the light are those of the episodes, but no room is one of theirs, and there is no Kong in any.
//
// Out: frames [B,H,W,3] in 0...1 and B captions.

import Captions
import Foundation
import JetBot
import Randomness
import Tensors

public struct CaptionedPictures {
    public let size: Int
    /// What is to be seen in each picture.
    public let facts: [Facts]
    private let pixels: [UInt8]

    /// `count` pictures from `rooms` rooms, in equal parts. A fifth of them show an empty floor.
    public init(count: Int, rooms: Int, size: Int, seed: UInt64) {
        let camera = Camera(width: size, height: size), bytes = size * size * 3
        var pixels = [UInt8](repeating: 0, count: count * bytes)
        var facts = [Facts](repeating: Facts(hasToy: false), count: count)
        pixels.withUnsafeMutableBufferPointer { pixels in
            facts.withUnsafeMutableBufferPointer { facts in
                nonisolated(unsafe) let (pixels, facts) = (pixels, facts)
                // Room by room, so that only a few exist at a time.
                DispatchQueue.concurrentPerform(iterations: rooms) { number in
                    let room = Room(seed: CaptionedPictures.roomSeed(number, seed))
                    for i in stride(from: number, to: count, by: rooms) {
                        let (world, fact) = CaptionedPictures.scene(room, SeededGenerator(seed: seed, stream: UInt64(i) + 100))
                        camera.render(world, into: pixels.baseAddress! + i * bytes)
                        facts[i] = fact
                    }
                }
            }
        }
        (self.size, self.facts, self.pixels) = (size, facts, pixels)
    }

    /// The rooms of recorded episodes have seeds below 2³²: no room here is ever one of theirs.
    static func roomSeed(_ number: Int, _ seed: UInt64) -> UInt64 {
        SeededGenerator(seed: seed, stream: UInt64(number)).state | 1 << 40
    }

    /// A toy in view where a Kong might stand, or an empty floor.
    private static func scene(_ room: Room, _ generator: SeededGenerator) -> (world: World, facts: Facts) {
        var generator = generator
        var world = World(room: room, seed: generator.next(), start: .kongInView)
        var facts = Facts(hasToy: false, floor: room.floorKind)
        guard generator.uniform() < 0.8, let bearing = world.bearing else {
            world.replaceKong(by: nil, .red)
            return (world, facts)
        }
        // The toy comes nearer or goes away on the line of sight, so that far ones are as common as near
        // ones; if it can still be seen from there.
        var distance = world.kongPolar.distance
        var other = world
        let wish = generator.uniform(0.3, 1.8)
        other.kong = world.position + (world.kong - world.position) * (wish / distance)
        if other.isKongVisible { (world, distance) = (other, wish) }
        let shape = Toy.Shape.allCases[generator.integer(below: Toy.Shape.allCases.count)]
        let color = Toy.Color.allCases[generator.integer(below: Toy.Color.allCases.count)]
        facts = Facts(
            hasToy: true, color: color, shape: shape, place: .init(bearing: bearing), distance: .init(meters: distance),
            floor: room.floorKind)
        world.replaceKong(by: shape, color)
        return (world, facts)
    }

    /// `batch` pictures at random, half of them mirrored, each with a new caption.
    public func next(batch: Int, using generator: inout SeededGenerator) -> (frames: Tensor, facts: [Facts], captions: [Caption]) {
        let chosen = (0 ..< batch).map { _ in generator.integer(below: facts.count) }
        let frames = self.frames(chosen), isMirrored = (0 ..< batch).map { _ in generator.uniform() < 0.5 }
        mirror(frames, where: isMirrored)
        let shown = zip(chosen, isMirrored).map { $1 ? facts[$0].mirrored : self.facts[$0] }
        return (frames, shown, shown.map { Grammar.caption(of: $0, using: &generator) })
    }

    /// The pictures with these numbers, [B,H,W,3].
    public func frames(_ numbers: [Int]) -> Tensor {
        let bytes = size * size * 3, frames = Tensor(uninitialized: [numbers.count, size, size, 3])
        pixels.withUnsafeBufferPointer { pixels in
            for (row, number) in numbers.enumerated() {
                let source = pixels.baseAddress! + number * bytes, target = frames.pointer + row * bytes
                for i in 0 ..< bytes { target[i] = Float(source[i]) / 255 }
            }
        }
        return frames
    }
}
