// Score.swift - how good are these pictures, in words?
//
// Pictures in, one reward each out: as a table, and as a curve under the frames. The words are the task's own unless you give
// others. The scorer is the one that you trained, or, with --clip, the one that OpenAI published.

import ArgumentParser
import Foundation
import Pictures
import RewardModel
import Tensors
import Training

@main
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Score pictures by how well they fit sentences.",
        discussion: "reward = sigmoid(scale * (cosine to --positive - cosine to --negative))")

    @Argument(help: "PNG files, GIF files, episodes (.safetensors), in any number.") var pictures: [String]
    @Option(help: "What a good picture shows; given more than once, the mean counts.") var positive = Prompts.positive
    @Option(help: "What a bad picture shows; the same.") var negative = Prompts.negative
    @Option(help: "A folder with a published CLIP: config.json, vocab.json, merges.txt, model.safetensors.") var clip: String?
    @Option(name: .customLong("run"), help: "Your own scorer, in checkpoints/NAME (default: default).") var runName: String?
    @Option(help: "How far apart the cosines are spread (default: the model's own).") var scale: Float?
    @Option(help: "The chart to write, a PNG file.") var output = "score.png"
    @Option(help: "Threads to compute with (default: all cores).") var threads: Int?

    mutating func validate() throws {
        if clip != nil && runName != nil { throw ValidationError("--clip and --run each name a scorer: choose one") }
        if let runName, runName.isEmpty || runName.contains("/") || runName.hasPrefix(".") {
            throw ValidationError("--run is a plain name, not a path: '\(runName)'")
        }
        if let scale, !(scale > 0 && scale.isFinite) { throw ValidationError("--scale must be above 0") }
        if let threads, !(1 ... 1024).contains(threads) { throw ValidationError("--threads must be at least 1, and at most 1024") }
        func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
        if positive.contains(where: isBlank) { throw ValidationError("--positive is empty: say what a good picture shows") }
        if negative.contains(where: isBlank) { throw ValidationError("--negative is empty: say what a bad picture shows") }
        if positive == negative { throw ValidationError("--positive and --negative are the same: every reward would be 0.5") }
        if !output.lowercased().hasSuffix(".png") { throw ValidationError("--output is a PNG file: '\(output)' does not end in .png") }
    }

    func run() throws {
        Workers.count = threads ?? Workers.count
        // What can be wrong is looked at before the long work, and the chart is written last.
        let target = URL(fileURLWithPath: output), urls = pictures.map { URL(fileURLWithPath: $0) }
        try checkOutput(target, inputs: urls)
        // Where a picture is transparent, the published model's own tools show what lies under it.
        let frames = try urls.flatMap { try ScoredFrame.read($0, keepsHidden: clip != nil) }
        guard !frames.isEmpty else { throw TrainingError("there are no pictures to score") }
        try Pictures.checkOutput([target], by: "score")
        let judge = try makeJudge()
        for note in judge.notes(on: positive + negative) { FileHandle.standardError.write(Data("note: \(note)\n".utf8)) }

        let scores = judge.scores(of: frames.map(\.image))
        guard scores.allSatisfy({ $0.reward.isFinite }) else {
            throw TrainingError("\(judge.name): the rewards are not numbers; its weights are damaged, get them again")
        }
        print("\(judge.name): sigmoid(\(judge.formula)), where")
        print((positive.map { "  positive: \($0)" } + negative.map { "  negative: \($0)" }).joined(separator: "\n") + "\n")
        printTable(frames, scores)

        var curves = [(name: "reward", values: scores.map(\.reward))]
        if frames.contains(where: { $0.truth != nil }) { curves.append(("true reward", frames.map { $0.truth ?? .nan })) }
        let title = positive[0].count <= 60 ? positive[0] : positive[0].prefix(57) + "..."
        try Image.rewardCurve(title: title, frames: frames.map(\.image), rewards: curves).writePNG(to: target, by: "score")
        print("\n\(output): the rewards under the frames")
    }

    private func checkOutput(_ target: URL, inputs: [URL]) throws {
        var isFolder: ObjCBool = false
        let parent = target.deletingLastPathComponent()
        guard FileManager.default.fileExists(atPath: parent.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw TrainingError("\(output): there is no folder \(parent.relativePath); make it, or choose another --output")
        }
        if FileManager.default.fileExists(atPath: target.path, isDirectory: &isFolder), isFolder.boolValue {
            throw TrainingError("\(output): a folder has this name; choose another --output")
        }
        if inputs.contains(where: { $0.resolvingSymlinksInPath() == target.resolvingSymlinksInPath() }) {
            throw TrainingError("\(output): is one of the pictures, and would be replaced by the chart; choose another --output")
        }
    }

    private func makeJudge() throws -> any Judge {
        if let clip { return try PublishedJudge(folder: clip, positive: positive, negative: negative, scale: scale) }
        return try TrainedJudge(run: runName ?? "default", positive: positive, negative: negative, scale: scale)
    }

    private func printTable(_ frames: [ScoredFrame], _ scores: [PictureScore]) {
        let width = max(7, frames.map(\.name.count).max()!), hasTruth = frames.contains { $0.truth != nil }
        func line(_ name: String, _ columns: [String]) {
            let padded = columns.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }
            print(name.padding(toLength: width, withPad: " ", startingAt: 0) + padded.joined())
        }
        line("picture", ["reward", "difference"] + (hasTruth ? ["true reward"] : []))
        for (frame, score) in zip(frames, scores) {
            let truth = frame.truth.map { String(format: "%.3f", $0) } ?? "-"
            line(frame.name, [String(format: "%.3f", score.reward), String(format: "%.4f", score.difference)] + (hasTruth ? [truth] : []))
        }
        let rewards = scores.map(\.reward)
        print(String(format: "\n%d pictures: rewards from %.3f to %.3f, mean %.3f", rewards.count, rewards.min()!, rewards.max()!,
                     rewards.reduce(0, +) / Float(rewards.count)))
    }
}
