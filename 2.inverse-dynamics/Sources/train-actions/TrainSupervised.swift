// TrainSupervised.swift - the training loop of the inverse dynamics model, in one piece: draw labeled pairs, guess their actions, step.

import Episodes
import Foundation
import InverseDynamics
import Layers
import Randomness
import Tensors
import Training

extension TrainActions {
    /// Trains on `labels` labeled transitions; nil is all.
    func trainSupervised(labels: Int?, _ episodes: EpisodeSet) throws {
        let name = partName(labels)
        var options = self.options
        options.run.run += "/\(name)"                       // a run of its own, inside that of the latent model
        // An interrupted `all` may not have come to this one; what is there then is an earlier run's.
        let origin = Run.origin(from: CommandPlan.current?.summary ?? "", episodes.fingerprint)
        if options.resume {
            options.resume = try Run.isBegun(options.run.run, origin: origin)
            options.overwrite = !options.resume && CommandPlan.current?.overwrite == true
        }
        if model == .all { (options.steps, options.batchSize, options.learningRate) = (nil, nil, nil) }
        let loop = try TrainingLoop<InverseDynamicsModel.Configuration>(
            options, command: "train-actions --model supervised", kind: InverseDynamicsModel.kind, origin: origin)

        // Few labels are soon learned by heart: fewer steps.
        let isTiny = options.preset == "tiny", isFew = (labels ?? .max) < 1000
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 100 : isFew ? 200 : 400, batchSize: 32, learningRate: 2e-3))

        // From here on, the budget is all that is known of actions.
        let budget = try LabelBudget(episodes, count: labels, seed: plan.seed)
        var shape = try self.shape()
        shape.frames = 2
        try episodes.check(size: shape.imageSize)
        let configuration = loop.resumed ?? InverseDynamicsModel.Configuration(
            encoder: shape, actionNames: episodes.allActionNames, labels: budget.actions.count)
        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), batchGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        let model = InverseDynamicsModel(configuration, using: &weightGenerator)

        let (muon, adamW) = blockOptimizers(of: model.parameters)

        let tokensPerStep = plan.batchSize * configuration.encoder.patches
        loop.keep("batches") { batchGenerator.state } set: { batchGenerator.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        print(
            "inverse dynamics, \(budget.actions.count) labels: \(model.parameterCount) parameters, "
                + "\(plan.steps) steps of \(plan.batchSize) pairs = \(tokensPerStep) tokens"
        )

        while let step = loop.next() {
            let (pairs, actions) = budget.next(batch: plan.batchSize, using: &batchGenerator)
            let loss = model(pairs).crossEntropy(actions)
            loss.backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(20, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 5)
            loop.done(loss: loss.item)
            loop.log(every: 20, ["loss": Double(loss.item)])
        }
        try loop.save()
        try loop.run.drawChart("loss.png", title: "\(budget.actions.count) labels", yLabel: "cross-entropy", of: ["loss"])
        try loop.finish(resume: toGoOn)
    }
}
