// Import.swift - the flags of `episodes import`; the work is done in shared/Sources/Episodes/Import.swift.

import ArgumentParser
import Episodes
import Files
import Foundation

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns PNG frames and GIFs into a data set.",
        discussion: """
            A source is a GIF file, a folder of PNG frames (in natural order: frame-9 before frame-10), or a folder of GIFs \
            and of such folders. Frames are cropped to the square in their middle. With ten or more videos every tenth goes to \
            validation whole; of fewer, the end of each does, since neighboring frames of training and validation would leak.
            """)

    @Argument(help: "GIF files and folders.") var sources: [String]
    @OptionGroup var data: DataOptions
    @Option(help: "A CSV with one action a row, numbers or names; for several videos a folder with NAME.csv for each.") var actions: String?
    @Option(help: "The names of the actions in the order of their numbers, separated by commas.") var actionNames: String?
    @Option(help: "Width and height of a frame.") var size = 64
    @Option(help: "The most frames an episode has.") var length = 64
    @Option(help: "Frames a second of PNG frames; a GIF knows its own.") var fps = 4.0
    @Option(help: "The share of frames, or of whole videos, that is for validation.") var validationShare = 0.1
    @Flag(help: "Replace a data set that is there already.") var overwrite = false

    func validate() throws {
        guard (8 ... 1024).contains(size) else { throw ValidationError("--size must be 8 to 1024, not \(size)") }
        guard (4 ... 100_000).contains(length) else { throw ValidationError("--length must be 4 to 100000, not \(length)") }
        guard EpisodeFile.frameRates.contains(fps) else { throw ValidationError("--fps must be 0.01 to 1000, not \(fps)") }
        guard (0.01 ... 0.5).contains(validationShare) else {
            throw ValidationError("--validation-share must be 0.01 to 0.5, not \(validationShare)")
        }
    }

    func run() throws {
        var videos = VideoImport()
        (videos.size, videos.length, videos.framesPerSecond, videos.validationShare) = (size, length, fps, validationShare)
        videos.actions = actions.map { URL(fileURLWithPath: $0) }
        videos.actionNames = actionNames?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        try videos.run(sources.map { URL(fileURLWithPath: $0) }, into: data.folder, overwrite: overwrite) { print(printable($0)) }
        let counts = try [Split.train, .validation].map { try EpisodeSet(data.folder, $0).episodes.count }
        print(
            "\(counts[0]) training and \(counts[1]) validation episodes in \(data.data); "
                + "look at them with `episodes inspect --data \(shellQuoted(data.data))`"
        )
    }
}
