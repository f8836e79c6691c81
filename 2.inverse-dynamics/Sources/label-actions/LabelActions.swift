// LabelActions.swift - how does a video without actions become one with actions?
//
// A trained model looks at each two frames and writes down what was done between them. The new data folder is a copy of the
// old one with `actions` in every episode, so stage 3 can train on any video.

import ArgumentParser
import Episodes
import Foundation
import InverseDynamics
import Tensors
import Training

@main
struct LabelActions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label-actions", abstract: "Write inferred actions into episodes that have none.")

    enum Model: String, ExpressibleByArgument, CaseIterable { case latent, supervised }

    @OptionGroup var options: RunOptions
    @Option(help: "Who labels: the run's latent model (codes) or its supervised model with all labels (actions).") var model = Model.latent
    @Option(help: "The data folder to write.") var output: String
    @Flag(help: "Label episodes that have actions too; their own are lost in the copy.") var relabel = false
    @Flag(help: "Replace the output folder if there is one.") var overwrite = false

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let label: (Int, EpisodeSet) -> [Int], names: [String], size: Int
        switch model {
        case .latent:
            let model = try LatentActionModel(checkpoint: options.trained.model)
            (names, size) = ((0 ..< model.configuration.codes).map { "code \($0)" }, model.configuration.imageSize)
            label = { model.codes(ofEpisode: $0, in: $1) }
        case .supervised:
            let model = try InverseDynamicsModel(checkpoint: TrainedRun("\(options.run)/labels-all").model)
            (names, size) = (model.configuration.actionNames, model.configuration.encoder.imageSize)
            label = { model.actions(ofEpisode: $0, in: $1) }
        }

        let data = options.dataFolder, target = URL(fileURLWithPath: output)
        guard target.standardizedFileURL.resolvingSymlinksInPath() != data.standardizedFileURL.resolvingSymlinksInPath() else {
            throw TrainingError("\(output): the labeled copy cannot replace the data it is made from; choose another --output")
        }
        let splits = Split.allCases.filter { EpisodeSet.exists(data, $0) }
        guard !splits.isEmpty else {
            throw TrainingError("\(data.relativePath): there are no episodes here; make some with `episodes import`")
        }
        let sets = try splits.map { try EpisodeSet(data, $0) }
        for set in sets {
            try set.check(size: size)
            if !relabel, let known = set.episodes.first(where: { $0.actions != nil }) {
                throw TrainingError("\(known.url.relativePath): has actions already; --relabel writes inferred ones in their place")
            }
        }
        var counts = [Int](repeating: 0, count: names.count)
        try makeDataFolder(target, overwrite: overwrite, readingFrom: [data]) { folder in
            for (split, set) in zip(splits, sets) {
                let into = folder.appendingPathComponent(split.rawValue)
                try FileManager.default.createDirectory(at: into, withIntermediateDirectories: true)
                for (i, file) in set.episodes.enumerated() {
                    var episode = try Episode(contentsOf: file.url)
                    let actions = label(i, set)
                    for action in actions { counts[action] += 1 }
                    episode.actions = actions
                    episode.metadata["action_names"] = names.joined(separator: ",")
                    episode.metadata["actions_inferred_by"] = model.rawValue
                    try episode.write(to: into.appendingPathComponent(file.url.lastPathComponent))
                }
            }
        }
        print("\(output): \(sets.reduce(0) { $0 + $1.episodes.count }) episodes labeled")
        for (name, count) in zip(names, counts) { print("  \(name): \(count)") }
    }
}
