// PackWeights.swift - how does a trained model become small enough to travel with its source?
//
// In half precision: what a model knows does not hang on the last 13 bits of a number. What it is and its configuration stay with it, so
// every command opens the packed file as it opens the original.

import ArgumentParser
import Files
import Foundation
import SafeTensors
import Training

@main
struct PackWeights: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack-weights", abstract: "Write a copy of a model in half precision (F16).")

    @Argument(help: "The model, a file such as checkpoints/default/model.safetensors.") var source: String
    @Argument(help: "The file to write, such as pretrained/model.safetensors.") var target: String
    @Option(help: "Leave out tensors whose names begin so, such as what only training needs.") var without: String?

    func run() throws {
        let file = try SafeTensorsFile(contentsOf: URL(fileURLWithPath: source)), url = URL(fileURLWithPath: target)
        guard url.standardizedFileURL != file.url.standardizedFileURL else {
            throw TrainingError("\(target): would replace the model it is made from; name another file")
        }
        // What lies beside a packed model is packed too, and has other bytes than those that it was trained with.
        var writer = SafeTensorsWriter(metadata: file.metadata.filter { $0.key != "companions" }), furthest: Float = 0
        for name in file.names where without.map({ !name.hasPrefix($0) }) ?? true {
            let numbers = try file.floats(name)
            // Beyond 65,504 a half is infinite.
            guard numbers.allSatisfy({ Float16($0).isFinite }) else {
                throw TrainingError("\(source): '\(name)' holds a number that F16 cannot; keep the file as it is")
            }
            furthest = numbers.reduce(furthest) { max($0, abs($1 - Float(Float16($1)))) }
            writer.add(name, shape: file.entries[name]!.shape, halves: numbers)
        }
        try makeFolder(url.deletingLastPathComponent())
        try writer.write(to: url)
        let bytes = (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? 0
        print(String(format: "%@: %.2f MB, no number moved by more than %.5f", target, Double(bytes) / 1e6, furthest))
    }
}
