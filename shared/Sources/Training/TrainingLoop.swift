// TrainingLoop.swift - what is the same in all training loops, so that each of them shows only what it teaches.
//
//   let loop = try TrainingLoop<Configuration>(options, command: "train-eye", kind: Eye.kind)    a new run, or one to go on with
//   let configuration = loop.resumed ?? .standard, plan = try loop.plan(TrainingPlan(...))       what it began with, or what is asked
//   loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }             chance, where it had come to
//   try loop.begin(eye, configuration, [adamW], tokensPerStep: 1024)
//   while let step = loop.next() {                                                               0, 1, 2 ... or from where it stopped
//       ... draw a batch, loss, backward, a step of the optimizer ...
//       loop.done(loss: loss.item)
//       loop.log(every: 20, ["loss": Double(loss.item)])
//       if loop.isDue(every: 200) { ... measure, draw ...; try loop.save() }
//   }
//   try loop.finish(next: "validate-eye")
//
// A loop that was stopped and resumed takes the same steps, to the bit, as one that was not.

import ArgumentParser
import Foundation
import Layers
import SafeTensors
import Tensors

/// One training loop and all that decides its next step: the model, the optimizers, the plan and the random number generators.
public final class TrainingLoop<Configuration: Codable> {
    public let run: Run
    /// What the run was begun with; nil when it begins now.
    public let resumed: Configuration?
    /// The steps that are done.
    public private(set) var step = 0
    /// Steps at the beginning that are quicker than the rest, and say nothing of how long that takes.
    public var quickSteps = 0
    /// What is done just before a save, and just after one.
    public var beforeSave: () throws -> Void = {}, afterSave: () throws -> Void = {}

    private let options: TrainingOptions, command: String, kind: String
    private let state: (state: TrainingState, file: SafeTensorsFile)?
    private var plan: TrainingPlan!, progress: TrainingProgress!
    private var model: (any Module)!, optimizers: [any Optimizer] = [], configuration: (() -> Configuration)!
    private var generators: [(name: String, get: () -> UInt64, set: (UInt64) -> Void)] = []
    private var tokensPerStep = 0, isRunning = false
    private var firstStep = 0, savedStep: Int?, secondsOfQuickSteps = 0.0

    /// - Parameters:
    ///   - command: what is typed to train such a model.
    ///   - kind: what its checkpoints call themselves.
    ///   - origin: what a part of a larger run was made from; see `Run`.
    /// - Throws: what `Run.init` and `Run.openState` throw.
    public init(_ options: TrainingOptions, command: String, kind: String, origin: String? = nil) throws {
        (self.options, self.command, self.kind) = (options, command, kind)
        run = try Run(options, command: command)
        run.origin = origin
        let opened = options.resume ? try run.openState(kind: kind, madeBy: command, as: Configuration.self) : nil
        (resumed, state) = (opened?.configuration, opened.map { ($0.state, $0.file) })
    }

    /// The plan that the run began with, or `defaults` with the flags that were given. From here on there are as many threads as it says.
    /// - Throws: what `TrainingPlan.resumed` throws.
    public func plan(_ defaults: TrainingPlan, firstPart: (_ steps: Int) -> Int = { _ in 0 }) throws -> TrainingPlan {
        plan = try state?.state.plan.resumed(by: options, firstPart: firstPart) ?? defaults.asked(by: options)
        Workers.count = plan.threads
        return plan
    }

    /// Names the state of a random number generator: it is saved with the model, and put back when the run goes on.
    public func keep(_ name: String, get: @escaping () -> UInt64, set: @escaping (UInt64) -> Void) {
        generators.append((name, get, set))
    }

    /// Puts back what was saved, makes the folder, and watches for Ctrl-C. From here on the model and what else was named belong together.
    /// - Parameter earlier: the folder of a run whose weights a new one begins with; nil: those that the model was drawn with.
    /// - Throws: what `Run.restore`, `Run.generator` and `Run.begin` throw; `TrainingError` when the earlier run has another shape.
    public func begin(
        _ model: any Module, _ configuration: @autoclosure @escaping () -> Configuration, _ optimizers: [any Optimizer],
        tokensPerStep: Int, from earlier: URL? = nil
    ) throws {
        (self.model, self.configuration, self.optimizers, self.tokensPerStep) = (model, configuration, optimizers, tokensPerStep)
        if let state {
            try run.restore(state.file, model: model, optimizers: optimizers)
            for generator in generators { generator.set(try run.generator(generator.name)) }
            step = state.state.step
        } else if let earlier {
            let weights = earlier.appendingPathComponent("model.safetensors")
            try Checkpoint.fill(model.tensors, from: Checkpoint.open(weights, kind: kind, madeBy: command, as: Configuration.self).file)
        }
        try run.begin(at: step)
        firstStep = step
        Interrupt.watch()
        startClock()
    }

