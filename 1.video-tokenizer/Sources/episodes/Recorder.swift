// Recorder.swift - what is recorded while the robot wanders?
//
// At every kept frame: the picture and the truth about the Kong. Between two frames: the action. So the loop looks
// first and acts second, T times and T-1 times.

import Episodes
import Foundation
import JetBot
import Randomness

/// Records any episode of a data set, in any order: each depends on its number alone.
struct Recorder {
    private let rooms: [Split: [Room]]
    private let camera: Camera
    private let frames: Int, framesPerSecond: Float, seed: UInt64, depth: Bool

    init(rooms: Int, frames: Int, size: Int, framesPerSecond: Float, seed: UInt64, depth: Bool) {
        var random = SeededGenerator(seed: seed, stream: 1)
        let seeds = (0 ..< 2 * rooms).map { _ in random.next() >> 32 }
        let seen = seeds[..<rooms].map(Room.init(seed:)), unseen = seeds[rooms...].map(Room.init(seed:))
        self.rooms = [.train: seen, .validation: seen, .unseenRooms: unseen]
        camera = Camera(width: size, height: size)
        (self.frames, self.framesPerSecond, self.seed, self.depth) = (frames, framesPerSecond, seed, depth)
    }

    /// Episode `number` of a split; one room after the other.
    func episode(_ number: Int, of split: Split) -> Episode {
        let room = rooms[split]![number % rooms[split]!.count]
        // A stream of random numbers for each split and number.
        let stream = (UInt64(Split.allCases.firstIndex(of: split)! + 1) << 32) + UInt64(number)
        let episodeSeed = SeededGenerator(seed: seed, stream: stream).state
        var world = World(room: room, seed: episodeSeed, framesPerSecond: framesPerSecond)
        var babble = Babble(seed: episodeSeed)

        let (width, height) = (camera.width, camera.height)
        var pixels = [UInt8](repeating: 0, count: frames * height * width * 3)
        var distances = [Float](repeating: 0, count: depth ? frames * height * width : 0)
        var actions: [Int] = [], bearing: [Float] = [], distance: [Float] = [], reward: [Float] = []
        for t in 0 ..< frames {
            pixels.withUnsafeMutableBufferPointer { pixels in
                distances.withUnsafeMutableBufferPointer { distances in
                    camera.render(world, into: pixels.baseAddress! + t * height * width * 3,
                                  depth: depth ? distances.baseAddress! + t * height * width : nil)
                }
            }
            bearing.append(world.bearing ?? .nan)
            distance.append(world.distance ?? .nan)
            reward.append(world.reward)
            if t == frames - 1 { break }
            let action = babble.next(in: world)
            world.step(action)
            actions.append(action.rawValue)
        }

        var episode = Episode(frames: pixels, width: width, height: height, actions: actions, metadata: [
            "source": "jetbot", "fps": String(format: "%g", framesPerSecond), "action_names": Action.names.joined(separator: ","),
            "seed": "\(episodeSeed)", "room": "\(room.seed)",
        ])
        (episode.bearing, episode.distance, episode.reward) = (bearing, distance, reward)
        if depth { episode.depth = distances }
        return episode
    }
}
