// TrainingOptions.swift - the flags that every train and validate command shares.

import ArgumentParser
import Foundation
import Tensors

/// Where the episodes are and which run is meant.
public struct RunOptions: ParsableArguments {
    @Option(help: "The folder of episodes, with train/, validation/ and unseen-rooms/ inside.")
    public var data = "data/default"

    @Option(help: "The name of the run: its files are in checkpoints/NAME.")
    public var run = "default"

    @Option(help: "Threads to compute with (default: all cores). Results are the same from run to run for the same number.")
    public var threads: Int?

    public init() {}

    public mutating func validate() throws {
        if let threads, !(1 ... 1024).contains(threads) { throw ValidationError("--threads must be at least 1, and at most 1024") }
        if run.isEmpty || run.contains("/") || run.hasPrefix(".") { throw ValidationError("--run is a plain name, not a path: '\(run)'") }
    }

    /// These options as flags, for a hint that can be copied: the next command must mean the same run and the same data.
    public var flags: String { "--data \(data) --run \(run)" }
    public var dataFolder: URL { URL(fileURLWithPath: data) }
}

/// How to train.
public struct TrainingOptions: ParsableArguments {
    @OptionGroup public var run: RunOptions

    @Option(help: "The size of the model: default, or tiny (seconds instead of minutes).")
    public var preset = "default"

    @Option(help: "Training steps (default: the preset's).")
    public var steps: Int?

    @Option(help: "Clips a step (default: the preset's).")
    public var batchSize: Int?

    @Option(help: "Peak learning rate (default: the preset's).")
    public var learningRate: Float?

    @Option(help: "The seed of initial weights and batches (default: 1).")
    public var seed: UInt64?

    @Flag(help: "Go on where the run stopped, with its model, seed, batch size and learning rate; --steps may move the end.")
    public var resume = false

    @Flag(help: "Replace a run of the same name.")
    public var overwrite = false

    @Option(help: "Stop after this step of the plan, as Ctrl-C would, to be resumed later.")
    public var stopAt: Int?

    public init() {}

    public mutating func validate() throws {
        if let steps, !(1 ... 1_000_000_000).contains(steps) { throw ValidationError("--steps must be at least 1, and at most a thousand million") }
        if let batchSize, !(1 ... 1024).contains(batchSize) { throw ValidationError("--batch-size must be at least 1, and at most 1024") }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) { throw ValidationError("--learning-rate must be above 0") }
        if let stopAt, stopAt < 1 { throw ValidationError("--stop-at must be at least 1") }
        if resume && overwrite { throw ValidationError("--resume keeps a run, --overwrite replaces it: choose one") }
    }
}

/// What is to be done: fixed when a run begins, stored with it, taken up again by `--resume`.
public struct TrainingPlan: Codable, Equatable {
    public var steps: Int, batchSize: Int, learningRate: Float, seed: UInt64, threads: Int

    public init(steps: Int, batchSize: Int, learningRate: Float) {
        (self.steps, self.batchSize, self.learningRate) = (steps, batchSize, learningRate)
        (seed, threads) = (1, Workers.count)
    }

    /// This plan with the flags that were given in place of its own numbers.
    public func adjusted(by options: TrainingOptions) -> TrainingPlan {
        var plan = self
        plan.steps = options.steps ?? steps
        plan.batchSize = options.batchSize ?? batchSize
        plan.learningRate = options.learningRate ?? learningRate
        plan.seed = options.seed ?? seed
        plan.threads = options.run.threads ?? threads
        return plan
    }

    /// This plan, taken up again. Its end may be moved (the learning rate then falls towards the new end), and its threads changed.
    /// - Throws: `TrainingError` when a flag asks for another seed, batch size or learning rate than the run began with.
    public func resumed(by options: TrainingOptions) throws -> TrainingPlan {
        let plan = adjusted(by: options)
        guard plan.seed == seed && plan.batchSize == batchSize && plan.learningRate == learningRate else {
            throw TrainingError("--resume keeps seed \(seed), batch size \(batchSize) and learning rate \(learningRate) of run '\(options.run.run)'; leave those flags out, or start another --run NAME")
        }
        return plan
    }
}
