// DrivingTests.swift - does the yardstick measure?
//
// The oracle must arrive, chance must not, and who plans in the true world must find.

import DynamicsModel
import Foundation
import FrameCoding
import InverseDynamics
import JetBot
import Randomness
import RewardModel
import Tensors
import VideoTokenizer
import WorldModels
import XCTest
@testable import Planning

/// A reward without learning: how red the picture is, and how near to the middle the red lies.
private struct Redness: FrameScorer {
    func rewards(of frames: Tensor) -> [Float] {
        let (height, width) = (frames.size(1), frames.size(2))
        return (0 ..< frames.size(0)).map { b in
            var red: Float = 0, moment: Float = 0
            for i in 0 ..< height * width {
                let p = frames.pointer + (b * height * width + i) * 3
                let excess = max(0, p[0] - 1.8 * max(p[1], p[2]) - 0.05)
                red += excess
                moment += excess * (Float(i % width) + 0.5)
            }
            guard red > 0.3 else { return 0 }
            return max(0, 1 - abs(moment / red - Float(width) / 2) / Float(width / 2))
        }
    }
}

final class DrivingTests: XCTestCase {
    private static let rooms = (0 ..< 4).map { Room(seed: $0) }
    private let camera = Camera()

    private func starts(_ count: Int, _ start: World.Start = .kongInView) -> [World] {
        driveStarts(in: DrivingTests.rooms, count: count, start, framesPerSecond: 4, seed: 1)
    }

    private func planning(_ planner: any Planner, _ actions: [Action] = Action.allCases, seed: UInt64 = 1) -> PlanningDriver {
        PlanningDriver(.simulator(.best, scorer: nil, camera: nil), planner: planner, actions: actions, seed: seed)
    }

    private func constant(_ actions: [Action] = Action.allCases, horizon: Int = 4) -> ConstantActions {
        ConstantActions(actions: actions.map(\.rawValue), horizon: horizon)
    }

    private func rate(_ starts: [World], _ driver: any Driver, steps: Int = 20) -> Double {
        driveEpisodes(from: starts, with: driver, task: DriveTask(steps: steps), camera: camera).successRate.rate
    }

    func testTheOracleArrivesAndChanceDoesNot() {
        XCTAssertEqual(rate(starts(50), OracleDriver()), 1)
        XCTAssertLessThan(rate(starts(50), RandomDriver(seed: 1)), 0.1)
    }

    func testThePlannersFindTheKongInTheTrueSimulator() {
        let actions = Action.allCases.map(\.rawValue)
        XCTAssertGreaterThan(rate(starts(50), planning(constant())), 0.9)
        XCTAssertGreaterThan(rate(starts(50), planning(RandomShooting(actions: actions, horizon: 4, candidates: 16))), 0.9)
        XCTAssertGreaterThan(rate(starts(50), planning(CrossEntropyMethod(actions: actions, horizon: 4, candidates: 16))), 0.9)
    }

    func testItLooksAroundUntilItSeesTheKong() {
        XCTAssertGreaterThan(rate(starts(24, .kongOutOfView), planning(constant()), steps: 30), 0.9)
    }

    func testOneMotorTurnsOneWay() {
        let driver = planning(constant([.stop, .turnLeft]), [.stop, .turnLeft])
        let outcomes = driveEpisodes(from: starts(24), with: driver, task: DriveTask(steps: 30), camera: camera)
        XCTAssertGreaterThan(outcomes.successRate.rate, 0.9)
        XCTAssertTrue(outcomes.allSatisfy { $0.actions.allSatisfy { $0 == .stop || $0 == .turnLeft } })
        XCTAssertTrue(outcomes.contains { $0.actions.count > 18 }, "some have to go all the way around")
    }

