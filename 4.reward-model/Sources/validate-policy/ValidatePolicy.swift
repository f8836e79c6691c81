// ValidatePolicy.swift - does it find its toy on the floor, and what had it been promised in the dream?

import ArgumentParser
import Episodes
import EvolvedController
import Foundation
import JetBot
import Planning
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
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run), policy = try EvolvedPolicy(folder: folder)
        let rooms = try Planning.rooms(of: .train, in: options.dataFolder), c = policy.configuration, world = policy.world
        let camera = Camera(width: world.imageSize, height: world.imageSize)
        func starts(_ start: World.Start, _ count: Int) -> [World] {
            driveStarts(in: rooms, count: count, start, framesPerSecond: Float(world.framesPerSecond), seed: seed)
        }
        let planner = ConstantActions(actions: Action.allCases.map(\.rawValue), horizon: 4)
        let drivers: [(name: String, driver: any Driver)] = [
            ("", EvolvedDriver(policy)), ("random_", RandomDriver(seed: seed)), ("standing_", ConstantDriver(.stop)), ("turning_", ConstantDriver(.turnLeft)),
            ("simulator_planner_", PlanningDriver(.simulator(.best, scorer: nil, camera: nil), planner: planner, actions: Action.allCases, seed: seed)),
            ("oracle_", OracleDriver()),
        ]
        var report = ValidationReport()
        report.add("controller_numbers", Double(c.weights))
        report.add("temperature", Double(c.temperature))
        report.add("readout_correlation", Double(c.readoutCorrelation), baseline: "1 (the truth)")
        report.add("dream_score", try dreamScore(policy), baseline: "what it was promised, from validation frames")
        // The same score on the floor, from starts anywhere.
        for (name, driver) in drivers {
            let score = Trials.onFloor(driver, from: starts(.anywhere, min(episodes, 64)), steps: c.steps, camera: camera)
            report.add("\(name)floor_score", Double(score))
        }
        for (suffix, start, steps) in [("", World.Start.kongInView, 20), ("_out_of_view", .kongOutOfView, 30)] {
            for (name, driver) in drivers {
                let rate = driveEpisodes(from: starts(start, episodes), with: driver, task: DriveTask(steps: steps), camera: camera).successRate
                report.add("\(name)drive_success\(suffix)", rate.rate, baseline: rate.text)
            }
        }
        report.add("drive_episodes", Double(episodes))
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
    }

    /// The score in dreams from validation frames, at the temperature that it was evolved at.
    private func dreamScore(_ policy: EvolvedPolicy) throws -> Double {
        let set = try EpisodeSet(options.dataFolder, .validation), all = set.places(length: 1), c = policy.configuration, size = policy.world.imageSize
        let places = stride(from: 0, to: all.count, by: max(1, all.count / 128)).map { all[$0] }
        var generator = SeededGenerator(seed: seed)
        let frames = set.clips(at: places, length: 1).frames.reshaped([places.count, size, size, 3])
        return Double(Trials.inDream([policy.controller], from: EvolvedPolicy.starts(policy.world, frames), reads: c.features, readout: policy.readout,
                                     steps: c.steps, temperature: c.temperature, using: &generator)[0])
    }
}

/// One action for ever: what a robot can do that sees nothing.
final class ConstantDriver: Driver {
    private let action: Action
    let looks = false

    init(_ action: Action) { self.action = action }

    func begin(episodes: Int) {}
    func decide(_ situations: [Situation]) -> [Action] { situations.map { _ in action } }
}
