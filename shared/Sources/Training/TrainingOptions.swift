// TrainingOptions.swift - the flags that every train and validate command shares.

import ArgumentParser
import Files
import Foundation
import Tensors

/// Where the episodes are and which run is meant.
public struct RunOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp(
            "The folder of episodes, with train/, validation/ and unseen-rooms/ inside (default: data/default, "
                + "or what a resumed run began with).",
            valueName: "data"))
    public var givenData: String?

    /// The folder of episodes. A run that is resumed goes on with what it began with, also when nobody says so again.
    public var data: String { givenData ?? RunOptions.dataOfResumedRun ?? RunOptions.usualData }
    nonisolated(unsafe) static var dataOfResumedRun: String?

    @Option(help: "The name of the run: its files are in checkpoints/NAME.")
    public var run = "default"

    @Option(help: "Threads to compute with (default: all cores). Results are the same from run to run for the same number.")
    public var threads: Int?

    static let usualData = "data/default"

    public init() {}

    public mutating func validate() throws {
        if let threads, !(1 ... 1024).contains(threads) { throw ValidationError("--threads must be at least 1, and at most 1024") }
        if run.isEmpty || run.contains("/") || run.hasPrefix(".") { throw ValidationError("--run is a plain name, not a path: '\(run)'") }
    }

    /// These options as flags, for a hint that can be copied: the next command must mean the same run and the same data.
    public var flags: String { "--data \(shellQuoted(data)) --run \(shellQuoted(run))" }
    public var dataFolder: URL { URL(fileURLWithPath: data) }
}

/// For what can be trained on where another run ended.
public struct EarlierRun: ParsableArguments {
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("Begin with the weights of another run of the same shape: checkpoints/NAME.", valueName: "name"))
    public var name: String?

    public init() {}

    public var folder: URL? { name.map { URL(fileURLWithPath: "checkpoints").appendingPathComponent($0) } }
}

/// How to train.
public struct TrainingOptions: ParsableArguments {
    @OptionGroup public var run: RunOptions

    @Option(help: "default; tiny, a small model in seconds instead of minutes; or patient, the default's model and three times its steps.")
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
        if let steps, !(1 ... 1_000_000_000).contains(steps) {
            throw ValidationError("--steps must be at least 1, and at most a thousand million")
        }
        if let batchSize, !(1 ... 1024).contains(batchSize) { throw ValidationError("--batch-size must be at least 1, and at most 1024") }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) { throw ValidationError("--learning-rate must be above 0") }
        if let stopAt, stopAt < 1 { throw ValidationError("--stop-at must be at least 1") }
        if resume && overwrite { throw ValidationError("--resume keeps a run, --overwrite replaces it: choose one") }
    }

    /// - Parameter more: presets that a command has besides those that all have.
    /// - Throws: `ValidationError` when `--preset` names none of them.
    public func checkPreset(or more: String...) throws {
        let names = ["default", "tiny", "patient"] + more
        guard names.contains(preset) else {
            throw ValidationError("--preset is \(names.dropLast().joined(separator: ", ")) or \(names.last!), not '\(preset)'")
        }
    }
}
