// DriveMeasurement.swift - does it find its toy, and how often would others?
//
// The same starts for everyone: for the planner in the imagination, for chance, for the planner that tries things in the true
// simulator, and for the oracle. Beside it the harder questions: rooms never seen, a Kong out of sight, one motor.

import DynamicsModel
import Foundation
import JetBot
import RewardModel
import Training

/// How driving went. Measured by `measureDriving`.
public struct DriveMeasurement {
    /// Rooms of training, the Kong in view: in the imagination, at random, in the true simulator, with the true bearing; and true
    /// pictures scored by the learned reward.
    public var drive, random, simulator, oracle, scoredSimulator: SuccessRate
    /// The imagination in rooms of other data.
    public var unseenRooms: SuccessRate?
    /// Starts with the Kong out of sight, and with one motor: the imagination, and the planner in the true simulator. A whole
    /// turn takes 22 steps, so these have 30.
    public var outOfView, outOfViewSimulator, oneMotor, oneMotorSimulator: SuccessRate
    public var secondsPerDecision: Double
}

/// Everything of `DriveMeasurement`.
///
/// - Parameters:
///   - training, unseen: rooms.
///   - episodes: for the rates that are compared; a half of them for the questions beside.
///   - note: gets a line before each part.
public func measureDriving(
    _ imagination: Imagination, training: [Room], unseen: [Room]?, episodes: Int = 100, horizon: Int = 4, seed: UInt64 = 1,
    note: (String) -> Void = { _ in }
) -> DriveMeasurement {
    let model = imagination.model, camera = Camera(width: model.imageSize, height: model.imageSize)
    let fps = Float(model.framesPerSecond), beside = max(1, episodes / 2)
    func starts(_ rooms: [Room], _ count: Int, _ start: World.Start) -> [World] {
        driveStarts(in: rooms, count: count, start, framesPerSecond: fps, seed: seed)
    }
    func rate(_ name: String, _ starts: [World], _ driver: any Driver, steps: Int = 20) -> SuccessRate {
        note("driving \(starts.count) episodes: \(name)")
        return driveEpisodes(from: starts, with: driver, task: DriveTask(steps: steps), camera: camera).successRate
    }
    func planning(_ place: PlanningDriver.Place, _ actions: [Action] = Action.allCases) -> PlanningDriver {
        let planner = ConstantActions(actions: actions.map(\.rawValue), horizon: horizon)
        return PlanningDriver(place, planner: planner, actions: actions, seed: seed)
    }
    let dreaming = PlanningDriver.Place.imagination(imagination)
    let simulator = PlanningDriver.Place.simulator(imagination.objective, scorer: nil, camera: nil)
    let scored = PlanningDriver.Place.simulator(imagination.objective, scorer: imagination.scorer, camera: camera)
    let seen = starts(training, episodes, .kongInView), some = Array(seen.prefix(beside))
    let away = starts(training, beside, .kongOutOfView)
    let oneMotor: [Action] = [.stop, .turnLeft]

    // One robot alone, as it would be on the floor: how long does it think?
    var decisions = 0
    let begin = Date()
    _ = driveEpisodes(from: [seen[0]], with: planning(dreaming), camera: camera, watching: { _, _ in decisions += 1 })
    let seconds = Date().timeIntervalSince(begin) / Double(decisions)

    return DriveMeasurement(
        drive: rate("in the imagination", seen, planning(dreaming)),
        random: rate("at random", seen, RandomDriver(seed: seed)),
        simulator: rate("planning in the true simulator", seen, planning(simulator)),
        oracle: rate("with the true bearing", seen, OracleDriver()),
        scoredSimulator: rate("true futures, learned reward", some, planning(scored)),
        unseenRooms: unseen.map { rate("unseen rooms", starts($0, beside, .kongInView), planning(dreaming)) },
        outOfView: rate("the Kong out of sight", away, planning(dreaming), steps: 30),
        outOfViewSimulator: rate("the Kong out of sight, in the true simulator", away, planning(simulator), steps: 30),
        oneMotor: rate("one motor", some, planning(dreaming, oneMotor), steps: 30),
        oneMotorSimulator: rate("one motor, in the true simulator", some, planning(simulator, oneMotor), steps: 30),
        secondsPerDecision: seconds)
}

extension ValidationReport {
    /// Adds the rates under the names of stage 4.
    public mutating func add(_ measured: DriveMeasurement) {
        let drive = measured.drive
        add("drive_success", drive.rate, expected: "0.85 to 1", baseline: "\(measured.random.text) (random actions)")
        add("drive_success_low", drive.interval.lowerBound, expected: "Wilson's 95 % interval")
        add("drive_success_high", drive.interval.upperBound)
        add("drive_episodes", Double(drive.trials))
        add("random_success", measured.random.rate)
        add("simulator_success", measured.simulator.rate, expected: "0.95 to 1", baseline: "plans in the true world")
        add("scored_simulator_success", measured.scoredSimulator.rate, baseline: "true futures, learned reward")
        add("oracle_success", measured.oracle.rate, expected: "1", baseline: "knows the bearing")
        if let unseen = measured.unseenRooms { add("drive_success_unseen_rooms", unseen.rate, baseline: unseen.text) }
        add("drive_success_out_of_view", measured.outOfView.rate, expected: "within 30 steps",
            baseline: "\(measured.outOfViewSimulator.text) (true simulator)")
        add("drive_success_one_motor", measured.oneMotor.rate, expected: "within 30 steps",
            baseline: "\(measured.oneMotorSimulator.text) (true simulator)")
        add("seconds_per_decision", measured.secondsPerDecision, expected: "below 1")
    }
}
