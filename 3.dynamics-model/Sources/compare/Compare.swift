// Compare.swift - several models, the same clips, one table.

import ArgumentParser
import Episodes
import Files
import Foundation
import Pictures
import SafeTensors
import Tensors
import Training
import WorldModels
import Worlds
import Yardsticks

@main
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Let several runs, of any kind, imagine the same clips: one table, one chart, one sheet.")

    @Argument(help: "Runs: names of this stage's, or folders.") var runs: [String]
    @Option(help: "The folder of episodes, with validation/ inside.") var data = "data/default"
    @Option(help: "The split: validation or unseen-rooms.") var split = Split.validation.rawValue
    @OptionGroup var sampling: SamplingOptions
    @OptionGroup var yardsticks: YardstickOptions
    @Option(help: "Threads to compute with (default: all cores).") var threads: Int?
    @Option(help: "Where comparison.json, comparison.txt, comparison.png and comparison-rollouts.png go.") var output = "comparison"

    func validate() throws {
        if runs.isEmpty { throw ValidationError("name at least one run") }
        if Split(rawValue: split) == nil { throw ValidationError("--split is train, validation or unseen-rooms, not '\(split)'") }
        if split == Split.train.rawValue { throw ValidationError("--split train: no model is judged on what it learned from") }
        if let threads, !(1 ... 1024).contains(threads) { throw ValidationError("--threads must be at least 1, and at most 1024") }
    }

    /// The columns of the table, as they are named in `validation.json`.
    private static let columns = [
        ("rollout_psnr_db", "PSNR"), ("sample_psnr_db", "sample"), ("delta_psnr_db", "delta"), ("sharpness", "sharp"),
        ("frechet_distance", "Frechet"),
        ("kong_bearing_within_10_degrees", "Kong"), ("frames_per_second", "frames/s"), ("parameters", "parameters"),
        ("training_minutes", "minutes"),
    ]

    func run() throws {
        Workers.count = threads ?? Workers.count
        let folders = runs.map { URL(fileURLWithPath: $0.contains("/") ? $0 : "checkpoints/\($0)") }
        let worlds = try folders.map { try Worlds.open(PretrainedWeights.folder(insteadOf: $0)) }
        if let other = worlds.firstIndex(where: { $0.imageSize != worlds[0].imageSize }) {
            throw TrainingError("\(folders[other].relativePath): imagines frames of \(worlds[other].imageSize)x\(worlds[other].imageSize), "
                + "\(folders[0].relativePath) \(worlds[0].imageSize)x\(worlds[0].imageSize); compare runs of one size")
        }
        let eye = try yardsticks.openEye(for: worlds[0].imageSize)
        let clips = try yardsticks.open(URL(fileURLWithPath: data), Split(rawValue: split)!, for: worlds)
        let place = URL(fileURLWithPath: output)
        try makeFolder(place, remedy: "name another with --output")

        var table: [(name: String, values: [String: Double])] = [], drawn: [(name: String, rollouts: Rollouts)] = []
        for (folder, world) in zip(folders, worlds) {
            let name = folder.lastPathComponent
            print("\(name): imagining \(clips.count) clips")
            let measured = try MeasuredWorld(world, clips, seenThrough: eye, sampling: sampling.sampling, samples: yardsticks.samples)
            var values = Dictionary(uniqueKeysWithValues: measured.rows.map { ($0.name, $0.value) })
            values["frames_per_second"] = framesPerSecond(world, clips, sampling.sampling)
            values["parameters"] = Double(world.parameterCount)
            values["training_minutes"] = trainingMinutes(folder)
            table.append((name, values))
            drawn.append((name, measured.rollouts))
        }
        var copy = [
            "rollout_psnr_db": clips.moving(clips.copyPSNR), "delta_psnr_db": 0, "kong_bearing_within_10_degrees": clips.copiedKongs.share,
        ]
        if let eye {
            let last = clips.frames.sliced(axis: 1, TrueClips.context - 1 ..< TrueClips.context)
            copy["frechet_distance"] = frechetDistance(
                .concatenated(Array(repeating: last, count: TrueClips.horizon), axis: 1), clips.future, in: eye)
        }
        table.append(("copy of the last frame", copy))
        if let carried = carriedOver(clips) {
            table.append(("true geometry", [
                "rollout_psnr_db": clips.moving(clips.psnrs(carried)), "sharpness": sharpness(carried, of: clips.future),
                        "frechet_distance": eye.map { frechetDistance(carried, clips.future, in: $0) } ?? .nan,
                        "kong_bearing_within_10_degrees": clips.kongs(carried).share
            ]))
        }

        let text = self.text(table)
        print(text)
        let object = Dictionary(
            table.map { ($0.name, $0.values.mapValues { $0.isFinite ? $0 : nil as Double? }) }, uniquingKeysWith: { $1 })
        try writeAtomically(Data((json(object) + "\n").utf8), to: place.appendingPathComponent("comparison.json"))
        try writeAtomically(Data((text + "\n").utf8), to: place.appendingPathComponent("comparison.txt"))
        try comparisonChart(drawn).writePNG(to: place.appendingPathComponent("comparison.png"))
        try comparisonSheet(drawn).writePNG(to: place.appendingPathComponent("comparison-rollouts.png"))
        print("\(place.relativePath)/ comparison.json, comparison.txt, comparison.png, comparison-rollouts.png")
    }

    private func text(_ table: [(name: String, values: [String: Double])]) -> String {
        let width = table.map(\.name.count).max()!
        func line(_ name: String, _ cells: [String]) -> String {
            name.padding(toLength: width, withPad: " ", startingAt: 0)
                + cells.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
        }
        return ([line("", Compare.columns.map(\.1))] + table.map { name, values in
            line(name, Compare.columns.map { column, _ in
                guard let value = values[column], value.isFinite else { return "-" }
                        return value == value.rounded() && abs(value) >= 10
                            ? String(Int(value)) : String(format: abs(value) < 10 ? "%.3f" : "%.2f", value)
            })
        }).joined(separator: "\n")
    }
}
