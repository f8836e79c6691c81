// Recorder.swift - what is recorded while the robot wanders?
//
// At every kept frame: the picture and the truth about the Kong. Between two frames: the action. So the loop looks
// first and acts second, T times and T-1 times. What needs a few episodes and no data folder, such as a first look at a
// trained model, records them on the spot: episode 3 of seed 1 is the same here and there.

import Episodes
import Foundation
import JetBot
import Randomness

/// Who drives while it is recorded.
public enum Demonstrator: String, CaseIterable {
    case babble
    case noisyOracle = "noisy-oracle"
}

/// Records any episode of a data set, in any order: each depends on its number alone.
public struct Recorder {
    public let rooms: [Split: [Room]]
    private let camera: Camera
    private let frames: Int, framesPerSecond: Float, seed: UInt64, depth: Bool, driver: Demonstrator

    /// Without arguments: what `episodes record` records when nobody asks for anything else.
    public init(rooms: Int = 8, frames: Int = 64, size: Int = 64, framesPerSecond: Float = 4, seed: UInt64 = 1, depth: Bool = false,
                driver: Demonstrator = .babble) {
        var random = SeededGenerator(seed: seed, stream: 1)
        let seeds = (0 ..< 2 * rooms).map { _ in random.next() >> 32 }
        let seen = seeds[..<rooms].map(Room.init(seed:)), unseen = seeds[rooms...].map(Room.init(seed:))
        self.rooms = [.train: seen, .validation: seen, .unseenRooms: unseen]
        camera = Camera(width: size, height: size)
        (self.frames, self.framesPerSecond, self.seed, self.depth, self.driver) = (frames, framesPerSecond, seed, depth, driver)
    }

    /// Episode `number` of a split; one room after the other.
    public func episode(_ number: Int, of split: Split) -> Episode {
        let room = rooms[split]![number % rooms[split]!.count]
        // A stream of random numbers for each split and number.
        let stream = (UInt64(Split.allCases.firstIndex(of: split)! + 1) << 32) + UInt64(number)
        let episodeSeed = SeededGenerator(seed: seed, stream: stream).state
        let world = World(room: room, seed: episodeSeed, framesPerSecond: framesPerSecond)
        var babble = Babble(seed: episodeSeed), oracle = NoisyOracle(seed: episodeSeed)
        var episode = episode(from: world) { driver == .babble ? babble.next(in: $0) : oracle.next(in: $0) }
        if driver != .babble { episode.metadata["driver"] = driver.rawValue }
        return episode
    }

    /// What happens after `world` when somebody says what to do next.
    public func episode(from world: World, next: (World) -> Action) -> Episode {
        var world = world
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
            let action = next(world)
            world.step(action)
            actions.append(action.rawValue)
        }

        var episode = Episode(frames: pixels, width: width, height: height, actions: actions, metadata: [
            "source": "jetbot", "fps": String(format: "%g", world.framesPerSecond), "action_names": Action.names.joined(separator: ","),
            "seed": "\(world.seed)", "room": "\(world.room.seed)",
        ])
        (episode.bearing, episode.distance, episode.reward) = (bearing, distance, reward)
        if depth { episode.depth = distances }
        return episode
    }

    /// Writes the first `count` episodes of a split, on all cores; the first error stops the rest and is thrown.
    public func write(_ count: Int, of split: Split, to folder: URL, advance: () -> Void = {}) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let lock = NSLock()
        var failure: Error?
        DispatchQueue.concurrentPerform(iterations: count) { number in
            if lock.withLock({ failure != nil }) { return }
            do { try episode(number, of: split).write(to: folder.appendingPathComponent(String(format: "%04d.safetensors", number))) } catch
            {
                return lock.withLock { failure = failure ?? error }
            }
            advance()
        }
        if let failure { throw failure }
    }

    /// The first `count` episodes of a split, for a program that needs no data folder: they are gone when it ends.
    public func episodes(_ count: Int, of split: Split) throws -> EpisodeSet {
        let data = FileManager.default.temporaryDirectory.appendingPathComponent("episodes-\(UUID().uuidString)")
        // Mapped files stay readable when their names are gone.
        defer { try? FileManager.default.removeItem(at: data) }
        try write(count, of: split, to: data.appendingPathComponent(split.rawValue))
        return try EpisodeSet(data, split)
    }
}
