// WorldCopy.swift - a policy takes the world that it learned in with it, so that its run is complete in itself.

import Foundation
import SafeTensors
import Training
import WorldModels
import Worlds

public struct WorldCopy {
    public let model: any WorldModel
    /// All models of its run, as they were when it was opened.
    private let files: [(name: String, bytes: Data)]

    /// - Throws: what `Worlds.open` throws; `TrainingError` when a file is replaced at this very moment.
    public init(_ folder: URL) throws {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") && $0 != "training-state.safetensors" }.sorted()
        let model = try Worlds.open(folder)
        self.model = model
        files = try names.map { name in (name, try TrainedModel(folder.appendingPathComponent(name)) { _ in model }.bytes) }
    }

    /// Keeps the files in `world/` of a run.
    public func keep(in run: Run) throws {
        try FileManager.default.createDirectory(at: run.file("world"), withIntermediateDirectories: true)
        for (name, bytes) in files { run.keep(bytes, as: "world/\(name)") }
    }
}

/// Opens the run of an agent: its configuration and file, and in world/ the world that it learned in.
/// - Throws: `TrainingError` when that is another one; what opening the two throws.
func openAgent<Configuration: ModelConfiguration, World>(
    _ folder: URL, kind: String, madeBy command: String, world open: (URL) throws -> World, fits: (Configuration, World) -> Bool
) throws -> (configuration: Configuration, world: World, file: SafeTensorsFile) {
    let url = folder.appendingPathComponent("model.safetensors")
    let (configuration, file) = try Checkpoint.open(url, kind: kind, madeBy: command, as: Configuration.self)
    let world = try open(folder.appendingPathComponent("world"))
    guard fits(configuration, world) else {
        throw TrainingError("\(folder.relativePath): world/ is not the one that this agent learned in; "
            + "make the run again with `\(command) --overwrite`")
    }
    return (configuration, world, file)
}
