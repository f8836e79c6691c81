// Record.swift - how does the simulated robot fill a data folder?
//
// It babbles through a few rooms. What is for validation comes from the same rooms but other episodes; what is for
// "unseen rooms" from rooms that training never shows. Every episode has a seed of its own, made from the seed of
// the whole, so it is the same on one core or on sixty-four.

import ArgumentParser
import Episodes
import Files
import Foundation
import Recording

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Records the simulated JetBot wandering through rooms with a red Kong.")

    @OptionGroup var data: DataOptions
    @Option(help: "Rooms for training; as many others are unseen.") var rooms = 8
    @Option(help: "Training episodes.") var episodes = 200
    @Option(help: "Validation episodes; as many in unseen rooms.") var validationEpisodes = 24
    @Option(help: "Frames an episode.") var frames = 64
    @Option(help: "Width and height of a frame.") var size = 64
    @Option(help: "Frames a second. At 4 a turning robot moves the picture by an eighth of its width a frame.") var fps: Float = 4
    @Option(help: "The seed of rooms and wanderings.") var seed: UInt64 = 1
    @Option(
        help: "Who drives: babble (an infant that kicks), or noisy-oracle (a person who knows where the Kong is, and is often elsewhere).")
    var driver = Demonstrator.babble
    @Flag(help: "Store the distance of each pixel too (4 bytes a pixel beside 3).") var depth = false
    @Flag(help: "Replace a data set that is there already.") var overwrite = false

    func validate() throws {
        guard (1 ... 10_000).contains(rooms) else { throw ValidationError("--rooms must be 1 to 10000, not \(rooms)") }
        guard (1 ... 1_000_000).contains(episodes) else { throw ValidationError("--episodes must be 1 to 1000000, not \(episodes)") }
        guard (1 ... 1_000_000).contains(validationEpisodes) else {
            throw ValidationError("--validation-episodes must be 1 to 1000000, not \(validationEpisodes)")
        }
        guard (2 ... 100_000).contains(frames) else { throw ValidationError("--frames must be 2 to 100000, not \(frames)") }
        guard (8 ... 1024).contains(size) else { throw ValidationError("--size must be 8 to 1024, not \(size)") }
        guard fps >= 0.1, fps <= 30 else { throw ValidationError("--fps must be 0.1 to 30, not \(fps)") }
    }

    func run() throws {
        let recorder = Recorder(rooms: rooms, frames: frames, size: size, framesPerSecond: fps, seed: seed, depth: depth, driver: driver)
        let plan = [(Split.train, episodes), (.validation, validationEpisodes), (.unseenRooms, validationEpisodes)]
        let total = plan.reduce(0) { $0 + $1.1 }
        let bytes = Double(total) * Double(frames * size * size) * (depth ? 7 : 3)

        let begin = Date()
        try makeDataFolder(data.folder, overwrite: overwrite) { folder in
            print("recording \(total) episodes of \(frames) frames of \(size)x\(size), about \(Int(bytes / 1e6) + 1) MB, into \(data.data)")
            let progress = CountedProgress(total: total)
            for (split, count) in plan {
                try recorder.write(count, of: split, to: folder.appendingPathComponent(split.rawValue), advance: progress.advance)
            }
        }
        let seconds = Date().timeIntervalSince(begin)
        print(String(format: "%d frames in %.0f s (%.0f a second); look at them with `episodes inspect --data %@`",
                     total * frames, seconds, Double(total * frames) / seconds, shellQuoted(data.data)))
    }
}

/// One line that counts up on a terminal; nothing when piped.
private final class CountedProgress {
    private let total: Int, isTerminal = isatty(STDOUT_FILENO) == 1
    private let lock = NSLock()
    private var count = 0

    init(total: Int) { self.total = total }

    func advance() {
        lock.withLock {
            count += 1
            guard isTerminal else { return }
            print("\r\u{1B}[Kepisode \(count)/\(total)", terminator: count == total ? "\n" : "")
            fflush(stdout)
        }
    }
}

extension Demonstrator: ExpressibleByArgument {}
