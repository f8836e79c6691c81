// EvolvedPolicy.swift - a run of this chapter: a controller, the reward that it was evolved for, and the world in which it was.

import Episodes
import Foundation
import JetBot
import Layers
import Planning
import Randomness
import RecurrentMemory
import Tensors
import Training

/// A trained run: checkpoints/NAME with `model.safetensors` and `world/`.
public final class EvolvedPolicy: Module {
    public static let kind = "evolved-controller"

    public struct Configuration: ModelConfiguration, Equatable {
        public var features = Features.all
        /// F + 1 and D, to know what is in the file.
        public var weights = 0, numbers = 0
        /// How the dreams were that it grew up in.
        public var temperature: Float = 1, steps = 20, starts = 16, population = 32
        /// Its own score there, of the last generations.
        public var dreamScore: Float = 0
        /// How the readout's rewards go with the true ones on validation frames.
        public var readoutCorrelation: Float = 0

        public init() {}

        public var leastWeights: Double { Double(weights) + 64 * Double(numbers) }
        /// - Throws: `TrainingError` when the numbers are impossible.
        public func check() throws {
            guard (1 ... 1_000_000).contains(weights), (1 ... 1_000_000).contains(numbers), (1 ... 1000).contains(steps),
                (1 ... 1000).contains(starts),
                  (1 ... 100_000).contains(population), (0 ... 10).contains(temperature) else {
                throw TrainingError(
                    "evolved controller: \(weights) weights on \(numbers) numbers, \(population) controllers in \(starts) dreams "
                    + "of \(steps) steps at temperature \(temperature)")
            }
        }
    }

    public var configuration: Configuration
    public let world: RecurrentWorldModel
    public let readout: RewardReadout
    /// The controller's, [F+1].
    let weights: Tensor

    public init(_ configuration: Configuration, world: RecurrentWorldModel, using generator: inout SeededGenerator) {
        (self.configuration, self.world) = (configuration, world)
        readout = RewardReadout(numbers: configuration.numbers, using: &generator)
        weights = Tensor(repeating: 0, shape: [configuration.weights])
    }

    public var controller: LinearController {
        get { LinearController(weights: weights.values) }
        set { for (i, weight) in newValue.weights.enumerated() { weights.pointer[i] = weight } }
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let url = folder.appendingPathComponent("model.safetensors"), command = "train-policy evolution"
        let (configuration, file) = try Checkpoint.open(url, kind: EvolvedPolicy.kind, madeBy: command, as: Configuration.self)
        for name in ["model.safetensors", RecurrentWorldModel.eyeName] {
            try Checkpoint.checkCompanion("world/\(name)", of: file, madeBy: "\(command) --overwrite")
        }
        let world = try RecurrentWorldModel(folder: folder.appendingPathComponent("world"))
        guard configuration.numbers == world.configuration.numbers, configuration.weights == configuration.features.count(world) + 1 else {
            throw TrainingError("\(folder.relativePath): world/ is not the one that this controller was evolved in; "
                + "make the run again with `\(command) --overwrite`")
        }
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, world: world, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }

    public var tensors: [NamedTensor] { [("controller.weights", weights)] + readout.tensors(in: "readout") }

    /// Dreams that begin at single true frames [S,H,W,3].
    public static func starts(_ world: RecurrentWorldModel, _ frames: Tensor) -> RecurrentDream {
        world.recurrentDream(from: frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst()), actions: [])
    }
}

/// The controller on the floor: the eye sees the camera's frame, the memory takes it in, one row of numbers decides.
struct EvolvedMind: Mind {
    let policy: EvolvedPolicy
    private var dream: RecurrentDream?

    init(_ policy: EvolvedPolicy) { self.policy = policy }

    mutating func decide(_ frames: Tensor, after actions: [Int]?) -> Tensor {
        let world = policy.world, clips = frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst())
        if let actions {
            dream!.observe(world.numbers(of: clips).reshaped([frames.size(0), -1]), after: actions)
        } else {
            dream = world.recurrentDream(from: clips, actions: [])
        }
        let chosen = policy.controller.actions(policy.configuration.features.of(dream!)),
            logits = Tensor(repeating: -20, shape: [chosen.count, Action.allCases.count])
        for (row, action) in chosen.enumerated() { logits.pointer[row * Action.allCases.count + action.rawValue] = 0 }   // it has no doubts
        return logits
    }

    func selecting(_ rows: [Int]) -> EvolvedMind {
        var mind = self
        mind.dream = dream?.selecting(rows)
        return mind
    }
}

extension EvolvedPolicy: TrainedPolicy {
    public var imageSize: Int { world.imageSize }
    public var framesPerSecond: Double { world.framesPerSecond }
    public func mind() -> any Mind { EvolvedMind(self) }
    public func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        Trials.inDream(
            [controller], from: EvolvedPolicy.starts(world, frames), reads: configuration.features, readout: readout, steps: steps,
            temperature: configuration.temperature, wheelCost: 0, using: &generator)[0]
    }

    /// Its own score, in dreams from validation frames and on the floor.
    public func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport {
        let c = configuration, set = try EpisodeSet(data, .validation), all = set.places(length: 1),
            camera = Camera(width: imageSize, height: imageSize)
        let places = stride(from: 0, to: all.count, by: max(1, all.count / 128)).map { all[$0] }
        var generator = SeededGenerator(seed: seed), report = ValidationReport()
        let frames = set.clips(at: places, length: 1).frames.reshaped([places.count, imageSize, imageSize, 3])
        let score = Trials.inDream(
            [controller], from: EvolvedPolicy.starts(world, frames), reads: c.features, readout: readout, steps: c.steps,
            temperature: c.temperature, using: &generator)[0]
        report.add("controller_numbers", Double(c.weights))
        report.add("temperature", Double(c.temperature))
        report.add("readout_correlation", Double(c.readoutCorrelation), baseline: "1 (the truth)")
        report.add("dream_score", Double(score), baseline: "what it was promised, from validation frames")
        for (name, driver) in [("", PolicyDriver(self))] + blindDrivers(seed: seed) + [("oracle_", OracleDriver())] {
            report.add(
                "\(name)floor_score", Double(Trials.onFloor(driver, from: starts, steps: c.steps, camera: camera)),
                baseline: name.isEmpty ? "from starts anywhere; wheels cost something" : "")
        }
        return report
    }
}
