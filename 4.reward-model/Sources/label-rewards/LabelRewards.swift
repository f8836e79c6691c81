// LabelRewards.swift - a person looks at frames, one after the other, and says how good each is.

import ArgumentParser
import Episodes
import Files
import Foundation
import LocalPages
import RewardModel
import Training

@main
struct LabelRewards: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label-rewards",
        abstract: "Label frames by hand: a page on which a key says how good a frame is. `train-reward --labels` learns from the file.",
        discussion: """
            The page is for this machine's browsers and for no other's. Frames of the training episodes come in a random order. \
            Every label is written at once, so stopping is no loss: the next time it goes on with the first frame that has none.
            """)

    @Option(help: "The folder of episodes, with train/ inside.") var data = "../1.video-tokenizer/data/default"
    @Option(help: "The file of labels: it is gone on with where it is there.") var labels = "data/labels.csv"
    @Option(help: "How many frames to label.") var count = 200
    @Option(help: "The seed of the order in which frames are asked about.") var seed: UInt64 = 1
    @Option(help: "The page's port; 0 takes any free one.") var port = 8080

    func validate() throws {
        guard (1 ... 100_000).contains(count) else { throw ValidationError("--count must be 1 to 100000, not \(count)") }
        guard (0 ... 65535).contains(port) else { throw ValidationError("--port must be 0 to 65535, not \(port)") }
    }

    func run() throws {
        let episodes = try EpisodeSet(URL(fileURLWithPath: data), .train), url = URL(fileURLWithPath: labels)
        let file = try LabelFile(url, of: episodes)
        try makeFolder(url.deletingLastPathComponent(), remedy: "name another file with --labels")
        print("\(url.relativePath): \(file.places.count) labels so far")
        try WebServer.run(LabelingPage(file, episodes, count: count, seed: seed), port: UInt16(port), of: "label-rewards")
    }
}
