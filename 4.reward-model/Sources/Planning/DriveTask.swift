// DriveTask.swift - when has the robot found its toy?
//
// When the Kong is less than 10 degrees from straight ahead and the robot stands, for three steps, within twenty. It must mean
// it: whoever only passes by, or does not know that it has arrived, has not found anything.

import Episodes
import Foundation
import JetBot
import Randomness
import Tensors
import Training

/// What counts as success.
public struct DriveTask {
    public var steps = 20
    public var degrees: Float = 10
    public var stopped = 3

    public init(steps: Int = 20) { self.steps = steps }

    public func isAtGoal(_ world: World, after action: Action) -> Bool {
        action == .stop && world.bearing.map { abs($0) * 180 / .pi < degrees } == true
    }
}

/// How one episode went.
public struct DriveOutcome {
    public let start: World
    public fileprivate(set) var end: World
    public fileprivate(set) var actions: [Action] = []
    public fileprivate(set) var success = false
    fileprivate var stopped = 0
}

/// Drives from every start until each has found the Kong or its steps are used up.
///
/// - Parameters:
///   - camera: what a driver that looks sees with.
///   - batch: robots that are driven side by side.
///   - watching: called after every decision, before it is carried out.
public func driveEpisodes(
    from starts: [World], with driver: any Driver, task: DriveTask = DriveTask(), camera: Camera, batch: Int = 32,
    watching: ([Situation], [Action]) -> Void = { _, _ in }
) -> [DriveOutcome] {
    stride(from: 0, to: starts.count, by: batch).flatMap { first -> [DriveOutcome] in
        var outcomes = starts[first ..< min(first + batch, starts.count)].map { DriveOutcome(start: $0, end: $0) }
        var frames = Array(repeating: [[UInt8]](), count: outcomes.count)
        driver.begin(episodes: outcomes.count)
        for _ in 0 ..< task.steps {
            let going = outcomes.indices.filter { !outcomes[$0].success }
            if going.isEmpty { break }
            // Look,
            if driver.looks {
                var seen = Array(repeating: [UInt8](), count: going.count)
                seen.withUnsafeMutableBufferPointer { seen in
                    Workers.split(going.count) { _, range in
                        for i in range { seen[i] = camera.pixels(of: outcomes[going[i]].end) }
                    }
                }
                for (i, pixels) in zip(going, seen) { frames[i].append(pixels) }
            }
            // decide,
            let situations = going.map {
                Situation(episode: $0, world: outcomes[$0].end, frames: frames[$0], actions: outcomes[$0].actions)
            }
            let actions = driver.decide(situations)
            watching(situations, actions)
            // act.
            for (i, action) in zip(going, actions) {
                outcomes[i].end.step(action)
                outcomes[i].actions.append(action)
                outcomes[i].stopped = task.isAtGoal(outcomes[i].end, after: action) ? outcomes[i].stopped + 1 : 0
                outcomes[i].success = outcomes[i].stopped >= task.stopped
            }
        }
        return outcomes
    }
}

/// The true reward a step, 0...1, of a driver whom nobody stops; less what a step of turning wheels costs.
public func rewardOnFloor(_ driver: any Driver, from starts: [World], steps: Int, camera: Camera, wheelCost: Float = 0) -> Float {
    var worlds = starts, frames = starts.map { _ in [[UInt8]]() }, actions = starts.map { _ in [Action]() }, sum: Float = 0
    driver.begin(episodes: starts.count)
    for _ in 0 ..< steps {
        if driver.looks { for i in worlds.indices { frames[i].append(camera.pixels(of: worlds[i])) } }
        let chosen = driver.decide(
            worlds.indices.map { Situation(episode: $0, world: worlds[$0], frames: frames[$0], actions: actions[$0]) })
        for (i, action) in chosen.enumerated() {
            worlds[i].step(action)
            actions[i].append(action)
            sum += worlds[i].reward - (action == .stop ? 0 : wheelCost)
        }
    }
    return sum / Float(starts.count * steps)
}

extension [DriveOutcome] {
    public var successRate: SuccessRate { SuccessRate(successes: filter(\.success).count, of: count) }
}

/// The rooms that the episodes of a split were recorded in.
/// - Throws: `TrainingError` when the episodes are of another kind; what `EpisodeSet` throws.
public func rooms(of split: Split, in data: URL) throws -> [Room] {
    let episodes = try EpisodeSet(data, split)
    var seeds: [UInt64] = []
    for case let seed? in episodes.episodes.map({ $0.metadata["room"].flatMap(UInt64.init) }) where !seeds.contains(seed) {
        seeds.append(seed)
    }
    guard !seeds.isEmpty else {
        throw TrainingError("\(episodes.url.relativePath): no episode says in which simulated room it was recorded; "
            + "driving needs episodes made with `episodes record`; without, `validate-reward --drive-episodes 0` measures the reward")
    }
    return seeds.map(Room.init(seed:))
}

/// `count` random poses, one room after the other.
public func driveStarts(in rooms: [Room], count: Int, _ start: World.Start, framesPerSecond: Float, seed: UInt64) -> [World] {
    (0 ..< count).map { i in
        let number = SeededGenerator(seed: seed, stream: 7 << 32 + UInt64(i)).state
        return World(room: rooms[i % rooms.count], seed: number, framesPerSecond: framesPerSecond, start: start)
    }
}
