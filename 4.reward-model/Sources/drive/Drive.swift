// Drive.swift - the robot looks, imagines, chooses, moves, and looks again.
//
// The first episodes are driven one robot at a time, as on the floor, with a clock at every decision and pictures of what it had
// in mind. The others are driven side by side, because a batch of dreams is faster than one after the other.

import ArgumentParser
import Episodes
import Files
import Foundation
import JetBot
import Pictures
import Planning
import Policies
import Recording
import RewardModel
import Tensors
import Training

@main
struct Drive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive",
        abstract: "Let the simulated robot find its red Kong by imagining (stage 3) and scoring (stage 4) before it moves.")

    enum Method: String, ExpressibleByArgument, CaseIterable { case constant, shooting, cem }
    enum Begin: String, ExpressibleByArgument, CaseIterable {
        case inView = "in-view", outOfView = "out-of-view", anywhere
        var start: World.Start { [.inView: .kongInView, .outOfView: .kongOutOfView, .anywhere: .anywhere][self]! }
    }
    enum Who: String, ExpressibleByArgument, CaseIterable { case planner, policy }
    enum Rooms: String, ExpressibleByArgument, CaseIterable { case training, unseen }

    @OptionGroup var options: RunOptions
    @Option(help: "The run of stage 3 that imagines: its folder.") var world = "../3.dynamics-model/checkpoints/default"
    @Option(help: "Who drives: a planner that imagines, or a policy that has learned what to do.") var driver = Who.planner
    @Option(help: "The run of `train-policy` that drives with --driver policy.") var policy = "actor-critic"
    @Flag(help: "With --driver policy: always the likeliest action, where else one is drawn by its chances.") var likeliest = false
    @Option(help: "How sequences are found: constant holds each action, shooting guesses, cem guesses better and better.")
    var planner = Method.constant
    @Option(help: "Sequences a decision of shooting, or a round of cem (three rounds).") var candidates = 16
    @Option(help: "Steps that a sequence looks ahead.") var horizon = 4
    @Option(help: "What counts of a future's rewards: its best moment, their mean, or the last one.") var objective = Objective.best
    @Option(help: "Passes through the network for an imagined frame (default: what the world model finds enough).") var samplingSteps: Int?
    @Option(help: "Episodes.") var episodes = 8
    @Option(help: "Steps after which an episode has failed.") var maxSteps = 20
    @Option(help: "The seed of starts and planners.") var seed: UInt64 = 1
    @Option(help: "Where the Kong is at the start: in-view, out-of-view or anywhere.") var start = Begin.inView
    @Option(help: "The rooms that were trained in, or unseen ones.") var rooms = Rooms.training
    @Flag(help: "Only stop and turn left, as the real robot did.") var oneMotor = false
    @Flag(help: "Plan in copies of the simulator with the true reward: no model is needed.") var simulator = false
    @Flag(help: "Ask for the first move of every episode only: how often does it turn to the toy, and would it with true next frames?")
    var firstTurns = false
    @Option(help: "Folder of drive.gif and drive.png (default: the run's).") var output: String?

    func validate() throws {
        guard (1 ... 10_000).contains(candidates) else {
            throw ValidationError("--candidates must be 1 to 10000, not \(candidates)")
        }
        guard (1 ... 64).contains(horizon) else { throw ValidationError("--horizon must be 1 to 64, not \(horizon)") }
        if let samplingSteps, !(1 ... 64).contains(samplingSteps) {
            throw ValidationError("--sampling-steps must be 1 to 64, not \(samplingSteps)")
        }
        guard (1 ... 100_000).contains(episodes) else {
            throw ValidationError("--episodes must be 1 to 100000, not \(episodes)")
        }
        if driver == .policy && (oneMotor || simulator) {
            throw ValidationError("--one-motor and --simulator are for planners; a policy does what it has learned")
        }
        if firstTurns && (driver == .policy || simulator || oneMotor || start != .inView) {
            throw ValidationError("--first-turns asks a planner that dreams and may turn both ways, from starts with the toy in view")
        }
        guard (3 ... 1000).contains(maxSteps) else { throw ValidationError("--max-steps must be 3 to 1000, not \(maxSteps)") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        if driver == .policy { return try driveWithPolicy() }
        let run = simulator ? nil : options.trained         // planning in the simulator needs no model
        let folder = output.map { URL(fileURLWithPath: $0) } ?? run?.results ?? URL(fileURLWithPath: "checkpoints/\(options.run)")
        let actions: [Action] = oneMotor ? [.stop, .turnLeft] : Action.allCases
        let rooms = try roomsToDriveIn(rooms == .training ? .train : .unseenRooms)

        if output != nil { try checkOutput(["drive.gif", "drive.png"].map(folder.appendingPathComponent), by: "drive") }

        // What the robot plans in, and with what reward.
        var place = PlanningDriver.Place.simulator(objective, scorer: nil, camera: nil)
        var (size, framesPerSecond, scorer) = (64, Float(4), nil as Scorer?)
        if let run {
            scorer = try Scorer(checkpoint: run.model)
            var imagination = try Imagination(
                world: PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: world)), scorer: scorer!, actions: actions)
            (size, framesPerSecond) = (imagination.model.imageSize, Float(imagination.model.framesPerSecond))
            (imagination.objective, imagination.sampling.steps) = (objective, samplingSteps ?? imagination.sampling.steps)
            place = .imagination(imagination)
        }
        let camera = Camera(width: size, height: size), task = DriveTask(steps: maxSteps)
        let starts = driveStarts(in: rooms, count: episodes, start.start, framesPerSecond: framesPerSecond, seed: seed)
        func planning(_ place: PlanningDriver.Place) -> PlanningDriver {
            PlanningDriver(place, planner: method(actions), actions: actions, seed: seed)
        }

        if firstTurns, case .imagination(let imagination) = place {
            let (model, scorer) = (imagination.model, imagination.scorer)
            print("first moves that turn to the toy, where it is more than 12 degrees aside:")
            for (name, place) in [
                ("in the imagination", place),
                ("with true next frames, as its eye draws them",
                 PlanningDriver.Place.simulator(objective, scorer: ScorerThroughEye(model, scorer), camera: camera)),
                ("with true next frames", .simulator(objective, scorer: scorer, camera: camera)),
            ] {
                guard let rate = Planning.firstTurns(of: planning(place), from: starts, camera: camera) else {
                    throw TrainingError("--first-turns: in all of these starts the toy is straight ahead; take more --episodes")
                }
                print("  \(rate.text)  \(name), of \(rate.trials)")
            }
            return
        }
        try makeFolder(folder, remedy: "name another with --output")   // better known now than after two episodes

        // Alone, with a clock and a sketchbook.
        let drawn = min(2, episodes)
        if case .simulator = place { place = .simulator(objective, scorer: nil, camera: camera) }
        let watched = planning(place)
        var panels: [[Image]] = [], seconds: [Double] = [], outcomes: [DriveOutcome] = []
        for start in starts.prefix(drawn) {
            var ofEpisode: [Image] = [], asked = Date()
            outcomes += driveEpisodes(from: [start], with: watched, task: task, camera: camera) { situations, _ in
                seconds.append(Date().timeIntervalSince(asked))
                let world = situations[0].world
                let reward = scorer.map { $0.rewards(of: cameraFrames(of: [world], camera))[0] } ?? world.reward
                ofEpisode.append(DrivePicture(
                    step: ofEpisode.count, world: world, view: camera.image(of: world), reward: reward, plan: watched.lastPlans[0],
                    futures: watched.lastFutures, decision: watched.lastDecisions[0]).panel)
                asked = Date()
            }
            report(outcomes.last!, number: outcomes.count)
            panels.append(ofEpisode)
        }
        try write(panels, to: folder)

        if case .simulator = place { place = .simulator(objective, scorer: nil, camera: nil) }
        try finish(outcomes, seconds, starts, with: planning(place), task, camera, actions, folder)
    }

    /// The same with a policy, which has no futures to show: beside what it saw, a bar for each action's chance.
    private func driveWithPolicy() throws {
        let run = URL(fileURLWithPath: "checkpoints").appendingPathComponent(policy), trained = try Policies.open(run)
        let folder = output.map { URL(fileURLWithPath: $0) } ?? run, rooms = try roomsToDriveIn(rooms == .training ? .train : .unseenRooms)
        if output != nil { try checkOutput(["drive.gif", "drive.png"].map(folder.appendingPathComponent), by: "drive") }
        try makeFolder(folder, remedy: "name another with --output")   // better known now than after two episodes
        let camera = Camera(width: trained.imageSize, height: trained.imageSize), task = DriveTask(steps: maxSteps)
        let starts = driveStarts(in: rooms, count: episodes, start.start, framesPerSecond: Float(trained.framesPerSecond), seed: seed)
        let watched = PolicyDriver(trained, isSampled: !likeliest, seed: seed)
        var panels: [[Image]] = [], seconds: [Double] = [], outcomes: [DriveOutcome] = []
        for start in starts.prefix(2) {
            var ofEpisode: [Image] = [], asked = Date()
            outcomes += driveEpisodes(from: [start], with: watched, task: task, camera: camera) { situations, actions in
                seconds.append(Date().timeIntervalSince(asked))
                let world = situations[0].world
                ofEpisode.append(DrivePicture(
                    step: ofEpisode.count, world: world, view: camera.image(of: world), reward: world.reward, plan: Plan(), futures: [],
                    decision: Pilot.Decision(action: actions[0].rawValue, reason: .follow), chances: watched.chances!.values).panel)
                asked = Date()
            }
            report(outcomes.last!, number: outcomes.count)
            panels.append(ofEpisode)
        }
        try write(panels, to: folder)
        try finish(outcomes, seconds, starts, with: watched, task, camera, Action.allCases, folder)
    }

    /// Drives the starts that are left, side by side, and tells how all of it went, and how it would have gone with others.
    private func finish(
        _ begun: [DriveOutcome], _ seconds: [Double], _ starts: [World], with driver: any Driver, _ task: DriveTask, _ camera: Camera,
        _ actions: [Action], _ folder: URL
    ) throws {
        var outcomes = begun
        for first in stride(from: begun.count, to: episodes, by: 32) {
            let part = Array(starts[first ..< min(first + 32, episodes)])
            for outcome in driveEpisodes(from: part, with: driver, task: task, camera: camera) {
                outcomes.append(outcome)
                report(outcome, number: outcomes.count)
            }
        }
        print("success  \(outcomes.successRate.text)  95 % interval, \(episodes) episodes")
        let others: [(String, any Driver)] = [
            ("random", RandomDriver(actions: actions, seed: seed)), ("oracle", OracleDriver(actions: actions)),
        ]
        for (name, other) in others {
            print("\(name)   \(driveEpisodes(from: starts, with: other, task: task, camera: camera).successRate.text)")
        }
        let mean = seconds.reduce(0, +) / Double(seconds.count)
        print(String(format: "a decision took %.3f s, %.3f s at most", mean, seconds.max()!))
        print("pictures: \(folder.relativePath)/ drive.gif, drive.png")
    }

    /// The rooms of the episodes; where there are none and nobody named any, those in which `episodes record` would record.
    private func roomsToDriveIn(_ split: Split) throws -> [Room] {
        guard options.hasNoEpisodes else { return try Planning.rooms(of: split, in: options.dataFolder) }
        PretrainedWeights.say("note: there are no episodes in \(options.data); the robot drives in the rooms of `episodes record`")
        return Recorder().rooms[split]!
    }

    private func method(_ actions: [Action]) -> any Planner {
        let actions = actions.map(\.rawValue)
        switch planner {
        case .constant: return ConstantActions(actions: actions, horizon: horizon)
        case .shooting: return RandomShooting(actions: actions, horizon: horizon, candidates: candidates)
        case .cem: return CrossEntropyMethod(actions: actions, horizon: horizon, candidates: candidates)
        }
    }

    /// "  3  +43.1 deg at 0.84 m  found, 7 steps: left left stop stop stop"
    private func report(_ outcome: DriveOutcome, number: Int) {
        let short = ["stop", "left", "right", "forward", "backward"]
        let (distance, bearing) = outcome.start.kongPolar
        print(String(format: "%3d  %+6.1f deg at %.2f m  ", number, bearing * 180 / .pi, distance)
            + (outcome.success ? "found" : "not found") + ", \(outcome.actions.count) steps: "
            + outcome.actions.map { short[$0.rawValue] }.joined(separator: " "))
    }

    private func write(_ panels: [[Image]], to folder: URL) throws {
        // The last picture of an episode stands a while.
        let delays = panels.flatMap { episode in episode.indices.map { $0 == episode.count - 1 ? 2.5 : 0.8 } }
        try Animation(frames: panels.flatMap { $0 }, delays: delays).writeGIF(to: folder.appendingPathComponent("drive.gif"), by: "drive")
        // On the sheet: the beginning, the middle and the end of the first episode.
        let first = panels[0], chosen = Set([0, first.count / 3, first.count * 2 / 3, first.count - 1]).sorted()
        let sheet = chosen.dropFirst().reduce(first[0]) { $0.above(first[$1], gap: 4, background: .gray(200)) }
        try sheet.writePNG(to: folder.appendingPathComponent("drive.png"), by: "drive")
    }
}

extension Objective: ExpressibleByArgument {}
