// EvolvedControllerTests.swift - thirds of a range, a reward that is learned, a driver that remembers, and runs that stop and go on.

import CommandTesting
import Episodes
import Foundation
import JetBot
import Randomness
import Tensors
import Training
import VariationalAutoencoder
import WorldModels
import XCTest

@testable import EvolvedController
@testable import Planning
@testable import Recording
import RecurrentMemory

/// An eye for 64x64 and a memory, as small as can be.
private func microWorld(_ generator: inout SeededGenerator) -> RecurrentWorldModel {
    var c = VariationalConfiguration(), m = MemoryConfiguration()
    (c.latentDimensions, c.channels) = (3, 1)
    (m.latentDimensions, m.stateDimensions, m.means, m.deviations) = (3, 4, [0, 0, 0], [1, 1, 1])
    m.commands = Action.allCases.map { Command(name: $0.name, action: $0.rawValue) }
    let eye = VariationalAutoencoder(c, using: &generator)
    return RecurrentWorldModel(eye: eye, memory: RecurrentWorldModel.memory(m, using: &generator))
}

final class EvolvedControllerTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    /// By hand: tanh(0.5) = 0.46 is above a third, tanh(0.3) = 0.29 below it.
    func testThirds() {
        let features = Tensor([0.5, 0.3, -0.5, 0], shape: [4, 1])
        XCTAssertEqual(LinearController(weights: [1, 0]).actions(features), [.turnLeft, .stop, .turnRight, .stop])
        XCTAssertEqual(
            LinearController(weights: [1, 0.5]).actions(features), [.turnLeft, .turnLeft, .stop, .turnLeft], "the last number is the bias")
    }

    func testTheReadoutLearns() {
        let latents = Tensor.normal([200, 4], standardDeviation: 1, using: &generator)
        let labels = (0 ..< 200).map { latents.pointer[4 * $0] > 0 ? Float(0.9) : 0.1 }
        let readout = RewardReadout(numbers: 4, using: &generator)
        readout.learn(latents, labels, steps: 200, using: &generator)
        let errors = zip(readout.rewards(of: latents), labels).map { abs($0 - $1) }
        XCTAssertLessThan(errors.reduce(0, +) / 200, 0.1)
    }

    /// Controllers that dream side by side have the scores that each has alone, and a step of turning wheels costs what it costs.
    func testEachControllerHasItsOwnScore() {
        let world = microWorld(&generator), readout = RewardReadout(numbers: 3, using: &generator)
        let starts = world.recurrentDream(from: Tensor.uniform([2, 1, 64, 64, 3], 0, 1, using: &generator), actions: [])
        let weights = Features.frame.count(world) + 1
        func always(_ bias: Float) -> LinearController {
            LinearController(weights: (0 ..< weights).map { $0 == weights - 1 ? bias : 0 })
        }
        func scores(_ controllers: [LinearController], wheelCost: Float = 0.05) -> [Float] {
            var dice = SeededGenerator(seed: 2)
            return Trials.inDream(
                controllers, from: starts, reads: .frame, readout: readout, steps: 3, temperature: 0, wheelCost: wheelCost, using: &dice)
        }
        let (left, still) = (always(1), always(0)), together = scores([left, still])
        XCTAssertNotEqual(together[0], together[1])
        for (x, y) in zip(together, scores([left]) + scores([still])) { XCTAssertEqual(x, y, accuracy: 1e-6) }
        XCTAssertEqual(scores([left], wheelCost: 0)[0] - together[0], 0.05, accuracy: 1e-6, "each step turned")
        XCTAssertEqual(scores([still], wheelCost: 0)[0], together[1], accuracy: 1e-6, "no step did")
    }

    /// Robots that find their toy drop out; what is left must go on with its own memory, not with a neighbor's.
    func testADriverKeepsEachRobotsMemory() {
        let world = microWorld(&generator)
        var c = EvolvedPolicy.Configuration()
        (c.weights, c.numbers) = (c.features.count(world) + 1, 3)
        let policy = EvolvedPolicy(c, world: world, using: &generator)
        policy.controller = LinearController(weights: (0 ..< c.weights).map { _ in generator.normal() })
        let camera = Camera(), room = Room(seed: 1), worlds = (0 ..< 3).map { World(room: room, seed: UInt64($0)) }
        func drive(_ episodes: [[Int]]) -> [Int: [Action]] {
            let driver = PolicyDriver(policy)
            driver.begin(episodes: 3)
            var now = worlds, frames = worlds.map { _ in [[UInt8]]() }, done = worlds.map { _ in [Action]() }
            for going in episodes {
                for i in going { frames[i].append(camera.pixels(of: now[i])) }
                let actions = driver.decide(going.map { Situation(episode: $0, world: now[$0], frames: frames[$0], actions: done[$0]) })
                for (i, action) in zip(going, actions) {
                    now[i].step(action)
                    done[i].append(action)
                }
            }
            return Dictionary(uniqueKeysWithValues: done.enumerated().map { ($0, $1) })
        }
        let together = drive([[0, 1, 2], [0, 1, 2], [0, 2], [2], [2]]), alone = drive([[2], [2], [2], [2], [2]])
        XCTAssertEqual(together[2], alone[2])
    }

    /// The score on the floor by hand: a robot that stands still gets the mean of what it sees, and pays nothing.
    func testScores() {
        let room = Room(seed: 1), starts = (0 ..< 4).map { World(room: room, seed: UInt64($0), start: .kongInView) }, camera = Camera()
        final class Standing: Driver {
            let looks = false
            func begin(episodes: Int) {}
            func decide(_ situations: [Situation]) -> [Action] { situations.map { _ in .stop } }
        }
        let mean = starts.map(\.reward).reduce(0, +) / 4
        XCTAssertEqual(Trials.onFloor(Standing(), from: starts, steps: 5, camera: camera), mean, accuracy: 1e-5)
    }
}

