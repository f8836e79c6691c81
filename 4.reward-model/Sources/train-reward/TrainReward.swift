// TrainReward.swift - which models are trained, and in which order. The two training loops are in the files beside this one.

import ArgumentParser
import Episodes
import Files
import Foundation
import RewardModel
import Training

@main
struct TrainReward: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-reward", abstract: "Learn to score pictures by words: pretrain on captions, fine-tune on a few labels.",
        discussion: """
            The scorer goes to checkpoints/NAME, what it was pretrained as to checkpoints/NAME/pretrained; with other numbers of labels to \
            NAME/labels-50 and so on, and \
            the regressors from scratch to NAME/regressor-50 and so on.
            """)

    enum Stage: String, ExpressibleByArgument, CaseIterable { case all, pretrain, finetune, regressors }

    @OptionGroup var options: TrainingOptions
    @Option(
        help:
            "What to train: all, pretrain, finetune or regressors. With all, --steps, --batch-size and --learning-rate are for pretraining."
    )
    var stage = Stage.all
    @Option(help: "What pictures and captions are compared by: sigmoid (SigLIP) or infonce (CLIP).") var loss = ContrastiveLoss.sigmoid
    @Option(help: "Pictures with captions to pretrain on (default: the preset's). They are made when training begins.") var pictures: Int?
    @Option(help: ArgumentHelp("A file of labels that a person gave (`label-rewards`): all that is known of rewards, "
        + "in place of answers that are made from the simulator's truth."))
    var labels: String?
    /// The labels of that file.
    private(set) var given: RewardLabels?

    enum CodingKeys: CodingKey { case options, stage, loss, pictures, labels }

    mutating func validate() throws {
        try options.checkPreset()
        if let pictures, !(64 ... 1_000_000).contains(pictures) {
            throw ValidationError("--pictures must be 64 to 1000000, not \(pictures)")
        }
    }

    mutating func run() throws {
        Interrupt.watch()
        try takeUpPlan()
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: shape().imageSize)
        // If there are too few, better now than after pretraining.
        if let labels {
            given = try RewardLabels(LabelFile(URL(fileURLWithPath: labels), of: episodes), seed: options.seed ?? 1)
        } else { _ = try RewardLabels(episodes, count: budgets.max()!, seed: 1) }
        if stage == .all || stage == .pretrain { try pretrain() }
        if stage == .all || stage == .finetune {
            for count in budgets { try fineTune(labels: count, episodes) }
        }
        if stage == .all || stage == .regressors {
            for count in budgets { try trainRegressor(labels: count, episodes) }
        }
        if stage == .all { print("Next: validate-reward \(options.run.flags)") }
    }

    /// A resumed command trains what it had not begun as it was asked to when it began. And what is made from what there is has its size:
    /// nobody has to say --preset again.
    private mutating func takeUpPlan() throws {
        let name = options.run.run,
            parts = ["", "labels-50", "labels-1000", "regressor-200", "regressor-50", "regressor-1000"].map { "\(name)/\($0)" }
        let begun = stage == .all || stage == .pretrain ? ["\(name)/pretrained"] + parts : parts
        if options.resume, var plan = CommandPlan.stored(in: begun) {
            try plan.take(up: &options)
            loss = plan.flags["loss"].flatMap(ContrastiveLoss.init) ?? loss
            let stored = plan.flags["pictures"].flatMap { Int($0) }
            guard pictures ?? stored == stored else {
                throw TrainingError(
                    "--resume keeps \(stored.map { "\($0) pictures" } ?? "the preset's pictures") of run '\(name)'; "
                        + "leave --pictures out, or start another --run NAME"
                )
            }
            pictures = stored
            guard labels ?? plan.flags["labels"] == plan.flags["labels"] else {
                let kept = plan.flags["labels"].map { "the labels of \($0)" } ?? "labels made from the truth"
                throw TrainingError("--resume keeps \(kept) of run '\(name)'; leave --labels out, or start another --run NAME")
            }
            labels = plan.flags["labels"]
            if let labels, try TrainReward.fingerprint(ofLabels: labels) != plan.flags["labels-fingerprint"] {
                throw TrainingError("\(labels): has changed since run '\(name)' began with it; start another --run NAME, "
                    + "or train again with --overwrite")
            }
            CommandPlan.current = plan
            return
        }
        let url =
            options.resume ? pretrainedURL.deletingLastPathComponent().appendingPathComponent("training-state.safetensors") : pretrainedURL
        if options.resume || stage == .finetune || stage == .regressors, FileManager.default.fileExists(atPath: url.path) {
            let (shape, _) = try Checkpoint.open(url, kind: ContrastiveModel.kind, madeBy: "train-reward", as: ScorerConfiguration.self)
            let wasTiny = shape.embeddingDimensions == ScorerConfiguration.tiny.embeddingDimensions
            if wasTiny != isTiny { options.preset = wasTiny ? "tiny" : "default" }
        }
        var flags = ["loss": loss.rawValue]
        flags["pictures"] = pictures.map { "\($0)" }
        flags["labels"] = labels
        flags["labels-fingerprint"] = try labels.map(TrainReward.fingerprint(ofLabels:))
        CommandPlan.current = CommandPlan(options, flags: flags)
    }

    private static func fingerprint(ofLabels path: String) throws -> String {
        Run.origin(from: String(decoding: try readFile(URL(fileURLWithPath: path), atMost: LabelFile.largest), as: UTF8.self))
    }

    /// How many labels made from the truth the scorer gets that later commands use.
    static let labels = 200
    /// The numbers of labels to compare: the scorer's own first. Of a person's labels there are as many as there are.
    var budgets: [Int] {
        if let given { return [given.labels.count] }
        return options.preset == "tiny" ? [TrainReward.labels, 50] : [TrainReward.labels, 50, 1000]
    }
    var isTiny: Bool { options.preset == "tiny" }

    /// The options for a run inside this one, made from what `origin` says, which goes on if it was interrupted before.
    func options(for part: String?, origin: String?) throws -> TrainingOptions {
        var options = self.options
        if let part { options.run.run += "/\(part)" }
        if let origin {
            // An interrupted `all` may not have come to this one; what is there then is an earlier run's.
            if options.resume {
                options.resume = try Run.isBegun(options.run.run, origin: origin)
                options.overwrite = !options.resume && CommandPlan.current?.overwrite == true
            }
            if stage == .all { (options.steps, options.batchSize, options.learningRate) = (nil, nil, nil) }
        }
        return options
    }

    var pretrainedURL: URL { URL(fileURLWithPath: "checkpoints/\(options.run.run)/pretrained/model.safetensors") }

    /// The shape that all models start from.
    func shape() throws -> ScorerConfiguration {
        var c = isTiny ? ScorerConfiguration.tiny : .standard
        c.loss = loss
        try c.check()
        return c
    }

    /// What goes on with a loop that was stopped, and with all that comes after it.
    var toGoOn: String {
        "train-reward \(options.run.flags) --stage \(stage.rawValue)" + (labels.map { " --labels \(shellQuoted($0))" } ?? "")
    }
}

extension ContrastiveLoss: ExpressibleByArgument {}
