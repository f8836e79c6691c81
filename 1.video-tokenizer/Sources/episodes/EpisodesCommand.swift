// EpisodesCommand.swift - where do the frames come from that everything learns from?
//
// `record` lets the simulated robot wander, `import` takes any other video, `inspect` shows what was got, `surfaces` paints shapes. All
// work on a data folder: train/, validation/ and unseen-rooms/ with a safetensors file an episode.

import ArgumentParser
import Foundation

@main
struct EpisodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "episodes",
        abstract: "Records, imports and inspects the episodes that models are trained on.",
        subcommands: [Record.self, Import.self, Inspect.self, PaintSurfaces.self])
}

/// Where the data set is.
struct DataOptions: ParsableArguments {
    @Option(help: "The data folder, with train/, validation/ and unseen-rooms/ inside.")
    var data = "data/default"

    var folder: URL { URL(fileURLWithPath: data) }
}
