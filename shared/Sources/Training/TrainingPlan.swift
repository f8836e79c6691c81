// TrainingPlan.swift - what is to be done: fixed when a run begins, stored with it, taken up again by `--resume`.

import Foundation
import SafeTensors
import Tensors

/// The numbers of one training loop.
public struct TrainingPlan: Codable, Equatable {
    public var steps: Int, batchSize: Int, learningRate: Float, seed: UInt64, threads: Int

    public init(steps: Int, batchSize: Int, learningRate: Float) {
        (self.steps, self.batchSize, self.learningRate) = (steps, batchSize, learningRate)
        (seed, threads) = (1, Workers.count)
    }

    /// A preset's plan, as `--preset` means it: the patient one is the default's, three times over.
    func asked(by options: TrainingOptions) -> TrainingPlan {
        var plan = self
        if options.preset == "patient" { plan.steps *= 3 }
        return plan.adjusted(by: options)
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
    /// - Parameter firstPart: of a training in two parts, how many of so many steps the first one takes.
    /// - Throws: `TrainingError` when a flag asks for another seed, batch size or learning rate than the run began with, or for an end that
    ///   moves the place where its parts meet.
    public func resumed(by options: TrainingOptions, firstPart: (_ steps: Int) -> Int = { _ in 0 }) throws -> TrainingPlan {
        let plan = adjusted(by: options)
        guard plan.seed == seed && plan.batchSize == batchSize && plan.learningRate == learningRate else {
            throw TrainingError(
                "--resume keeps seed \(seed), batch size \(batchSize) and learning rate \(learningRate) of run '\(options.run.run)'; "
                    + "leave those flags out, or start another --run NAME"
            )
        }
        guard firstPart(plan.steps) == firstPart(steps) else {
            throw TrainingError(
                "--resume keeps the \(steps) steps of run '\(options.run.run)', whose first part is \(firstPart(steps)) of them; "
                    + "leave --steps out, or start another --run NAME"
            )
        }
        return plan
    }

    /// What the flags may say, a file may say too, and no more.
    var isPossible: Bool {
        TrainingPlan.possibleSteps.contains(steps) && TrainingPlan.possibleBatchSizes.contains(batchSize)
            && learningRate > 0 && learningRate.isFinite && TrainingPlan.possibleThreads.contains(threads)
    }

    static let possibleSteps = 1 ... 1_000_000_000, possibleBatchSizes = 1 ... 1024, possibleThreads = 1 ... 1024
}

/// What a command was asked that trains several models, one after the other. Each of them stores it: whichever has begun when the command
/// is interrupted tells a `--resume` what the others, which have not, are to become.
public struct CommandPlan: Codable, Equatable {
    public var preset: String
    public var steps: Int?, batchSize: Int?, learningRate: Float?, seed: UInt64?
    public var threads: Int
    /// Whether an earlier run was to be replaced: what is still left of it then is.
    public var overwrite: Bool
    /// The flags of the command itself.
    public var flags: [String: String]

    public init(_ options: TrainingOptions, flags: [String: String]) {
        (preset, steps, batchSize, learningRate, seed) = (
            options.preset, options.steps, options.batchSize, options.learningRate, options.seed
        )
        (threads, overwrite, self.flags) = (options.run.threads ?? Workers.count, options.overwrite, flags)
    }

    /// What every run that this process saves will store.
    public nonisolated(unsafe) static var current: CommandPlan?

    /// What was asked when the first of these runs that exists began; nil when none does, or it does not say. A command that resumes it
    /// goes on with its episodes.
    public static func stored(in runs: [String]) -> CommandPlan? {
        for run in runs {
            let url = URL(fileURLWithPath: "checkpoints/\(run)/training-state.safetensors")
            guard let file = try? SafeTensorsFile(contentsOf: url) else { continue }
            if let data = Run.storedData(besides: url) { RunOptions.dataOfResumedRun = data }
            return file.metadata["command"].flatMap { try? JSONDecoder().decode(CommandPlan.self, from: Data($0.utf8)) }
        }
        return nil
    }

    /// A line that is the same for the same flags.
    public var summary: String { "\(preset) \(seed ?? 1) \(flags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })" }

    /// Puts what was asked in the place of what is not asked now.
    /// - Throws: `TrainingError` when something else is asked now.
    public mutating func take(up options: inout TrainingOptions) throws {
        options.preset = preset
        guard options.seed ?? seed == seed else {
            throw TrainingError(
                "--resume keeps seed \(seed ?? 1) of run '\(options.run.run)'; leave --seed out, or start another --run NAME")
        }
        options.seed = seed
        steps = options.steps ?? steps
        options.steps = steps
        options.batchSize = options.batchSize ?? batchSize
        options.learningRate = options.learningRate ?? learningRate
        options.run.threads = options.run.threads ?? threads
    }
}
