// PaintSurfaces.swift - can an eye that knows pictures know shapes?
//
// If they are painted. Of every recorded episode three are made: as it was seen, its distances, and where its surfaces face. An eye that
// has learned from all of them turns any of the three into latents (TesserAct, arXiv 2504.20995, section 3.1, takes one for all, too).

import ArgumentParser
import Episodes
import Foundation
import JetBot
import Pictures
import Recording

struct PaintSurfaces: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "surfaces",
        abstract: "Makes three episodes of each: as it was seen, how far things are, and where their surfaces face.")

    @OptionGroup var data: DataOptions
    @Option(help: "The data folder that is made.") var output = "data/surfaces"
    @Flag(help: "Replace a data set that is there already.") var overwrite = false

    func run() throws {
        let sets = try Split.allCases.filter { $0 == .train || EpisodeSet.exists(data.folder, $0) }.map {
            (split: $0, set: try EpisodeSet(data.folder, $0))
        }
        try makeDataFolder(URL(fileURLWithPath: output), overwrite: overwrite, readingFrom: [data.folder]) { folder in
            for (split, set) in sets {
                let place = folder.appendingPathComponent(split.rawValue)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                print("painting \(set.episodes.count) episodes of \(split.rawValue)")
                for (number, file) in set.episodes.enumerated() {
                    try file.checkSurfaces()
                    let surfaces = file.surfaces()!
                    for (name, frames) in [
                        ("color", Array(file.frames)), ("depth", surfaces.flatMap { $0.depthPicture.pixels }),
                        ("normals", surfaces.flatMap { $0.normalPicture.pixels }),
                    ] {
                        // No longer the simulator's own: nobody may take a painted frame for what its camera sees.
                        let metadata = file.metadata.merging(["source": "surfaces", "shows": name]) { $1 }
                        try Episode(frames: frames, width: file.width, height: file.height, actions: file.actions, metadata: metadata)
                            .write(to: place.appendingPathComponent(String(format: "%04d-%@.safetensors", number, name)))
                    }
                }
            }
        }
    }
}
