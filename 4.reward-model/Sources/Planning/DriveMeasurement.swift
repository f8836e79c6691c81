// DriveMeasurement.swift - does it find its toy, and how often would others?
//
// The same starts for everyone: for the planner in the imagination, for chance, for the planner that tries things in the true
// simulator, and for the oracle. Then the harder questions, each with the same four: rooms never seen, a Kong out of sight, one
// motor. And between the imagination and the simulator one that tells model from reward: true futures, learned reward.

import Foundation
import JetBot
import RewardModel
import Training
import WorldModels

/// How driving went. Measured by `measureDriving`.
public struct DriveMeasurement {
    /// One question, and how often each of four found an answer.
    public struct Rates {
        public var imagination, random, simulator, oracle: SuccessRate
    }

    /// Rooms of training, the Kong in view.
    public var inView: Rates
    /// True pictures scored by the learned reward, from the same starts.
    public var scoredSimulator: SuccessRate
    /// Rooms that no model has seen, if there are any.
    public var unseenRooms: Rates?
    /// Starts with the Kong out of sight, and with one motor. A whole turn takes 22 steps, so these have 30.
    public var outOfView, oneMotor: Rates
    /// Of one robot alone, as it would be on the floor.
    public var secondsPerDecision: Double
}

/// Everything of `DriveMeasurement`.
///
/// - Parameters:
///   - training, unseen: rooms.
///   - episodes: of each question.
///   - note: gets a line after each part.
public func measureDriving(
    _ imagination: Imagination, training: [Room], unseen: [Room]?, episodes: Int = 100, horizon: Int = 4, seed: UInt64 = 1,
    note: (String) -> Void = { _ in }
) -> DriveMeasurement {
    let model = imagination.model, camera = Camera(width: model.imageSize, height: model.imageSize)
    func starts(_ rooms: [Room], _ count: Int, _ start: World.Start = .kongInView) -> [World] {
        driveStarts(in: rooms, count: count, start, framesPerSecond: Float(model.framesPerSecond), seed: seed)
    }
    func rate(_ name: String, _ starts: [World], _ driver: any Driver, _ task: DriveTask = DriveTask()) -> SuccessRate {
        let begin = Date(), rate = driveEpisodes(from: starts, with: driver, task: task, camera: camera).successRate
        note("  \(name), \(starts.count) episodes: \(rate.text), \(duration(Date().timeIntervalSince(begin)))")
        return rate
    }
    func planning(_ place: PlanningDriver.Place, _ actions: [Action] = Action.allCases) -> PlanningDriver {
        let planner = ConstantActions(actions: actions.map(\.rawValue), horizon: horizon)
        return PlanningDriver(place, planner: planner, actions: actions, seed: seed)
    }
    func rates(_ name: String, _ starts: [World], steps: Int = 20, _ actions: [Action] = Action.allCases) -> DriveMeasurement.Rates {
        let task = DriveTask(steps: steps)
        return DriveMeasurement.Rates(
            imagination: rate("\(name), in the imagination", starts, planning(.imagination(imagination), actions), task),
            random: rate("\(name), at random", starts, RandomDriver(actions: actions, seed: seed), task),
            simulator: rate("\(name), in the true simulator", starts,
                            planning(.simulator(imagination.objective, scorer: nil, camera: nil), actions), task),
            oracle: rate("\(name), with the true bearing", starts, OracleDriver(actions: actions), task))
    }
    let seen = starts(training, episodes)

    // One robot alone: how long does it think?
    var decisions = 0
    let begin = Date()
    _ = driveEpisodes(from: [seen[0]], with: planning(.imagination(imagination)), camera: camera) { _, _ in decisions += 1 }
    let seconds = Date().timeIntervalSince(begin) / Double(decisions)

    let scored = PlanningDriver.Place.simulator(imagination.objective, scorer: imagination.scorer, camera: camera)
    return DriveMeasurement(
        inView: rates("the Kong in view", seen),
        scoredSimulator: rate("true futures, learned reward", seen, planning(scored)),
        unseenRooms: unseen.map { rates("unseen rooms", starts($0, episodes)) },
        outOfView: rates("the Kong out of sight", starts(training, episodes, .kongOutOfView), steps: 30),
        oneMotor: rates("one motor", seen, steps: 30, [.stop, .turnLeft]),
        secondsPerDecision: seconds)
}

extension ValidationReport {
    /// Adds the rates under the names of stage 4; with what to expect, where that is known: of the default scorer.
    public mutating func add(_ measured: DriveMeasurement, isDefault: Bool) {
        func others(_ rates: DriveMeasurement.Rates) -> String {
            String(format: "%.3f (random), %.3f (true simulator)", rates.random.rate, rates.simulator.rate)
        }
        let drive = measured.inView.imagination
        add("drive_success", drive.rate, expected: isDefault ? "0.8 to 1" : "", baseline: others(measured.inView))
        add("drive_success_low", drive.interval.lowerBound, expected: "Wilson's 95 % interval")
        add("drive_success_high", drive.interval.upperBound)
        add("drive_episodes", Double(drive.trials))
        add("random_success", measured.inView.random.rate)
        add("simulator_success", measured.inView.simulator.rate, expected: "0.95 to 1", baseline: "plans in the true world")
        add("scored_simulator_success", measured.scoredSimulator.rate, baseline: "true futures, learned reward")
        add("oracle_success", measured.inView.oracle.rate, expected: "1", baseline: "knows the bearing")
        if let unseen = measured.unseenRooms {
            add("drive_success_unseen_rooms", unseen.imagination.rate, baseline: others(unseen))
        }
        add(
            "drive_success_out_of_view", measured.outOfView.imagination.rate, expected: "within 30 steps",
            baseline: others(measured.outOfView))
        add("drive_success_one_motor", measured.oneMotor.imagination.rate, expected: "within 30 steps", baseline: others(measured.oneMotor))
        add("seconds_per_decision", measured.secondsPerDecision, expected: "below 1")
    }
}
