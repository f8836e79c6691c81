// Run.swift - one training run and its folder, checkpoints/NAME/.
//
//   model.safetensors            the model, for every later command
//   training-state.safetensors   what --resume needs
//   metrics.jsonl                one JSON object a logged step
//   loss.png, psnr.png,
//   samples.png                  pictures, made anew as the run goes on
//
// All that a save writes comes in place together (FileSet), one process at a time (FileLock). What the run was made from stands in its
// files: the data, the models beside it, and the run that it belongs to (`origin`).

import ArgumentParser
import Files
import Foundation
import Layers
import Pictures
import SafeTensors
import Tensors

/// What a training loop keeps safe: everything that decides the next step.
public struct TrainingState {
    public var step: Int
    public var plan: TrainingPlan
    /// The states of the random number generators, by name.
    public var generators: [String: UInt64]

    public init(step: Int, plan: TrainingPlan, generators: [String: UInt64]) {
        (self.step, self.plan, self.generators) = (step, plan, generators)
    }
}

/// The folder of one run: its checkpoint, its log and its charts.
public final class Run {
    public let folder: URL
    /// Every logged step: numbers by name, always with "step".
    public private(set) var metrics: [[String: Double]] = []
    /// What this run was made from, beside its data: the fingerprint of another model, or of flags. A part of a larger run that says
    /// something else belongs to another one.
    public var origin: String?
    /// True until the first save of a run that began anew.
    private var replacesAnother = false
    private var hasSaved = false
    private let options: TrainingOptions, command: String, begin = Date()
    /// Files of other stages by their names here.
    private var companions: [String: Data] = [:]
    /// The generators that the state must hold when it is saved again, and what they were.
    private var generators: [String: UInt64] = [:]
    /// What the run began with.
    private var data: (folder: String, fingerprint: String)?

