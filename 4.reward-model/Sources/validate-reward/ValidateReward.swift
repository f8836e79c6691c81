// ValidateReward.swift - does the reward know a good picture from a bad one, where no picture was ever labeled?

import ArgumentParser
import Episodes
import Foundation
import JetBot
import Pictures
import Planning
import RewardModel
import Tensors
import Training

@main
struct ValidateReward: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-reward",
        abstract:
            "Measure the scorer on validation episodes and in unseen rooms, beside the pretrained one and the regressors, "
            + "and draw its rewards."
    )

    @OptionGroup var options: RunOptions
    @Option(help: "The run of stage 3 that the robot imagines with: its folder.") var world = "../3.dynamics-model/checkpoints/default"
    @Option(help: "Episodes to drive for each question. 0 measures the reward alone.") var driveEpisodes = 100

    func validate() throws {
        guard (0 ... 100_000).contains(driveEpisodes) else {
            throw ValidationError("--drive-episodes must be 0 to 100000, not \(driveEpisodes)")
        }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let run = options.trained, folder = run.results
        let scorer = try Scorer(checkpoint: run.model)
        // What driving lacks should come to light before the reward has been measured.
        let driving = driveEpisodes > 0 ? try driving(scorer) : nil
        var report = ValidationReport(), pictures: [String] = []
        try run.prepareResults()
        try measureRewards(scorer, of: run, &report, &pictures)
        if let (imagination, training, unseen) = driving {
            print("driving \(driveEpisodes) episodes for each question; success, its 95 % interval, and how long it took:")
            let measured = measureDriving(imagination, training: training, unseen: unseen, episodes: driveEpisodes) { line in
                print(line)
                fflush(stdout)
            }
            report.add(measured, isDefault: isDefault(scorer))
        }
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
        print("pictures: \(folder.relativePath)/ \(pictures.joined(separator: ", "))")
    }

    /// Whether it is the scorer of which the README says what to expect: that of the default preset, from 200 labels.
    private func isDefault(_ scorer: Scorer) -> Bool {
        let c = scorer.model.configuration, usual = ScorerConfiguration.standard
        return (c.embeddingDimensions, c.imageBlocks, c.loss, c.labels) == (usual.embeddingDimensions, usual.imageBlocks, usual.loss, 200)
    }

    /// What the robot plans with, and the rooms in which it drives.
    private func driving(_ scorer: Scorer) throws -> (Imagination, training: [Room], unseen: [Room]?) {
        let imagination = try Imagination(world: PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: world)), scorer: scorer)
        return (imagination, try rooms(of: .train, in: options.dataFolder),
                EpisodeSet.exists(options.dataFolder, .unseenRooms) ? try rooms(of: .unseenRooms, in: options.dataFolder) : nil)
    }

    /// The metrics of all models of the run, and the pictures.
    private func measureRewards(_ scorer: Scorer, of run: TrainedRun, _ report: inout ValidationReport, _ pictures: inout [String]) throws {
        // The weights that come with the workbook are those of the fine-tuned scorer alone.
        let first = run.weights.appendingPathComponent("pretrained/model.safetensors"), folder = run.results
        let zeroShot = run.weights == folder || FileManager.default.fileExists(atPath: first.path)
            ? try Scorer(checkpoint: first, positive: scorer.model.configuration.positive, negative: scorer.model.configuration.negative)
            : nil
        let unknown = "not among these weights"
        func zero(_ value: Double?) -> String { value.map { String(format: "%.3f (zero-shot)", $0) } ?? "" }
        if zeroShot != nil { try Scorer.check(run.model, against: first) }
        let labels = scorer.model.configuration.labels
        let validation = try episodes(.validation, scorer)
        // Videos of one's own may have no unseen rooms; then the validation episodes are all there is.
        let unseen = EpisodeSet.exists(options.dataFolder, .unseenRooms) ? try episodes(.unseenRooms, scorer) : validation

        let there = RewardMeasurement(scorer, unseen), untuned = zeroShot.map { RewardMeasurement($0, unseen) }
        let curve = try labelCurve(run.weights, unseen, scorer: (labels, there))
        func expected(_ range: String) -> String { isDefault(scorer) ? range : "" }
        let regressor = curve.first { $0.labels == labels }?.regressor?.auroc ?? .nan
        report.add("auroc_finetuned", there.auroc, expected: expected("0.97 to 1"),
                   baseline: regressor.isNaN ? "no regressor was trained" : String(format: "%.3f (regressor, as many labels)", regressor))
        report.add("auroc_zero_shot", untuned?.auroc ?? .nan, expected: untuned == nil ? unknown : "", baseline: "0.5 (chance)")
        report.add("auroc_regressor", regressor, baseline: "0.5 (chance)")
        report.add("spearman_finetuned", there.spearman, expected: expected("0.9 to 0.98"), baseline: zero(untuned?.spearman))
        report.add(
            "reward_error", there.error, expected: expected("below 0.1"),
            baseline: String(format: "%.3f (always the median)", there.errorOfMedian))
        let here = RewardMeasurement(scorer, validation)
        report.add("auroc_finetuned_validation", here.auroc, baseline: zero(zeroShot.map { RewardMeasurement($0, validation).auroc }))
        report.add("spearman_finetuned_validation", here.spearman)
        report.add("labels", Double(labels))
        for point in curve.sorted(by: { $0.labels < $1.labels }) {
            if point.labels != labels {
                report.add(
                    "auroc_finetuned_\(point.labels)_labels", point.scorer.auroc,
                    baseline: point.regressor.map { String(format: "%.3f (regressor)", $0.auroc) } ?? "")
            }
            report.add("spearman_regressor_\(point.labels)_labels", point.regressor?.spearman ?? .nan,
                       baseline: String(format: "%.3f (fine-tuned)", point.scorer.spearman))
        }

        func draw(_ name: String, _ image: Image) throws {
            try image.writePNG(to: folder.appendingPathComponent(name))
            pictures.append(name)
        }
        try draw("episode.png", episodePicture(scorer, zeroShot, unseen))
        try draw("rewards.png", rewardHistogram(there))
        try draw("labels.png", labelChart(curve))
        // Videos of one's own have no rooms in which a robot could be turned.
        if let rooms = try? rooms(of: .unseenRooms, in: options.dataFolder) {
            try draw("bearing.png", bearingChart(scorer, zeroShot, in: rooms))
        }
    }

    private func episodes(_ split: Split, _ scorer: Scorer) throws -> EpisodeSet {
        let set = try EpisodeSet(options.dataFolder, split)
        try set.check(size: scorer.model.configuration.imageSize)
        guard set.hasTruth else {
            throw TrainingError("\(set.url.relativePath): not every episode knows its rewards, so there is nothing to compare with")
        }
        return set
    }

    /// All budgets of the run; where a model is missing, its point is too.
    private func labelCurve(_ folder: URL, _ set: EpisodeSet, scorer: (labels: Int, measured: RewardMeasurement)) throws -> [LabelPoint] {
        func model(_ part: String) -> URL? {
            let url = folder.appendingPathComponent(part).appendingPathComponent("model.safetensors")
            return FileManager.default.fileExists(atPath: url.path) ? url : nil
        }
        return try Set([scorer.labels, 50, 200, 1000]).sorted().compactMap { labels in
            let regressor = try model("regressor-\(labels)").map { RewardMeasurement(try Regressor(checkpoint: $0), set) }
            if labels == scorer.labels { return LabelPoint(labels: labels, scorer: scorer.measured, regressor: regressor) }
            return try model("labels-\(labels)").map {
                try Scorer.check($0, against: folder.appendingPathComponent("pretrained/model.safetensors"))
                let other = try Scorer(checkpoint: $0)
                guard other.model.configuration.labels == labels else {
                    throw TrainingError(
                        "\($0.relativePath): was fine-tuned on \(other.model.configuration.labels) labels, not \(labels); "
                            + "train again with --overwrite"
                    )
                }
                return LabelPoint(labels: labels, scorer: RewardMeasurement(other, set), regressor: regressor)
            }
        }
    }
}