    private func startClock() { progress = TrainingProgress(start: step, total: plan.steps, tokensPerStep: tokensPerStep) }

    // MARK: Step by step

    /// The step to be done now, counted from 0; nil after the last one, and when somebody wants to stop.
    public func next() -> Int? {
        // What a loop does between `begin` and its first step takes time of its own.
        if !isRunning { startClock() }
        isRunning = true
        return step < lastStep && !Interrupt.isRequested ? step : nil
    }
    private var lastStep: Int { min(plan.steps, options.stopAt ?? plan.steps) }
    /// Whether the step that was done was the last one of this time.
    public var isLast: Bool { step == lastStep }
    public var isComplete: Bool { step >= plan.steps }
    public var seconds: Double { progress.seconds }

    /// Call after `backward`, before the step is taken. -> The norm of the gradients.
    /// - Throws: `TrainingError` when a number has become infinite or none at all.
    @discardableResult
    public func check(_ loss: Float, _ gradientNorm: Float) throws -> Float {
        try run.checkFinite(loss, gradientNorm, step: step + 1)
        return gradientNorm
    }

    /// One step more is done.
    public func done(loss: some BinaryFloatingPoint) {
        step += 1
        progress.update(step, loss: Double(loss))
        let timed = step - max(firstStep, quickSteps)
        if timed == 0 { secondsOfQuickSteps = seconds }
        if timed == 10 {
            progress.note("estimated time: \(duration(seconds + (seconds - secondsOfQuickSteps) / 10 * Double(plan.steps - step)))")
        }
    }

    /// Whether it is time for what is done every so many steps, and after the last one.
    public func isDue(every steps: Int) -> Bool { step % steps == 0 || isLast }

    /// Adds numbers to the run's log, with the seconds that have passed.
    public func log(every steps: Int, _ values: @autoclosure () -> [String: Double]) {
        if isDue(every: steps) { run.log(step, values().merging(["seconds": seconds]) { $1 }) }
    }

    /// Numbers that were measured now, for the run's log.
    public func log(_ values: [String: Double]) { run.log(step, values) }

    /// A line for whoever watches.
    public func note(_ text: String) { progress.note("step \(step): \(text)") }

    /// Writes everything that decides the next step, and the model.
    /// - Throws: what `Run.save` throws.
    public func save() throws {
        try beforeSave()
        let states = Dictionary(uniqueKeysWithValues: generators.map { ($0.name, $0.get()) })
        try run.save(
            TrainingState(step: step, plan: plan, generators: states), model: model, optimizers: optimizers,
            metadata: Checkpoint.metadata(kind: kind, configuration: configuration()))
        savedStep = step
        try afterSave()
    }

    /// Saves what is not saved yet, and says what came of it and what to type next. Also when nothing was left to do: a kill between two
    /// files leaves a model that is older than the state.
    /// - Parameters:
    ///   - chart: a picture to look at.
    ///   - next: the command that comes next, without the flags that name the run.
    ///   - resume: the command that goes on with a run that was stopped (default: this one, with the flags that name the run).
    /// - Throws: what `save` throws; how a command ends that was interrupted.
    public func finish(chart: String? = "loss.png", next: String? = nil, resume: String? = nil) throws {
        if savedStep != step { try save() }
        guard isComplete else {
            print("\nstopped at step \(step) and saved; go on with: \(resume ?? "\(command) \(options.run.flags)") --resume")
            if Interrupt.isRequested { throw Interrupt.exitCode }
            return
        }
        let files = [run.modelURL] + [chart].compactMap { $0.map(run.file) }
        print("done in \(duration(seconds)): " + files.map(\.relativePath).joined(separator: ", ")
            + (next.map { ". Next: \($0) \(options.run.flags)" } ?? ""))
    }
}
