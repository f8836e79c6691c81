// FineTune.swift - the second training loop, in one piece: labeled frames in, how good is each? Step.
//
// It serves the pretrained scorer and the regressor from scratch alike: the same labels, the same disturbed pictures, the same loss on
// the reward itself. They differ in what they knew before, and so in the size of their steps; and the scorer keeps a fifth of its labels
// for the calibration.

import Episodes
import Foundation
import Layers
import Randomness
import RewardModel
import Tensors
import Training

extension TrainReward {
    /// Fine-tunes the pretrained scorer on `count` labels, with the prompts that it will be asked about.
    func fineTune(labels count: Int, _ episodes: EpisodeSet) throws {
        let model = try ContrastiveModel(checkpoint: pretrainedURL)
        model.configuration.labels = count
        (model.configuration.positive, model.configuration.negative) = (Prompts.positive, Prompts.negative)
        let part = count == budgets[0] ? nil : "labels-\(count)"
        // Much is known already: small steps, and not many.
        let plan = TrainingPlan(steps: isTiny ? 60 : 100, batchSize: 32, learningRate: 5e-4)
        let origin = try Scorer.origin(pretrained: pretrainedURL)
        try learn(model, kind: ContrastiveModel.kind, part, origin: origin, plan, count, episodes, calibrated: true)
    }

    /// Trains the baseline on the same labels, from scratch.
    func trainRegressor(labels count: Int, _ episodes: EpisodeSet) throws {
        var configuration = try shape(), generator = SeededGenerator(seed: options.seed ?? 1, stream: 0)
        configuration.labels = count
        let plan = TrainingPlan(steps: isTiny ? 60 : 200, batchSize: 32, learningRate: 2e-3)
        let origin = Run.origin(from: CommandPlan.current?.summary ?? "", episodes.fingerprint)
        try learn(
            Regressor(configuration, using: &generator), kind: Regressor.kind, "regressor-\(count)", origin: origin, plan, count, episodes,
            calibrated: false)
    }

    private func learn<Learner: RewardLearner>(
        _ model: Learner, kind: String, _ part: String?, origin: String, _ defaults: TrainingPlan, _ count: Int, _ episodes: EpisodeSet,
        calibrated: Bool
    ) throws {
        let loop = try TrainingLoop<ScorerConfiguration>(
            self.options(for: part, origin: origin), command: "train-reward", kind: kind, origin: origin)
        let plan = try loop.plan(defaults)

        // From here on, the budget is all that is known of rewards. A fifth of it is kept for the calibration; the regressor, which needs
        // none, learns from that fifth too.
        let budget = try given ?? RewardLabels(episodes, count: count, seed: plan.seed), labels = calibrated ? budget.training : budget
        var batchGenerator = SeededGenerator(seed: plan.seed, stream: 3)
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        loop.keep("batches") { batchGenerator.state } set: { batchGenerator.state = $0 }
        try loop.begin(model, model.configuration, [muon, adamW], tokensPerStep: plan.batchSize * model.configuration.patches)
        print(
            "\(loop.run.folder.relativePath): \(calibrated ? "fine-tuning the scorer" : "a regressor from scratch"), \(count) labels, "
                + "\(plan.steps) steps of \(plan.batchSize)"
        )

        while let step = loop.next() {
            let (frames, truth) = labels.next(batch: plan.batchSize, using: &batchGenerator)
            disturb(frames, using: &batchGenerator)
            let loss = model.rewardLogits(frames).sigmoidCrossEntropy(truth)
            loss.backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(20, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 2.5)
            loop.done(loss: loss.item)
            loop.log(every: 20, ["loss": Double(loss.item)])
        }
        if let scorer = model as? ContrastiveModel, loop.isComplete { calibrate(scorer, budget.heldOut) }
        try loop.save()
        try loop.run.drawChart("loss.png", title: "\(count) labels", yLabel: "cross-entropy", of: ["loss"])
        try loop.finish(resume: toGoOn)
    }

    private func calibrate(_ model: ContrastiveModel, _ heldOut: RewardLabels) {
        (model.configuration.scale, model.configuration.offset) = (nil, 0)
        let differences = Scorer(model).differences(of: heldOut.frames)
        let fit = Calibration(differences, heldOut.labels, expected: Double(model.temperature))
        (model.configuration.scale, model.configuration.offset) = (Float(fit.scale), Float(fit.offset))
        print(
            String(
                format: "calibrated on %d labels that were held out: scale %.2f (training: %.2f), offset %.2f", heldOut.labels.count,
                fit.scale, model.temperature, fit.offset))
    }
}
