// Run.swift - one training run and its folder, checkpoints/NAME/.
//
//   model.safetensors            the model, for every later command
//   training-state.safetensors   what --resume needs
//   metrics.jsonl                one JSON object a logged step
//   loss.png, psnr.png,
//   samples.png                  pictures, made anew as the run goes on

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
    /// True until the first save of a run that began anew.
    private var replacesAnother = false

    /// Names the folder of a run. Nothing is written yet: what else can be wrong should come to light first.
    /// - Throws: `TrainingError` when the run exists and is neither to be resumed nor replaced, or is to be resumed and does
    ///   not exist.
    public init(_ options: TrainingOptions, command: String) throws {
        folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run.run)
        let exists = FileManager.default.fileExists(atPath: stateURL.path)
        if options.resume {
            guard exists else {
                throw TrainingError("\(stateURL.relativePath): nothing to resume; start the run with `\(command)` without --resume")
            }
        } else if exists && !options.overwrite {
            throw TrainingError("\(folder.relativePath): this run exists; go on with --resume, replace it with --overwrite, or choose another --run NAME")
        }
    }

    public func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
    public var modelURL: URL { file("model.safetensors") }
    private var stateURL: URL { file("training-state.safetensors") }
    private var metricsURL: URL { file("metrics.jsonl") }

    // MARK: The state of training

    /// Writes the training state first, the largest: a full disk refuses it before anything has changed. Then the log and the model.
    /// - Throws: `FileError`.
    public func save(_ state: TrainingState, model: any Module, optimizers: [any Optimizer], metadata: [String: String]) throws {
        var all = metadata
        all["step"] = "\(state.step)"
        all["plan"] = json(state.plan)
        all["generators"] = json(state.generators)
        all["optimizer_steps"] = json(optimizers.map(\.stepCount))
        try Checkpoint.write(model.tensors + optimizers.flatMap(\.state), metadata: all, to: stateURL)
        try writeAtomically(Data(metrics.map { json($0) + "\n" }.joined().utf8), to: metricsURL)
        try Checkpoint.write(model.tensors, metadata: metadata, to: modelURL)
        // What was measured on the model before says nothing of this one.
        if replacesAnother {
            for name in ["validation.json", "validation.txt"] { try? FileManager.default.removeItem(at: file(name)) }
        }
        replacesAnother = false
    }

    /// Opens the training state to read the plan and configuration, before there is a model.
    /// - Throws: `TrainingError` when it is damaged, or another model's.
    public func openState<Configuration: Decodable>(
        kind: String, madeBy command: String, as type: Configuration.Type
    ) throws -> (configuration: Configuration, state: TrainingState, file: SafeTensorsFile) {
        let (configuration, file) = try Checkpoint.open(stateURL, kind: kind, madeBy: "\(command) --overwrite", as: type)
        let state = TrainingState(
            step: try read("step", of: file), plan: try read("plan", of: file), generators: try read("generators", of: file))
        return (configuration, state, file)
    }

    /// Puts weights and moments back.
    /// - Throws: what `Checkpoint.fill` throws.
    public func restore(_ file: SafeTensorsFile, model: any Module, optimizers: [any Optimizer]) throws {
        let steps: [Int] = try read("optimizer_steps", of: file)
        try Checkpoint.fill(model.tensors + optimizers.flatMap(\.state), from: file)
        for (optimizer, count) in zip(optimizers, steps) { optimizer.stepCount = count }
    }

    private func read<Value: Decodable>(_ key: String, of file: SafeTensorsFile) throws -> Value {
        guard let text = file.metadata[key], let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
            throw TrainingError("\(file.url.relativePath): '\(key)' is missing in its metadata; start again with --overwrite")
        }
        return value
    }

    /// Copies another stage's file into the run's folder under `name`, so that the run is complete in itself.
    /// - Throws: `FileError`.
    public func keep(_ source: URL, as name: String) throws {
        guard source.standardizedFileURL != file(name).standardizedFileURL else { return }
        let bytes: Data
        do { bytes = try Data(contentsOf: source) } catch {
            throw TrainingError("\(source.relativePath): cannot be read (\(error.localizedDescription)); was it moved while training?")
        }
        try writeAtomically(bytes, to: file(name))
    }

    /// Call after `backward`, before the step is taken.
    /// - Throws: `TrainingError` when a number has become infinite or none at all.
    public func checkFinite(_ loss: Float, _ gradientNorm: Float, step: Int) throws {
        guard loss.isFinite && gradientNorm.isFinite else {
            throw TrainingError("step \(step): the loss is not a number; what was saved in \(folder.relativePath) is kept. Try a lower --learning-rate")
        }
    }

    // MARK: The log
    //
    // It is written when the model is saved, not before: until then a run that replaces another has replaced nothing.

    /// Makes the folder, and takes up its log up to and including `step`; later lines, of steps that will be done again, are dropped.
    /// - Throws: `TrainingError` when the folder cannot be made.
    public func begin(at step: Int) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw TrainingError("\(folder.relativePath): cannot make this folder (\(error.localizedDescription)); is a file in its place, and may you write here?")
        }
        replacesAnother = step == 0
        let text = (try? String(contentsOf: metricsURL, encoding: .utf8)) ?? ""
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
        try LineChart(title: title, xLabel: "step", yLabel: yLabel, series: series, logarithmicY: logarithmicY).image.writePNG(to: file(name))
    }
}
