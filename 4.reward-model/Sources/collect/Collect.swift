// Collect.swift - what does a world model never see that learned from somebody who babbled?
//
// The places to which a robot comes that knows what it wants. So a trained policy drives, and what it saw and did is added to the episodes
// that there were: a data set for a second round, of the world and then of the policy (World Models, arXiv 1803.10122, section 5).

import ArgumentParser
import Episodes
import Files
import Foundation
import JetBot
import Planning
import Policies
import Recording
import Tensors
import Training

@main
struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Let a trained policy drive, and make a data set of the old episodes and of what it saw and did.",
        discussion: "Episodes for validation stay what they were, so that what learns from either data set is measured on the same.")

    @OptionGroup var options: RunOptions
    @Option(help: "The folder of the new data set.") var into: String
    @Option(help: "Episodes that the policy drives.") var episodes = 100
    @Option(help: "Frames of each.") var frames = 64
    @Option(help: "The seed of the starts, and of what the policy draws.") var seed: UInt64 = 2
    @Flag(help: "Replace a data set that is there already.") var overwrite = false

    func validate() throws {
        guard (1 ... 1_000_000).contains(episodes) else { throw ValidationError("--episodes must be 1 to 1000000, not \(episodes)") }
        guard (2 ... 100_000).contains(frames) else { throw ValidationError("--frames must be 2 to 100000, not \(frames)") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let run = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run), policy = try Policies.open(run)
        let rooms = try Planning.rooms(of: .train, in: options.dataFolder), rate = Float(policy.framesPerSecond)
        let starts = driveStarts(in: rooms, count: episodes, .anywhere, framesPerSecond: rate, seed: seed)
        let recorder = Recorder(rooms: 1, frames: frames, size: policy.imageSize, framesPerSecond: rate)
        let old = try Split.allCases.filter { split in
            FileManager.default.fileExists(atPath: options.dataFolder.appendingPathComponent(split.rawValue).path)
        }.map { split in
            let set = try EpisodeSet(options.dataFolder, split)
            try set.check(size: policy.imageSize)
            return (split: split, files: set.episodes.map(\.url))
        }

        try makeDataFolder(URL(fileURLWithPath: into), overwrite: overwrite, readingFrom: [options.dataFolder, run]) { folder in
            for (split, files) in old {
                let place = folder.appendingPathComponent(split.rawValue)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                for file in files { try FileManager.default.copyItem(at: file, to: place.appendingPathComponent(file.lastPathComponent)) }
            }
            for (number, start) in starts.enumerated() {
                let name = "train/\(options.run)-" + String(format: "%04d.safetensors", number)
                guard !FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) else {
                    throw TrainingError(
                        "\(options.data): holds episodes that '\(options.run)' drove already; collect from the first data set")
                }
                try driven(from: start, by: policy, recorder, seed: seed &+ UInt64(number)).write(to: folder.appendingPathComponent(name))
            }
        }
        print("\(old.first { $0.split == .train }!.files.count) episodes of \(options.data) and \(episodes) that '\(options.run)' drove: "
            + "\(into). Next: train-dynamics ... --data \(shellQuoted(into))")
    }

    /// An episode that goes on when the toy is found, as recorded ones do.
    private func driven(from start: World, by policy: any TrainedPolicy, _ recorder: Recorder, seed: UInt64) -> Episode {
        let driver = PolicyDriver(policy, seed: seed), camera = Camera(width: policy.imageSize, height: policy.imageSize)
        driver.begin(episodes: 1)
        var actions: [Action] = []
        var episode = recorder.episode(from: start) { world in
            // A mind needs what it sees now, and what it did last.
            let now = Situation(episode: 0, world: world, frames: [camera.pixels(of: world)], actions: actions)
            actions.append(driver.decide([now])[0])
            return actions.last!
        }
        episode.metadata["driver"] = options.run
        return episode
    }
}
