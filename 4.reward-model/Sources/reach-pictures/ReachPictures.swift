// ReachPictures.swift - given a picture of the Kong straight ahead, can the robot make its camera see it?
//
// The same starts for all, at most 20 steps, and nobody stops for the robot. Beside the planners: drivers that know nothing, drivers that know the truth, and
// drivers that look into the true future with the same ruler, which tells whether the ruler or the model is to blame.

import ArgumentParser
import Episodes
import Foundation
import GoalPictures
import JetBot
import LatentPrediction
import Pictures
import Planning
import Tensors
import Training
import WorldModels
import Worlds

@main
struct ReachPictures: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reach-pictures", abstract: "Plan towards a picture in the latents of a world model that draws nothing, and measure who gets there.")

    @OptionGroup var options: RunOptions
    @Option(help: "The run of stage 3 that plans: its folder.") var world = "../3.dynamics-model/checkpoints/latent-prediction"
    @Option(help: "Episodes.") var episodes = 40
    @Option(help: "Steps that a plan looks ahead.") var horizon = 4
    @Option(help: "The seed of starts.") var seed: UInt64 = 1
    @Flag(help: "Leave out what is slow: drivers that render true futures, and gradient descent.") var quick = false

    func validate() throws {
        guard (1 ... 10_000).contains(episodes) else { throw ValidationError("--episodes must be 1 to 10000, not \(episodes)") }
        guard (1 ... 5).contains(horizon) else { throw ValidationError("--horizon must be 1 to 5, not \(horizon)") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let folder = URL(fileURLWithPath: self.world)
        guard let world = try Worlds.open(folder) as? LatentWorld else {
            throw TrainingError("\(folder.relativePath): draws its futures, and has no latents to plan in; "
                + "name a run of `train-dynamics latent-prediction` with --world")
        }
        let camera = Camera(width: world.imageSize, height: world.imageSize), task = DriveTask()
        let actions = Action.allCases.map(\.rawValue), rate = Float(world.framesPerSecond)
        let trained = try rooms(of: .train, in: options.dataFolder)
        let starts = driveStarts(in: trained, count: episodes, .kongInView, framesPerSecond: rate, seed: seed)
        let goals = starts.map { world.latents(of: [facingKong($0)], camera) }
        func action(_ action: Action) -> Int { world.action(named: action.name) ?? 0 }
        let planner = try GoalDriver(world, .trying(AllPlans(actions: actions, horizon: horizon)), goals: goals, seed: seed)   // and a check of the actions

        let ruler = Ruler(world, driveStarts(in: trained, count: 200, .kongInView, framesPerSecond: rate, seed: seed &+ 1), camera, modelAction: action)
        var report = ValidationReport()
        report.add("best_of_five", ruler.bestOfFive, baseline: String(format: "%.3f (the true next frame, the same ruler)", ruler.bestOfFiveTrue))
        report.add("ruler_spearman", ruler.spearman, baseline: "0 (no ruler), 1")
        @discardableResult
        func measure(_ name: String, _ driver: any Driver, _ some: [World]? = nil, note: String = "") -> Double {
            let begin = Date()
            var decisions = 0
            let rate = driveEpisodes(from: some ?? starts, with: driver, task: task, camera: camera) { situations,
                _ in decisions += situations.count }.successRate
            report.add("\(name)_success", rate.rate, expected: String(format: "%.2f to %.2f", rate.interval.lowerBound,
                rate.interval.upperBound), baseline: note)
            let seconds = Date().timeIntervalSince(begin) / Double(max(1, decisions))
            print("\(name): \(rate.text), \(String(format: "%.4f", seconds)) s a decision")
            return seconds
        }
        let seconds = measure("drive", planner, note: "all \(Int(pow(5, Double(horizon)))) plans, sum over steps")
        measure("last_step", try GoalDriver(world, .trying(AllPlans(actions: actions, horizon: horizon)), cost: .last, goals: goals, seed: seed),
            note: "all plans, the last step")
        measure("cem", try GoalDriver(world, .trying(CrossEntropyMethod(actions: actions, horizon: horizon, candidates: 40)), goals: goals,
            seed: seed), note: "3 rounds of 40 plans")
        if !quick {
            measure("gradient", try GoalDriver(world, .descending(horizon: horizon), goals: goals, seed: seed), note: "30 steps down relaxed actions")
            let pixelGoals = starts.map { cameraFrames(of: [facingKong($0)], camera) }
            measure("true_pixels", TrueFuturesDriver(camera: camera, horizon: horizon, goals: pixelGoals) { $0 }, note: "true futures, distance of pixels")
            measure("true_latents", TrueFuturesDriver(camera: camera, horizon: horizon, goals: goals) { frames in
                world.latents(of: frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst())).reshaped([frames.size(0),
                    world.configuration.places, world.configuration.width])
            }, note: "true futures, distance of latents")
        }
        measure("random", RandomDriver(actions: Action.allCases, seed: seed))
        measure("turning", TurningDriver())
        measure("oracle", OracleDriver(), note: "knows the bearing")
        if EpisodeSet.exists(options.dataFolder, .unseenRooms) {
            let others = driveStarts(in: try rooms(of: .unseenRooms, in: options.dataFolder), count: episodes, .kongInView, framesPerSecond: rate, seed: seed)
            let goals = others.map { world.latents(of: [facingKong($0)], camera) }
            measure("unseen_rooms", try GoalDriver(world, .trying(AllPlans(actions: actions, horizon: horizon)), goals: goals, seed: seed),
                others, note: "all plans")
        }
        report.add("seconds_per_decision", seconds, baseline: "\(starts.count) robots side by side, rendering included")
        let output = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run)
        do { try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true) } catch {
            throw TrainingError("\(output.relativePath): cannot make this folder (\(error.localizedDescription)); may you write there?")
        }
        try picture(world, starts, goals, camera).writePNG(to: output.appendingPathComponent("goals.png"))
        try report.finish(writing: output.appendingPathComponent("goal-pictures.json"))
        print("pictures: \(output.relativePath)/ goals.png")
    }

    /// A few robots: what they see at the start, what they are to see, and where they ended.
    private func picture(_ world: LatentWorld, _ starts: [World], _ goals: [Tensor], _ camera: Camera) throws -> Image {
        let some = Array(starts.prefix(6))
        let driver = try GoalDriver(world, .trying(AllPlans(actions: Action.allCases.map(\.rawValue), horizon: horizon)), goals: goals, seed: seed)
        let outcomes = driveEpisodes(from: some, with: driver, camera: camera)
        return Image.sheet(
            rows: [some.map(camera.image(of:)), some.map { camera.image(of: facingKong($0)) }, outcomes.map { camera.image(of: $0.end) }],
            title: "a goal is a picture", rowLabels: ["start", "goal", "end"], captions: Array(repeating: "", count: 2 * some.count)
                + outcomes.map { $0.success ? "\($0.actions.count) steps" : "missed" }, scale: 2)
    }
}
