// EvolvedPolicy.swift - a run of this chapter: a controller, the reward that it was evolved for, and the world in which it was.

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
            guard (1 ... 1_000_000).contains(weights), (1 ... 1_000_000).contains(numbers), (1 ... 1000).contains(steps), (1 ... 1000).contains(starts) else {
                throw TrainingError("evolved controller: \(weights) weights on \(numbers) numbers, \(starts) dreams of \(steps) steps")
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
public final class EvolvedDriver: Driver {
    private let policy: EvolvedPolicy
    private var dream: RecurrentDream?
    /// The row of `dream` of each episode.
    private var rows: [Int: Int] = [:]
    public let looks = true

    public init(_ policy: EvolvedPolicy) { self.policy = policy }

    public func begin(episodes: Int) { (dream, rows) = (nil, [:]) }

    public func decide(_ situations: [Situation]) -> [Action] {
        let world = policy.world, size = world.imageSize
        let frames = Tensor(uninitialized: [situations.count, 1, size, size, 3])
        for (i, situation) in situations.enumerated() {
            for (j, byte) in situation.frames.last!.enumerated() { frames.pointer[i * size * size * 3 + j] = Float(byte) / 255 }
        }
        if var known = dream {
            if known.batch != situations.count { known = known.selecting(situations.map { rows[$0.episode]! }) }
            known.observe(world.numbers(of: frames).reshaped([situations.count, -1]), after: situations.map { $0.actions.last!.rawValue })
            dream = known
        } else {
            dream = world.recurrentDream(from: frames, actions: [])
        }
        rows = Dictionary(uniqueKeysWithValues: situations.enumerated().map { ($1.episode, $0) })
        return policy.controller.actions(policy.configuration.features.of(dream!))
    }
}