    /// Names the folder of a run. Nothing is written yet: what else can be wrong should come to light first.
    /// - Throws: `TrainingError` when the run exists and is neither to be resumed nor replaced, is to be
    ///   resumed and does not exist, or is in use.
    public init(_ options: TrainingOptions, command: String) throws {
        folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run.run)
        (self.options, self.command) = (options, command)
        try lock()
        if options.resume {
            guard FileManager.default.fileExists(atPath: stateURL.path) else {
                let remedy = exists ? "the model is there, but not what training goes on from" : "nothing to resume"
                throw TrainingError("\(stateURL.relativePath): \(remedy); start the run with `\(command)` without --resume")
            }
            if options.run.givenData == nil, let data = storedData { RunOptions.dataOfResumedRun = data }
        } else if exists && !options.overwrite {
            throw TrainingError(
                "\(folder.relativePath): this run exists; go on with --resume, replace it with --overwrite, or choose another --run NAME")
        }
    }

    /// The folder of episodes that the run began with, in a file of its own: the same run from the same
    /// episodes elsewhere has the same checkpoint.
    private var dataURL: URL { file("data.json") }
    private var storedData: String? { Run.storedData(besides: stateURL) }
    static func storedData(besides state: URL) -> String? {
        let url = state.deletingLastPathComponent().appendingPathComponent("data.json")
        return (try? readFile(url, atMost: 100_000)).flatMap { try? JSONDecoder().decode([String: String].self, from: $0) }?["data"]
    }

    /// Whether there is anything of a run in the folder: also a model whose training state was deleted to save room.
    private var exists: Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.contains { !$0.hasPrefix(".") && ($0.hasSuffix(".safetensors") || $0 == "metrics.jsonl") }
    }

    /// An `origin` of all that a run is made from.
    public static func origin(from parts: String...) -> String { fingerprint(of: parts.joined(separator: "\n")) }

    /// Whether a `--resume` of the larger run finds this part begun. A part that belongs to another run is not this one: it is replaced
    /// when the command was to replace what was there.
    /// - Throws: `TrainingError` when it was not.
    public static func isBegun(_ run: String, origin: String) throws -> Bool {
        let url = URL(fileURLWithPath: "checkpoints/\(run)/training-state.safetensors")
        guard FileManager.default.fileExists(atPath: url.path) else { return false }
        guard let found = try SafeTensorsFile(contentsOf: url).metadata["origin"], found != origin else { return true }
        guard CommandPlan.current?.overwrite == true else {
            throw TrainingError(
                "\(url.relativePath): belongs to another run than the rest of this folder; train all of it again with --overwrite, "
                    + "or move it away"
            )
        }
        return false
    }

    /// A run and its parts are one process's at a time.
    private func lock() throws {
        let outermost = options.run.run.split(separator: "/").first.map(String.init) ?? "default"
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(outermost)
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        do { try FileLock.holdUntilExit(folder.appendingPathComponent(".lock")) } catch let error as FileLockHeld {
            throw TrainingError("\(folder.relativePath): \(error.who) is training this run; wait for it, or choose another --run NAME")
        }
    }

    public func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
    public var modelURL: URL { file("model.safetensors") }
    private var stateURL: URL { file("training-state.safetensors") }
    private var metricsURL: URL { file("metrics.jsonl") }

    // MARK: The state of training

    /// Writes all files under temporary names first, so that a full disk refuses them before anything has changed, and only then names
    /// them: the training state, what other models the run needs, the log, and the model last.
    /// - Throws: `FileError`; `TrainingError` when a number is none, or when nothing was learned
    ///   yet: no model of no steps replaces anything.
    public func save(_ state: TrainingState, model: any Module, optimizers: [any Optimizer], metadata: [String: String]) throws {
        guard state.step > 0 else {
            FileHandle.standardError.write(
                Data("stopped before the first step: nothing was saved, and \(folder.relativePath) is as it was\n".utf8))
            throw Interrupt.isRequested ? Interrupt.exitCode : ExitCode.failure
        }
        let tensors = model.tensors + optimizers.flatMap(\.state)
        if let ruined = tensors.first(where: { !isFinite(UnsafeBufferPointer(start: $0.tensor.pointer, count: $0.tensor.count)) }) {
            throw TrainingError(
                "step \(state.step): '\(ruined.name)' is no finite number any more; \(whatIsKept). Try a lower --learning-rate")
        }
        if let lost = generators.keys.first(where: { state.generators[$0] == nil }) {
            preconditionFailure("the generator '\(lost)' was read and is not saved")
        }

        var metadata = metadata, all: [String: String] = [:]
        if let origin { metadata["origin"] = origin }
        if !companions.isEmpty { metadata["companions"] = try json(companions.mapValues { $0.withUnsafeBytes(fingerprint(of:)) }) }
        all["step"] = "\(state.step)"
        all["plan"] = try json(state.plan)
        all["generators"] = try json(state.generators)
        all["optimizer_steps"] = try json(optimizers.map(\.stepCount))
        all["command"] = try CommandPlan.current.map { try json($0) }
        all["data"] = data?.fingerprint

        let set = FileSet(), kept = companions.filter { (try? readFile(file($0.key))) != $0.value }
        // A new run has what its state needs before it has a state. One that replaces another leaves that
        // one's models to each other as long as it can.
        let isNew = !FileManager.default.fileExists(atPath: stateURL.path)
        if isNew { for (name, bytes) in kept { try set.add([bytes], to: file(name)) } }
        try set.add(Checkpoint.writer(tensors, metadata.merging(all) { $1 }).pieces(), to: stateURL)
        if !isNew { for (name, bytes) in kept { try set.add([bytes], to: file(name)) } }
        if let data, data.folder != storedData { try set.add([Data((try json(["data": data.folder]) + "\n").utf8)], to: dataURL) }
        try set.add([Data(metrics.map { try json($0) + "\n" }.joined().utf8)], to: metricsURL)
        try set.add(Checkpoint.writer(model.tensors, metadata).pieces(), to: modelURL)
        if replacesAnother { removeWhatIsOfAnother() }
        try set.commit()
        (replacesAnother, hasSaved) = (false, true)
    }

    /// What was measured on the model before, and drawn of it, says nothing of this one.
    private func removeWhatIsOfAnother() {
        for name in ["validation.json", "validation.txt"] { try? FileManager.default.removeItem(at: file(name)) }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            let url = file(name)
            guard ["png", "gif"].contains(url.pathExtension), isMadeHere(url),
                let date = try? url.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate, date < begin
            else { continue }
            try? FileManager.default.removeItem(at: url)
        }
    }

    private var whatIsKept: String {
        hasSaved || exists ? "what was saved in \(folder.relativePath) is kept" : "nothing was saved"
    }

    /// Opens the training state to read the plan and configuration, before there is a model.
    /// - Throws: `TrainingError` when it is damaged, or another model's.
    public func openState<Configuration: Decodable>(
        kind: String, madeBy command: String, as type: Configuration.Type
    ) throws -> (configuration: Configuration, state: TrainingState, file: SafeTensorsFile) {
        let (configuration, file) = try Checkpoint.open(stateURL, kind: kind, madeBy: "\(command) --overwrite", as: type)
        let state = TrainingState(
            step: try read("step", of: file), plan: try read("plan", of: file), generators: try read("generators", of: file))
        guard state.plan.isPossible, (0 ... TrainingPlan.possibleSteps.upperBound).contains(state.step) else {
            throw TrainingError(
                "\(file.url.relativePath): its plan is impossible (step \(state.step), \(try json(state.plan))); "
                    + "start again with --overwrite"
            )
        }
        generators = state.generators
        origin = file.metadata["origin"]
        if let fingerprint = file.metadata["data"] { data = (storedData ?? "other ones", fingerprint) }
        return (configuration, state, file)
    }

    /// The state of a random number generator, as it was saved.
    /// - Throws: `TrainingError` when it is missing: with another the run would go on, but not as if it had never stopped.
    public func generator(_ name: String) throws -> UInt64 {
        guard let state = generators[name] else {
            throw TrainingError(
                "\(stateURL.relativePath): the random number generator '\(name)' is missing in its metadata; start again with --overwrite")
        }
        return state
    }

    /// Puts weights and moments back.
    /// - Throws: what `Checkpoint.fill` throws.
    public func restore(_ file: SafeTensorsFile, model: any Module, optimizers: [any Optimizer]) throws {
        let steps: [Int] = try read("optimizer_steps", of: file)
        guard steps.count == optimizers.count, steps.allSatisfy({ (0 ... TrainingPlan.possibleSteps.upperBound).contains($0) }) else {
            throw TrainingError(
                "\(file.url.relativePath): 'optimizer_steps' are \(steps) for \(optimizers.count) optimizers; start again with --overwrite")
        }
        for name in Checkpoint.companions(of: file).keys { try Checkpoint.checkCompanion(name, of: file, madeBy: "\(command) --overwrite") }
        try Checkpoint.fill(model.tensors + optimizers.flatMap(\.state), from: file)
        for (optimizer, count) in zip(optimizers, steps) { optimizer.stepCount = count }
    }

    private func read<Value: Decodable>(_ key: String, of file: SafeTensorsFile) throws -> Value {
        guard let text = file.metadata[key], let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
            throw TrainingError(
                "\(file.url.relativePath): '\(key)' is missing in its metadata, or is nonsense; start again with --overwrite")
        }
        return value
    }

    /// Keeps another stage's model in the run's folder under `name`, so that the run is complete in itself. The bytes are those that were
    /// opened when training began: the file that they came from may be another by now. The model will say which ones it was trained with.
    public func keep(_ bytes: Data, as name: String) { companions[name] = bytes }

    /// The same from a file, read now.
    /// - Throws: `TrainingError`.
    public func keep(_ source: URL, as name: String) throws {
        guard companions[name] == nil else { return }
        do { companions[name] = try readFile(source) } catch {
            throw TrainingError("\(source.relativePath): cannot be read (\(error)); was it moved while training?")
        }
    }

    /// Call after `backward`, before the step is taken.
    /// - Throws: `TrainingError` when a number has become infinite or none at all.
    public func checkFinite(_ loss: Float, _ gradientNorm: Float, step: Int) throws {
        guard loss.isFinite && gradientNorm.isFinite else {
            throw TrainingError("step \(step): the loss is not a number; \(whatIsKept). Try a lower --learning-rate")
        }
    }

    /// Notes which episodes the run learns from, or checks that a resumed run still has those.
    private func checkData() throws {
        let train = options.run.dataFolder.appendingPathComponent("train")
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: train.path)) ?? []).filter {
            $0.hasSuffix(".safetensors") && !$0.hasPrefix(".")
        }.sorted()
        guard !names.isEmpty else { return }
        var each = [String](repeating: "", count: names.count)
        each.withUnsafeMutableBufferPointer { each in
            nonisolated(unsafe) let each = each
            Workers.split(names.count) { _, range in
                for i in range { each[i] = (try? SafeTensorsFile(contentsOf: train.appendingPathComponent(names[i])).fingerprint()) ?? "" }
            }
        }
        let found = fingerprint(of: zip(names, each).map { $0 + " " + $1 + "\n" }.joined())
        if let data, data.fingerprint != found {
            throw TrainingError(
                "\(train.relativePath): these are not the episodes that run '\(options.run.run)' began with (then \(data.folder)); "
                + "resume it with those, or start another --run NAME")
        }
        data = (options.run.data, found)
    }

    // MARK: The log
    //
    // It is written when the model is saved, not before: until then a run that replaces another has replaced nothing.

    /// Makes the folder, and takes up its log up to and including `step`; later lines, of steps that will be done again, are dropped.
    /// - Throws: `FileError` when the folder cannot be made; `TrainingError` when somebody else is at work there.
    public func begin(at step: Int) throws {
        try makeFolder(folder)
        try lock()
        // Since `init` somebody else may have begun the same.
        if step == 0, !options.overwrite, !options.resume, exists {
            throw TrainingError("\(folder.relativePath): this run exists by now; go on with --resume, or choose another --run NAME")
        }
        removeLeftovers(in: folder.path)
        try checkData()
        replacesAnother = step == 0
        // What is replaced leaves nothing behind, not even what it had measured before its first step.
        let text = step == 0 ? "" : String(decoding: (try? readFile(metricsURL)) ?? Data(), as: UTF8.self)
        metrics = text.split(separator: "\n").compactMap { try? JSONDecoder().decode([String: Double].self, from: Data($0.utf8)) }
            .filter { ($0["step"] ?? .infinity) <= Double(step) }
    }

    /// Adds one object to the log.
    public func log(_ step: Int, _ values: [String: Double]) {
        var line = values.filter { $0.value.isFinite }
        line["step"] = Double(step)
        metrics.append(line)
    }

    /// A chart of logged numbers over the steps.
    public func drawChart(_ name: String, title: String, yLabel: String, of keys: [String], logarithmicY: Bool = false) throws {
        let series = keys.map { key in
            LineChart.Series(key, metrics.compactMap { line in
                guard let x = line["step"], let y = line[key] else { return nil }
                return (x, y)
            })
        }
        try LineChart(title: title, xLabel: "step", yLabel: yLabel, series: series, logarithmicY: logarithmicY).image.writePNG(
            to: file(name))
    }
}
