// PixelRegressionRun.swift - a world model that needs no training: stage 2's decoder, and what a person calls its codes.

import ArgumentParser
import Episodes
import Files
import Foundation
import InverseDynamics
import PixelRegression
import SafeTensors
import Tensors
import Training
import WorldModels

struct PixelRegressionRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixel-regression",
        abstract: "Make a run of stage 2's decoder: the plain regressor beside which every model must stand.")

    @Option(help: "The folder of episodes, with train/ inside: they name the actions.") var data = "data/default"
    @Option(name: .customLong("run"), help: "The name of the run: its files are in checkpoints/NAME.") var name = "pixel-regression"
    @Option(help: "The run of stage 2 whose decoder it is.") var actionModel = "../2.inverse-dynamics/checkpoints/default"
    @Option(help: "How many frames of the past it looks at.") var lookBack = 1
    @Flag(help: "Carry over what was seen to where actions take it, and show it where the drawn picture agrees.") var carry = false
    @Flag(help: "Replace a run of the same name.") var overwrite = false

    func validate() throws {
        if name.isEmpty || name.contains("/") || name.hasPrefix(".") {
            throw ValidationError("--run is a plain name, not a path: '\(name)'")
        }
    }

    func run() throws {
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(name),
            file = folder.appendingPathComponent("model.safetensors")
        if FileManager.default.fileExists(atPath: file.path), !overwrite {
            throw TrainingError("\(folder.relativePath): this run exists; replace it with --overwrite, or choose another --run NAME")
        }
        let source = PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: actionModel))
        let namer = try TrainedModel(source.appendingPathComponent("model.safetensors")) { try LatentActionModel(checkpoint: $0) }
        let episodes = try EpisodeSet(URL(fileURLWithPath: data), .train)
        try episodes.check(size: namer.model.configuration.imageSize)
        let codes = try EpisodeCache.actions(episodes, namedBy: namer)
        let configuration = PixelRegression.Configuration(
            actionModel: namer.model.configuration,
            commands: Command.named(episodes, actions: codes, codes: namer.model.configuration.codes),
            framesPerSecond: episodes.episodes[0].framesPerSecond ?? 4, lookBack: lookBack, carries: carry ? true : nil)
        try configuration.check()
        let world = PixelRegression(configuration, namer.model)
        if let flow = world.flow {
            print("looking where the pixels of each of \(namer.model.configuration.codes) actions come from")
            flow.find(in: episodes, actions: codes, beside: namer.model)
        }
        try makeFolder(folder)
        // What was measured on a model before says nothing of this one.
        for name in ["validation.json", "validation.txt", "metrics.jsonl", "training-state.safetensors"] {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
        try Checkpoint.write(
            world.tensors, metadata: Checkpoint.metadata(kind: PixelRegression.kind, configuration: configuration), to: file)
        // What it cost was paid in stage 2.
        if let log = try? Data(contentsOf: source.appendingPathComponent("metrics.jsonl")) {
            try writeAtomically(log, to: folder.appendingPathComponent("metrics.jsonl"))
        }
        print(
            "\(file.relativePath): \(namer.model.parameterCount) parameters, trained in stage 2. Next: "
                + "validate-dynamics --data \(shellQuoted(data)) --run \(shellQuoted(name))"
        )
    }
}
