// TrainActions.swift - which models are trained, and what they are. The two training loops are in the files beside this one.

import ArgumentParser
import Episodes
import Foundation
import InverseDynamics
import Training

@main
struct TrainActions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-actions", abstract: "Learn actions: from video alone (latent), and from a few labels (supervised).",
        discussion: """
            The latent action model goes to checkpoints/NAME, the supervised ones, one for each number of labels, to \
            checkpoints/NAME/labels-50 and so on.
            """)

    enum Model: String, ExpressibleByArgument, CaseIterable { case all, latent, supervised }

    @OptionGroup var options: TrainingOptions
    @Option(help: "What to train: all, latent or supervised. With all, --steps, --batch-size and --learning-rate are for the latent model.")
    var model = Model.all
    @Option(help: "What turns the latent model's latents into codes: fsq or vq.") var quantizer = "fsq"
    @Option(help: "How codes reach the decoder: adaln (AdaLN-Zero) or add.") var conditioning = "adaln"
    @Option(help: "Who names transitions for the encoder: maps (motion maps), or nobody (Genie's way; expect to wait).")
    var teacher = "maps"
    @Option(help: "The number of codes: 2, 4, 8 ... 256.") var codes = 8

    mutating func validate() throws {
        guard codes >= 2, codes <= 256, codes & (codes - 1) == 0 else {
            throw ValidationError("--codes is a power of two from 2 to 256, not \(codes)")
        }
        try options.checkPreset()
    }

    mutating func run() throws {
        Interrupt.watch()
        try takeUpPlan()
        if model != .supervised { try trainLatent() }
        guard model != .latent else { return }
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        if model == .all && !episodes.hasActions {
            return print("no actions in \(episodes.url.relativePath), so there is nothing to train supervised models from")
        }
        for budget in TrainActions.budgets {
            try trainSupervised(labels: budget, episodes)
        }
        // Validation begins with the latent model.
        if PretrainedWeights.hasModel(URL(fileURLWithPath: "checkpoints/\(options.run.run)")) {
            print("Next: validate-actions \(options.run.flags)")
        }
    }

    /// The numbers of labels of the supervised models; nil is all there are.
    static let budgets: [Int?] = [50, 200, 1000, nil]

    /// A resumed command trains what it had not begun as it was asked to when it began.
    private mutating func takeUpPlan() throws {
        let parts = TrainActions.budgets.map { "\(options.run.run)/\(partName($0))" }
        if options.resume, var plan = CommandPlan.stored(in: (model == .supervised ? [] : [options.run.run]) + parts) {
            try plan.take(up: &options)
            (quantizer, conditioning) = (plan.flags["quantizer"] ?? quantizer, plan.flags["conditioning"] ?? conditioning)
            (teacher, codes) = (plan.flags["teacher"] ?? teacher, plan.flags["codes"].flatMap { Int($0) } ?? codes)
            CommandPlan.current = plan
        } else {
            CommandPlan.current = CommandPlan(options, flags: [
                "quantizer": quantizer, "conditioning": conditioning, "teacher": teacher, "codes": "\(codes)"])
        }
    }

    func partName(_ labels: Int?) -> String { labels.map { "labels-\($0)" } ?? "labels-all" }

    /// The shape that both kinds of model start from.
    func shape() throws -> ActionConfiguration {
        var c = options.preset == "tiny" ? ActionConfiguration.tiny : .standard
        (c.quantizer, c.conditioning, c.teacher) = (quantizer, conditioning, teacher)
        c.levels = Array(repeating: 2, count: codes.trailingZeroBitCount)
        try c.check()
        return c
    }

    /// What goes on with a loop that was stopped, and with all that comes after it.
    var toGoOn: String { "train-actions \(options.run.flags) --model \(model.rawValue)" }
}
