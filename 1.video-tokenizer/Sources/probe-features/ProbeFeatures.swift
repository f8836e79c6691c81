// ProbeFeatures.swift - which eye still knows where the Kong is? The same linear probe on the features of
// each, and on rivals that learned nothing.

import ArgumentParser
import Episodes
import Files
import Foundation
import FrameCoding
import FrameEncoders
import JointEmbedding
import PublishedDINOv2
import Randomness
import Tensors
import Training

@main
struct ProbeFeatures: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe-features",
        abstract: "Read bearing, distance and visibility of the Kong off frozen features with a linear map, and compare.",
        discussion: """
            The probe is fitted on training episodes and judged on validation episodes and unseen rooms. bearing: mean absolute error in \
            degrees, where \
            the Kong is visible. distance: R² of its logarithm. visible: share of frames told right.
            """)

    @OptionGroup var options: RunOptions
    @Option(parsing: .upToNextOption, help: "More runs to put into the table.") var against: [String] = []
    @Option(help: "A folder with a published DINOv2 to put into the table: config.json and model.safetensors.") var dinov2: String?
    @Option(help: "Take every n-th training frame.") var every = 2

    func validate() throws {
        if !(1 ... 1000).contains(every) { throw ValidationError("--every must be at least 1, and at most 1000") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        var models = try ([options.run] + against).map { try FrameEncoders.open(TrainedRun($0).model) }
        var names = [options.run] + against
        let size = models[0].imageSize
        if let other = zip(names, models).first(where: { $1.imageSize != size }) {
            throw TrainingError(
                "run \(other.0) sees frames of \(other.1.imageSize)x\(other.1.imageSize), \(options.run) of \(size)x\(size); ask about one "
                    + "size at a time")
        }
        if let dinov2 {
            models.append(try DINOv2(folder: URL(fileURLWithPath: dinov2)))
            names.append("DINOv2")
        }
        let train = try ProbedFrames(options.dataFolder, .train, size: size, every: every)
        var judged = [("validation", try ProbedFrames(options.dataFolder, .validation, size: size, every: 1))]
        if EpisodeSet.exists(options.dataFolder, .unseenRooms) {
            judged.append(("unseen rooms", try ProbedFrames(options.dataFolder, .unseenRooms, size: size, every: 1)))
        }

        // Rivals. An untrained encoder of the same shape keeps more than one thinks: it is a random map of the pixels.
        var generator = SeededGenerator(seed: 1), shape = (models[0] as? JointEmbedding)?.configuration ?? .standard
        (shape.objective, shape.imageSize) = (.sigreg, size)
        try shape.check()
        let untrained = JointEmbedding(shape, using: &generator)
        func smallPixels(_ frames: Tensor, side: Int) -> Tensor {
            let (n, H) = (frames.size(0), frames.size(2)), block = H / side
            return frames.reshaped([n * side, block, side * block, 3]).mean(axis: 1).reshaped([n * side * side, block, 3]).mean(axis: 1)
                .reshaped([n, -1])
        }
        var components: PrincipalComponents?
        var eyes: [(name: String, features: (Tensor) -> Tensor)] = [
            ("16x16 pixels", { smallPixels($0, side: 16) }),
            ("64 principal components of pixels", { components!(smallPixels($0, side: 32)) }),
            ("untrained, vector", { untrained.vectors(of: $0) }),
            ("untrained, 16 patches", { flat(untrained.coarseFeatures(of: $0)) }),
        ]
        for (name, model) in zip(names, models) {
            let (places, width) = model.latentShape, embedding = model as? JointEmbedding
            let label = name + (embedding.map { " (\($0.configuration.objective.rawValue))" } ?? "")
            eyes.append(("\(label), \(places)x\(width)", { flat(model.latents(of: $0)) }))
            if let embedding, places == 1 { eyes.append(("\(label), 16 patches", { flat(embedding.coarseFeatures(of: $0)) })) }
        }
        func flat(_ x: Tensor) -> Tensor { x.reshaped([x.size(0), -1]) }
        components = PrincipalComponents(train.features { smallPixels($0, side: 32) }, count: 64)

        func row(_ name: String, _ cells: [String]) -> String {
            name.padding(toLength: 38, withPad: " ", startingAt: 0)
                + cells.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
        }
        print(row("", judged.flatMap { [$0.0, "", ""] }))
        print(row("features", judged.flatMap { _ in ["bearing, °", "distance R²", "visible"] }))
        func cells(_ score: ProbeScore) -> [String] {
            [String(format: "%.1f", score.bearing), String(format: "%.2f", score.distance), String(format: "%.3f", score.visible)]
        }
        print(row("none: the training mean", judged.flatMap { cells(train.scoreOfMean(on: $0.1)) }))
        var written: [String: Double] = [:]
        for (i, eye) in eyes.enumerated() {
            let probe = train.probe(eye.features)
            let scores = judged.map { probe.score(on: $0.1, eye.features) }
            print(row(eye.name, scores.flatMap(cells)))
            // The run's own: its vector where it has one.
            guard i == 4 else { continue }
            for (name, score) in zip(["", "_unseen_rooms"], scores) {
                (written["bearing_degrees" + name], written["distance_r2" + name], written["visible_accuracy" + name]) = (score.bearing,
                    score.distance, score.visible)
            }
        }
        try options.trained.prepareResults()
        try writeAtomically(Data((json(written) + "\n").utf8), to: options.trained.results.appendingPathComponent("probes.json"))
    }
}