final class EvolutionCommandTests: CommandTestCase {
    /// A learner's folder: a memory with its eye in `world`, episodes in `data`.
    override func setUpWithError() throws {
        try super.setUpWithError()
        var generator = SeededGenerator(seed: 1)
        let world = microWorld(&generator)
        try FileManager.default.createDirectory(at: file("world"), withIntermediateDirectories: true)
        let eye = world.eye as! VariationalAutoencoder
        let eyeKind = try Checkpoint.metadata(kind: VariationalAutoencoder.kind, configuration: eye.configuration)
        try Checkpoint.write(eye.tensors, metadata: eyeKind, to: file("world/eye.safetensors"))
        try Checkpoint.write(
            world.memory.tensors, metadata: try Checkpoint.metadata(kind: RecurrentWorldModel.kind, configuration: world.configuration),
            to: file("world/model.safetensors"))
        for split in ["train", "validation"] {
            try FileManager.default.createDirectory(at: file("data/\(split)"), withIntermediateDirectories: true)
            for i in 0 ..< 3 {
                let start = World(room: Room(seed: 5), seed: UInt64(i), start: .kongInView)
                try Recorder(rooms: 1, frames: 8).episode(from: start) { _ in .turnLeft }.write(to: file("data/\(split)/\(i).safetensors"))
            }
        }
    }

    private func evolve(_ more: String...) -> [String] {
        [
            "train-policy", "evolution", "--data", "data", "--world", "world", "--preset", "tiny", "--batch-size", "6", "--labels", "20",
            "--starts", "2",
         "--horizon", "3", "--threads", "1"] + more
    }