    func testSuccessIsThreeStopsAtTheGoalInARow() {
        /// Does what the list says.
        final class Script: Driver {
            let script: [Action], looks = false
            private var step = 0
            init(_ script: [Action]) { self.script = script }
            func begin(episodes: Int) { step = 0 }
            func decide(_ situations: [Situation]) -> [Action] {
                defer { step += 1 }
                return situations.map { _ in script[step] }
            }
        }
        var world = starts(1)[0]
        world.heading += world.kongPolar.bearing
        func outcome(_ script: [Action]) -> DriveOutcome {
            let task = DriveTask(steps: script.count)
            return driveEpisodes(from: [world], with: Script(script), task: task, camera: camera)[0]
        }
        XCTAssertEqual(outcome([.stop, .stop, .stop, .stop]).actions.count, 3, "and then the episode is over")
        XCTAssertTrue(outcome([.stop, .stop, .stop]).success)
        XCTAssertFalse(outcome([.stop, .stop, .turnLeft]).success)
        XCTAssertFalse(outcome([.turnLeft, .turnRight, .stop, .stop]).success)
        XCTAssertTrue(outcome([.stop, .turnLeft, .turnRight, .stop, .stop, .stop]).success)
        world.heading += 0.2   // 11 degrees
        XCTAssertFalse(outcome([.stop, .stop, .stop]).success)
    }

    func testWilsonsInterval() {
        // 17 of 20, by hand: z² = 3.8415, middle 0.85 + 0.0960 = 0.9460, reach 1.96·√(0.006375 + 0.002401) = 0.1836,
        // both / 1.1921.
        let rate = SuccessRate(successes: 17, of: 20)
        XCTAssertEqual(rate.interval.lowerBound, 0.6396, accuracy: 1e-4)
        XCTAssertEqual(rate.interval.upperBound, 0.9476, accuracy: 1e-4)
        XCTAssertEqual(SuccessRate(successes: 0, of: 10).interval.lowerBound, 0, accuracy: 1e-12)
        XCTAssertEqual(SuccessRate(successes: 0, of: 10).interval.upperBound, 0.2775, accuracy: 1e-4)
        XCTAssertEqual(SuccessRate(successes: 10, of: 10).interval.lowerBound, 0.7225, accuracy: 1e-4)
        XCTAssertEqual(rate.text, "0.850 (0.640 to 0.948)")
    }

    func testTheSameSeedDrivesTheSameWay() {
        let actions = Action.allCases.map(\.rawValue)
        func run(_ seed: UInt64) -> [[Action]] {
            let driver = planning(RandomShooting(actions: actions, horizon: 4, candidates: 8), seed: seed)
            return driveEpisodes(from: starts(6), with: driver, camera: camera, batch: 4).map(\.actions)
        }
        XCTAssertEqual(run(1), run(1))
    }

    func testALearnedRewardMayScoreTrueFutures() {
        let place = PlanningDriver.Place.simulator(.best, scorer: Redness(), camera: camera)
        let driver = PlanningDriver(place, planner: constant(horizon: 3), actions: Action.allCases, seed: 1)
        XCTAssertGreaterThan(rate(starts(8), driver), 0.7)
        XCTAssertTrue(driver.lastFutures.isEmpty, "pictures are kept for a robot alone")
    }

    /// With true next frames the first move turns to a red toy nearly always; who is rewarded for what is not red turns away. Straight
    /// ahead nobody is asked.
    func testFirstTurns() throws {
        struct Paleness: FrameScorer {
            func rewards(of frames: Tensor) -> [Float] { Redness().rewards(of: frames).map { 1 - $0 } }
        }
        let starts = starts(24), aside = starts.filter { abs($0.kongPolar.bearing) * 180 / .pi > 12 }
        func turns(_ scorer: any FrameScorer, from starts: [World]) -> SuccessRate? {
            let place = PlanningDriver.Place.simulator(.best, scorer: scorer, camera: camera)
            return firstTurns(
                of: PlanningDriver(place, planner: constant(horizon: 3), actions: Action.allCases, seed: 1), from: starts, camera: camera)
        }
        let red = try XCTUnwrap(turns(Redness(), from: starts)), pale = try XCTUnwrap(turns(Paleness(), from: starts))
        XCTAssertEqual(red.trials, aside.count)
        XCTAssertLessThan(aside.count, starts.count)
        XCTAssertGreaterThan(red.rate, 0.8)
        XCTAssertLessThan(pale.rate, 0.3)
        XCTAssertNil(turns(Redness(), from: starts.filter { abs($0.kongPolar.bearing) * 180 / .pi < 12 }))
    }

