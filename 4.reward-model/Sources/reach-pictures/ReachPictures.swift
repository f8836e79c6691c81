// ReachPictures.swift - given a picture of the Kong straight ahead, can the robot make its camera see it?
//
// The same starts for all, at most 20 steps, and nobody stops for the robot. Beside the planners: drivers that know nothing, drivers that
// know the truth, and drivers that look into the true future with the same ruler, which tells whether the ruler or the model is to blame.

import ArgumentParser
import Episodes
import EvolvedController
import Files
import Foundation
import FrameCoding
import FrameEncoders
import GoalPictures
import JetBot
import LatentPrediction
import Pictures
import Planning
import Randomness
import RewardModel
import Tensors
import Training
import WorldModels
import Worlds

@main
struct ReachPictures: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reach-pictures", abstract: "Plan towards a picture, in latents or in drawings, and measure who gets there.")

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
        let model = try Worlds.open(URL(fileURLWithPath: self.world)), latent = model as? LatentWorld
        let world: any GoalWorld = latent.map(LatentGoals.init) ?? DrawnGoals(model)
        let camera = Camera(width: model.imageSize, height: model.imageSize), task = DriveTask()
        let actions = Action.allCases.map(\.rawValue), rate = Float(model.framesPerSecond)
        // Where a step costs microseconds all plans are tried; where a frame is many places or a picture, each action is held.
        let held = ConstantActions(actions: actions, horizon: horizon), isCheap = latent?.configuration.places == 1
        let planner: any Planner = isCheap ? AllPlans(actions: actions, horizon: horizon) : held
        let name = isCheap ? "all \(Int(pow(5, Double(horizon)))) plans" : "each action held"
        let trained = try rooms(of: .train, in: options.dataFolder)
        let starts = driveStarts(in: trained, count: episodes, .kongInView, framesPerSecond: rate, seed: seed)
        func pictures(_ starts: [World]) -> [Tensor] { starts.map { cameraFrames(of: [facingKong($0)], camera) } }
        let goals = pictures(starts)
        func driver(_ search: GoalDriver.Search, _ cost: GoalCost = .nearest) throws -> GoalDriver {
            try GoalDriver(world, search, cost: cost, goal: .pictures(goals), seed: seed)
        }
        let first = try driver(.trying(planner)), modelAction = try model.numberByAction(Action.allCases)

        let ruler = Ruler(world, driveStarts(in: trained, count: 200, .kongInView, framesPerSecond: rate, seed: seed &+ 1), camera) {
            modelAction[$0.rawValue]!
        }
        var report = ValidationReport()
        report.add(
            "best_of_five", ruler.bestOfFive, baseline: String(format: "%.3f (the true next frame, the same ruler)", ruler.bestOfFiveTrue))
        report.add("ruler_spearman", ruler.spearman, baseline: "0 (no ruler), 1")
        @discardableResult
        func measure(_ name: String, _ driver: any Driver, _ some: [World]? = nil, note: String = "") -> Double {
            let begin = Date()
            var decisions = 0
            let rate = driveEpisodes(from: some ?? starts, with: driver, task: task, camera: camera) { situations, _ in
                decisions += situations.count
            }.successRate
            report.add(
                "\(name)_success", rate.rate, expected: String(format: "%.2f to %.2f", rate.interval.lowerBound, rate.interval.upperBound),
                baseline: note)
            let seconds = Date().timeIntervalSince(begin) / Double(max(1, decisions))
            print("\(name): \(rate.text), \(String(format: "%.4f", seconds)) s a decision")
            return seconds
        }
        if latent != nil { try EpisodeSet(options.dataFolder, .train).check(size: model.imageSize) }
        let seconds = measure("drive", first, note: "\(name), the nearest moment")
        if let latent {
            measure("sum", try driver(.trying(planner), .sum), note: "\(name), sum over steps")
            measure("last_step", try driver(.trying(planner), .last), note: "\(name), the last step")
            if isCheap { measure("held", try driver(.trying(held)), note: "each action held, the nearest moment") }
            measure("cem", try driver(.trying(CrossEntropyMethod(actions: actions, horizon: horizon, candidates: 40))),
                    note: "3 rounds of 40 plans")
            var generator = SeededGenerator(seed: seed, stream: 9)
            let train = try EpisodeSet(options.dataFolder, .train), cloning = try cloned(latent, train, using: &generator)
            measure(
                "cloned", ClonedDriver(cloning, world, goals: goals.map(world.compared)),
                note: "no dream: what was done between such frames")
            let readout = try taught(latent, train, using: &generator)
            measure("words", try GoalDriver(world, .trying(planner), goal: .wish { z in
                readout.rewards(of: z.reshaped([z.size(0), -1])).map { 1 - $0 }
            }, seed: seed), note: "\(name); a reward from labels, read off the latents, in place of a picture")
        }
        if !quick {
            if latent != nil { measure("gradient", try driver(.descending(horizon: horizon)), note: "30 steps down relaxed actions") }
            measure(
                "true_pixels", TrueFuturesDriver(camera: camera, horizon: horizon, goals: goals) { $0 },
                note: "true futures, distance of pixels")
            if latent != nil {
                measure(
                    "true_latents",
                    TrueFuturesDriver(camera: camera, horizon: horizon, goals: goals.map(world.compared), features: world.compared),
                        note: "true futures, distance of latents")
            }
        }
        measure("standing", ConstantDriver(.stop), note: "who finds nothing worth doing")
        measure("random", RandomDriver(actions: Action.allCases, seed: seed))
        measure("turning", ConstantDriver(.turnLeft))
        measure("oracle", OracleDriver(), note: "knows the bearing")
        if EpisodeSet.exists(options.dataFolder, .unseenRooms) {
            let others = driveStarts(
                in: try rooms(of: .unseenRooms, in: options.dataFolder), count: episodes, .kongInView, framesPerSecond: rate, seed: seed)
            measure(
                "unseen_rooms", try GoalDriver(world, .trying(planner), goal: .pictures(pictures(others)), seed: seed), others, note: name)
        }
        // The Kong in the middle of another room: no pose of this robot shows that picture.
        if let elsewhere = facingKongElsewhere(starts, among: driveStarts(
            in: trained, count: 100, .kongInView, framesPerSecond: rate, seed: seed &+ 2)) {
            let goals = elsewhere.map { cameraFrames(of: [$0], camera) }
            measure(
                "another_room", try GoalDriver(world, .trying(planner), goal: .pictures(goals), seed: seed),
                note: "\(name); the picture was taken in another room")
        }
        first.restart()
        report.add(
            "seconds_alone", measure("alone", first, [starts[0]], note: "of that, one robot"), baseline: "one robot, rendering included")
        if let latent, !quick {
            let few = Array(starts.prefix(20)), compared = try compareSearches(latent, from: few, camera, horizon: horizon, seed: seed)
            print("\nfrom \(few.count) starts, the best of all \(Int(pow(5, Double(horizon)))) plans costs "
                + String(format: "%.3f; of that", compared.best))
            for found in compared.results {
                print(String(format: "  %5.2f, and %3.0f %% begin as the best does: ", found.cost, 100 * found.sameBeginning) + found.name)
            }
        }
        report.add("seconds_per_decision", seconds, baseline: "\(starts.count) robots side by side, rendering included")
        let output = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run)
        try makeFolder(output)
        let sheets = GoalSheets(world: world, planner: planner, starts: Array(starts.prefix(6)), camera: camera)
        let drives = sheets.drives(by: first)
        try drives.sheet.writePNG(to: output.appendingPathComponent("goals.png"))
        try drives.film.writeGIF(to: output.appendingPathComponent("goals.gif"), by: "reach-pictures")
        try sheets.plans(seed: seed).writePNG(to: output.appendingPathComponent("plans.png"))
        try report.finish(writing: output.appendingPathComponent("goal-pictures.json"))
        print("pictures: \(output.relativePath)/ goals.png, goals.gif, plans.png")
    }

    /// What was done between two frames of an episode, learned on the world's latents in a minute.
    private func cloned(_ world: LatentWorld, _ train: EpisodeSet, using generator: inout SeededGenerator) throws -> GoalCloning {
        let c = world.configuration, cloning = GoalCloning(numbers: c.places * c.width, actions: c.actions, using: &generator)
        let fingerprint = try TrainedModel(URL(fileURLWithPath: self.world).appendingPathComponent("eye.safetensors")) {
            try LatentWorld.eye(at: $0, features: c.features)
        }.fingerprint + (c.features == "own" ? "" : "-" + c.features)
        let latents = try LatentEpisodes(train, encoder: world.eye, fingerprint: fingerprint).latents.map(
            world.model.transition.standardized)
        let loss = cloning.learn(latents, try EpisodeCache.actions(train, namedBy: nil), using: &generator)
        print(String(format: "cloned: cross-entropy %.2f (guessing among five: 1.61)", loss))
        return cloning
    }

    /// The reward of labeled frames, read off their latents.
    private func taught(_ world: LatentWorld, _ train: EpisodeSet, using generator: inout SeededGenerator) throws -> RewardReadout {
        let c = world.configuration, readout = RewardReadout(numbers: c.places * c.width, using: &generator)
        let labeled = try RewardLabels(train, count: 400, seed: 1)
        readout.learn(
            world.latents(of: train.clips(at: labeled.places, length: 1).frames).reshaped([labeled.places.count, -1]), labeled.labels,
            using: &generator)
        return readout
    }
}