    func testStoppedAndResumedGivesTheSameBytesAndIsDriven() throws {
        try succeed(evolve("--run", "whole", "--steps", "6"))
        let output = try succeed(evolve("--run", "parts", "--steps", "6", "--stop-at", "3"))
        XCTAssertTrue(output.contains("go on with: train-policy evolution --data data --run parts --resume"), output)
        try succeed(["train-policy", "evolution", "--data", "data", "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: "whole", and: "parts", line: #line)
        // The run is complete in itself.
        try FileManager.default.removeItem(at: file("world"))
        try succeed(["validate-policy", "--data", "data", "--run", "whole", "--episodes", "2", "--threads", "1"])
        let numbers = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(contentsOf: file("checkpoints/whole/validation.json"))) as? [String: Any])
        for name in [
            "dream_score", "floor_score", "drive_success", "random_drive_success", "oracle_drive_success", "drive_success_out_of_view",
        ] {
            XCTAssertNotNil(numbers[name] as? Double, name)
        }
    }

    /// The old episodes byte for byte, new ones beside them whose actions are the robot's and whose frames follow from those; and where
    /// what is validated on does not change, a memory can learn from both.
    func testWhatAPolicyDroveIsADataSet() throws {
        try succeed(evolve("--steps", "1"))
        let collect = ["collect", "--data", "data", "--into", "more", "--episodes", "2", "--frames", "5", "--threads", "1"]
        try succeed(collect)
        for name in ["train/0", "train/2", "validation/1"] {
            XCTAssertEqual(try Data(contentsOf: file("more/\(name).safetensors")), try Data(contentsOf: file("data/\(name).safetensors")))
        }
        let set = try EpisodeSet(file("more"), .train), new = set.episodes.filter { $0.metadata["driver"] == "default" }
        XCTAssertEqual([set.episodes.count, new.count], [5, 2])
        XCTAssertEqual(try EpisodeSet(file("more"), .validation).episodes.count, 3)
        for (number, episode) in new.enumerated() {
            XCTAssertEqual(episode.frameCount, 5)
            var world = driveStarts(in: [Room(seed: 5)], count: 2, .anywhere, framesPerSecond: 4, seed: 2)[number]
            for (t, action) in episode.actions!.enumerated() {
                XCTAssertEqual(episode.bearing![t].isNaN, world.bearing == nil)
                if let bearing = world.bearing { XCTAssertEqual(episode.bearing![t], bearing, accuracy: 1e-5) }
                world.step(Action(rawValue: action)!)
            }
        }
        try refuse(collect, "there is a data set already")
        try refuse(
            ["collect", "--data", "more", "--into", "again", "--episodes", "2", "--frames", "5"], "holds episodes that 'default' drove")
        try refuse(["collect", "--data", "data", "--into", "data", "--overwrite"], "holds what the data set is to be made from")
        try refuse(["collect", "--data", "data", "--into", "other", "--run", "none"], "no such checkpoint")
    }

    func testWhatIsInTheFilesIsNotBelieved() throws {
        try succeed(evolve("--steps", "1"))
        let folder = file("checkpoints/default")
        try assertNoNumberIsBelieved(in: folder.appendingPathComponent("model.safetensors")) { _ = try EvolvedPolicy(folder: folder) }
        // The world of another run.
        let eye = folder.appendingPathComponent("world/eye.safetensors")
        var generator = SeededGenerator(seed: 9)
        let other = microWorld(&generator).eye as! VariationalAutoencoder
        try Checkpoint.write(
            other.tensors, metadata: Checkpoint.metadata(kind: VariationalAutoencoder.kind, configuration: other.configuration), to: eye)
        try refuse(["validate-policy", "--data", "data"], "world/eye.safetensors: is not the one that model.safetensors")
    }

    func testBadInput() throws {
        try refuse(evolve("--temperature", "-1"), "--temperature")
        try refuse(evolve("--batch-size", "2"), "population")
        try refuse(["train-policy", "evolution", "--data", "data", "--world", "nowhere"], "nowhere/model.safetensors: no such checkpoint")
        try refuse(["validate-policy", "--data", "data", "--run", "none"], "no such checkpoint")
    }
}