    // MARK: In the imagination, with weights at random: what it dreams is nonsense, but everything must fit together.

    private func imagination() throws -> Imagination {
        var generator = SeededGenerator(seed: 1)
        let tokenizer = VideoTokenizer(.tiny, using: &generator)
        var c = DynamicsConfiguration.tiny
        c.side = tokenizer.configuration.imageSize / tokenizer.configuration.patchSize
        (c.levels, c.actionKind, c.actions) = (tokenizer.configuration.levels, "true", 5)
        c.commands = Action.allCases.map { Command(name: $0.name, action: 4 - $0.rawValue) }
        let model = MaskedWorldModel(tokenizer: tokenizer, dynamics: MaskedDynamics(c, using: &generator), actionModel: nil)
        return try Imagination(model: model, scorer: Redness())
    }

    func testRobotsDriveByImagination() throws {
        let imagination = try imagination(), size = imagination.model.imageSize, camera = Camera(width: size, height: size)
        let place = PlanningDriver.Place.imagination(imagination)
        func run() -> [[Action]] {
            let driver = PlanningDriver(place, planner: constant(horizon: 2), actions: Action.allCases, seed: 1)
            return driveEpisodes(from: starts(3), with: driver, task: DriveTask(steps: 6), camera: camera).map(\.actions)
        }
        let actions = run()
        XCTAssertEqual(actions, run())
        XCTAssertTrue(actions.allSatisfy { $0.count == 6 })
    }

    func testOneRobotAloneRemembersItsFutures() throws {
        let imagination = try imagination(), size = imagination.model.imageSize, camera = Camera(width: size, height: size)
        let planner = RandomShooting(actions: Action.allCases.map(\.rawValue), horizon: 3, candidates: 7)
        let driver = PlanningDriver(.imagination(imagination), planner: planner, actions: Action.allCases, seed: 1)
        _ = driveEpisodes(from: starts(1), with: driver, task: DriveTask(steps: 2), camera: camera)
        XCTAssertEqual(driver.lastFutures.count, 7)
        XCTAssertEqual(driver.lastFutures.map(\.sequence), driver.lastPlans[0].sequences)
        for (future, value) in zip(driver.lastFutures, driver.lastPlans[0].returns) {
            XCTAssertEqual(future.frames.count, 3)
            XCTAssertEqual(future.frames[0].width, size)
            XCTAssertEqual(imagination.objective(future.rewards), value)
        }
    }

    func testSmallerBatchesDreamTheSame() throws {
        var whole = try imagination()
        whole.batch = 64
        var parts = whole
        parts.batch = 4
        let size = whole.model.imageSize, camera = Camera(width: size, height: size)
        let seen = starts(2).enumerated().map { i, world in
            Situation(episode: i, world: world, frames: [camera.pixels(of: world)], actions: [])
        }
        let sequences = [[[0, 0], [1, 1], [2, 2]], [[3, 3], [4, 4], [1, 2]]]
        let a = whole.worlds(after: seen, generator: SeededGenerator(seed: 1)).returns(of: sequences)
        let b = parts.worlds(after: seen, generator: SeededGenerator(seed: 1)).returns(of: sequences)
        XCTAssertEqual(a.map(\.count), [3, 3])
        for (x, y) in zip(a.joined(), b.joined()) { XCTAssertEqual(x, y, accuracy: 1e-3) }
    }
}
