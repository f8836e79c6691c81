// ValidatePolicy.swift - does it find its toy on the floor, and what had it been promised in the dream?

import ArgumentParser
import Episodes
import Foundation
import JetBot
import Planning
import Policies
import Randomness
import Tensors
import Training

@main
struct ValidatePolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-policy",
        abstract: "Drive the simulated robot with a trained policy, from the planner's starts, beside chance and those who know more.")

    @OptionGroup var options: RunOptions
    @Option(help: "Episodes with the Kong in view, and as many with it out of sight.") var episodes = 100
    @Option(help: "The seed of the starts.") var seed: UInt64 = 1

    func validate() throws {
        guard (1 ... 100_000).contains(episodes) else { throw ValidationError("--episodes must be 1 to 100000, not \(episodes)") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run), policy = try Policies.open(folder)
        let trained = try Planning.rooms(of: .train, in: options.dataFolder), isUnseen = EpisodeSet.exists(options.dataFolder, .unseenRooms)
        let unseen = isUnseen ? try Planning.rooms(of: .unseenRooms, in: options.dataFolder) : nil
        let camera = Camera(width: policy.imageSize, height: policy.imageSize)
        func starts(_ start: World.Start, _ count: Int, in rooms: [Room]? = nil) -> [World] {
            driveStarts(in: rooms ?? trained, count: count, start, framesPerSecond: Float(policy.framesPerSecond), seed: seed)
        }
        let planner = ConstantActions(actions: Action.allCases.map(\.rawValue), horizon: 4), simulator = PlanningDriver(
            .simulator(.best, scorer: nil, camera: nil), planner: planner, actions: Action.allCases, seed: seed)
        let drivers: [(name: String, driver: any Driver)] = [
            ("", PolicyDriver(policy, seed: seed)), ("likeliest_", PolicyDriver(policy, isSampled: false)),
        ] + blindDrivers(seed: seed) + [("simulator_planner_", simulator), ("oracle_", OracleDriver())]
        let anywhere = starts(.anywhere, min(episodes, 64))
        var report = try policy.ownMeasures(in: options.dataFolder, starts: anywhere, seed: seed), generator = SeededGenerator(seed: seed)
        for (suffix, start, steps) in [("", World.Start.kongInView, 20), ("_out_of_view", .kongOutOfView, 30)] {
            // The same starts in the dream and on the floor: what was promised, and what came of it.
            let all = starts(start, episodes), begun = starts(start, min(episodes, 64))
            let promise = policy.promised(from: cameraFrames(of: begun, camera), steps: steps, using: &generator)
            report.add("dream_reward\(suffix)", Double(promise), baseline: "a step, as whoever judges its dreams sees it")
            for (name, driver) in drivers {
                let reward = rewardOnFloor(driver, from: begun, steps: steps, camera: camera)
                report.add("\(name)floor_reward\(suffix)", Double(reward), baseline: name.isEmpty ? "a step, true" : "")
            }
            for (name, driver) in drivers {
                let task = DriveTask(steps: steps)
                let rate = driveEpisodes(from: all, with: driver, task: task, camera: camera).successRate
                report.add("\(name)drive_success\(suffix)", rate.rate, baseline: rate.text)
            }
        }
        if let unseen {
            let rate = driveEpisodes(
                from: starts(.kongInView, episodes, in: unseen), with: PolicyDriver(policy, seed: seed), camera: camera).successRate
            report.add("drive_success_unseen_rooms", rate.rate, baseline: rate.text)
        }
        report.add("drive_episodes", Double(episodes))
        // One robot alone: how long does it think?
        let timed = TimedDriver(PolicyDriver(policy))
        _ = driveEpisodes(from: [anywhere[0]], with: timed, camera: camera)
        report.add("seconds_per_decision", timed.seconds / Double(timed.decisions), expected: "one pass, no planning")
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
    }
}

/// A driver with a clock on its decisions.
private final class TimedDriver: Driver {
    private let driver: any Driver
    private(set) var seconds = 0.0, decisions = 0
    var looks: Bool { driver.looks }

    init(_ driver: any Driver) { self.driver = driver }

    func begin(episodes: Int) { driver.begin(episodes: episodes) }
    func decide(_ situations: [Situation]) -> [Action] {
        let began = Date()
        defer { seconds += Date().timeIntervalSince(began) }
        decisions += 1
        return driver.decide(situations)
    }
}
