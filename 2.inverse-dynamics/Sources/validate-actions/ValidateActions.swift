// ValidateActions.swift - do the codes mean actions, does the decoder obey them, and how many labels would have done the same?

import ArgumentParser
import Episodes
import Foundation
import InverseDynamics
import Pictures
import Randomness
import Tensors
import Training

@main
struct ValidateActions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-actions",
        abstract: "Measure the latent and the supervised models on validation episodes and unseen rooms, and draw what they do.")

    @OptionGroup var options: RunOptions

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let run = options.trained, folder = run.results
        let model = try LatentActionModel(checkpoint: run.model)
        let training = try EpisodeSet(options.dataFolder, .train), validation = try EpisodeSet(options.dataFolder, .validation)
        let unseen = EpisodeSet.exists(options.dataFolder, .unseenRooms) ? try EpisodeSet(options.dataFolder, .unseenRooms) : nil
        let measured = [validation] + (unseen.map { [$0] } ?? []), length = model.configuration.frames
        for set in [training] + measured { try set.check(size: model.configuration.imageSize) }
        for set in measured where set.places(length: length).isEmpty {
            throw TrainingError("\(set.url.relativePath): no episode has the \(length) frames of a clip; record or import longer ones")
        }
        // Where nobody named the actions, a split may hold fewer than there are.
        let known = training.allActionNames, actionCount = ([training] + measured).map(\.actionCount).max()!
        let actionNames = known + (known.count ..< actionCount).map { "\($0)" }
        func codeTable(_ set: EpisodeSet, every step: Int = 1) -> CodeTable {
            var table = CodeTable(codes: model.configuration.codes, actions: actionCount)
            for i in stride(from: 0, to: set.episodes.count, by: step) {
                table.add(model.codes(ofEpisode: i, in: set), set.episodes[i].actions!)
            }
            return table
        }

        // Codes get their names on training episodes, before validation begins.
        let names = training.hasActions ? codeTable(training, every: max(1, training.episodes.count / 50)).names : nil
        let seen = PredictionMeasurement(model, validation), table = validation.hasActions ? codeTable(validation) : nil

        // What to expect is known of the default model only: with two codes, or half a minute of training, other numbers are right.
        func expected(_ range: String) -> String { model.configuration == .standard ? range : "" }
        let commonest = table.map { String(format: "%.3f (commonest action)", $0.majorityAccuracy) } ?? "no actions here"
        let copy = seen.movingCopy.map { String(format: "%.2f (copy of the last)", $0) } ?? "nothing moves here"
        var report = ValidationReport()
        report.add("action_accuracy", accuracy(table, names), expected: expected("0.93 to 0.995"), baseline: commonest)
        report.add("action_nmi", table?.normalizedMutualInformation, expected: expected("0.75 to 0.91"), baseline: "0 (chance)")
        report.add("majority_accuracy", table?.majorityAccuracy)
        report.add("codes_used", Double(seen.codesUsed), expected: expected("5 to 8"), baseline: "\(model.configuration.codes) codes")
        report.add("delta_psnr_db", seen.delta, expected: expected("above 2"), baseline: "0 (a code ignored)")
        report.add("next_frame_psnr_db", seen.moving, expected: expected("3 above the copy"), baseline: copy)
        report.add("copy_last_psnr_db", seen.movingCopy)
        var elsewhere: CodeTable?
        if let unseen {
            let there = PredictionMeasurement(model, unseen)
            elsewhere = unseen.hasActions ? codeTable(unseen) : nil
            report.add(
                "action_accuracy_unseen_rooms", accuracy(elsewhere, names),
                baseline: elsewhere.map { String(format: "%.3f", $0.majorityAccuracy) } ?? "")
            report.add("action_nmi_unseen_rooms", elsewhere?.normalizedMutualInformation)
            report.add("delta_psnr_unseen_rooms_db", there.delta)
            report.add(
                "next_frame_psnr_unseen_rooms_db", there.moving,
                baseline: there.movingCopy.map { String(format: "%.2f (copy of the last)", $0) } ?? "nothing moves here")
            report.add("copy_last_psnr_unseen_rooms_db", there.movingCopy)
        }
        try run.prepareResults()
        var pictures = ["futures.png", "predictions.png"]
        if let table, let names {
            let curve = try labelCurve(model, training, validation, unseen, table, folder, &report)
            if !curve.isEmpty {
                try labelChart(curve).writePNG(to: folder.appendingPathComponent("labels.png"))
                pictures.append("labels.png")
            }
            try codePicture(table, names: names, actionNames: actionNames).writePNG(to: folder.appendingPathComponent("codes.png"))
            pictures.append("codes.png")
        }
        if let picture = gatePicture(model, names: names?.map { actionNames[$0] }) {
            try picture.writePNG(to: folder.appendingPathComponent("gates.png"))
            pictures.append("gates.png")
        }
        try futures(model, validation, names: names?.map { actionNames[$0] }).writePNG(to: folder.appendingPathComponent("futures.png"))
        try predictions(model, validation).writePNG(to: folder.appendingPathComponent("predictions.png"))
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
        print("pictures: \(folder.relativePath)/ \(pictures.joined(separator: ", "))")
    }

    private func accuracy(_ table: CodeTable?, _ names: [Int]?) -> Double? {
        guard let table, let names else { return nil }
        return table.accuracy(naming: names)
    }

    /// Accuracy on validation episodes for each budget of labels: the supervised model trained on them, and the codes named by as many.
    private func labelCurve(
        _ model: LatentActionModel, _ training: EpisodeSet, _ validation: EpisodeSet, _ unseen: EpisodeSet?, _ table: CodeTable,
        _ folder: URL, _ report: inout ValidationReport
    ) throws -> [LabelPoint] {
        var curve: [LabelPoint] = []
        for name in ["labels-50", "labels-200", "labels-1000", "labels-all"] {
            let url = folder.appendingPathComponent(name).appendingPathComponent("model.safetensors")
            guard FileManager.default.fileExists(atPath: url.path) else { continue }
            let supervised = try InverseDynamicsModel(checkpoint: url)
            if let said = Int(name.dropFirst("labels-".count)), said != supervised.configuration.labels {
                throw TrainingError(
                    "\(url.relativePath): was trained on \(supervised.configuration.labels) labels, not \(said); is it a copy of another?")
            }
            func accuracy(_ set: EpisodeSet) -> Double {
                var right = 0, all = 0
                for i in set.episodes.indices {
                    let truth = set.episodes[i].actions!
                    right += zip(supervised.actions(ofEpisode: i, in: set), truth).filter { $0 == $1 }.count
                    all += truth.count
                }
                return Double(right) / Double(all)
            }
            let labels = supervised.configuration.labels, supervisedAccuracy = accuracy(validation)
            let named = table.accuracy(naming: try names(model, training, labels: labels))
            curve.append(LabelPoint(labels: labels, supervised: supervisedAccuracy, named: named))
            if name == "labels-all" {
                report.add(
                    "idm_accuracy", supervisedAccuracy, expected: model.configuration == .standard ? "0.97 to 1" : "",
                    baseline: String(format: "%.3f (commonest action)", table.majorityAccuracy))
                report.add("idm_labels", Double(labels))
                if let unseen, unseen.hasActions { report.add("idm_accuracy_unseen_rooms", accuracy(unseen)) }
            } else {
                report.add(
                    "idm_accuracy_\(labels)_labels", supervisedAccuracy,
                    baseline: String(format: "%.3f (codes named by as many labels)", named))
                report.add("named_codes_accuracy_\(labels)_labels", named)
            }
        }
        return curve
    }

    /// Names for the codes from a budget of labels alone, as many as there are. More than 1,000 change nothing any more.
    private func names(_ model: LatentActionModel, _ training: EpisodeSet, labels: Int) throws -> [Int] {
        let budget = try LabelBudget(training, count: min(labels, 1000, training.episodes.reduce(0) { $0 + $1.frameCount - 1 }), seed: 1)
        var table = CodeTable(codes: model.configuration.codes, actions: training.actionCount)
        for first in stride(from: 0, to: budget.places.count, by: 64) {
            let part = first ..< min(first + 64, budget.places.count)
            table.add(model.codes(of: training.clips(at: Array(budget.places[part]), length: 2).frames), Array(budget.actions[part]))
        }
        return table.names
    }
}
