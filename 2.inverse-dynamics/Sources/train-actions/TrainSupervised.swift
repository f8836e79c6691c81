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
            options.resume = try Run.isBegun(options.run.run, origin: origin);
            options.overwrite = !options.resume && CommandPlan.current?.overwrite == true
        }
        let run = try Run(options, command: "train-actions --model supervised")
        run.origin = origin
        let resumed = options.resume
            ? try run.openState(kind: InverseDynamicsModel.kind, madeBy: "train-actions", as: InverseDynamicsModel.Configuration.self) : nil

        // Few labels are soon learned by heart: fewer steps.
        let isTiny = options.preset == "tiny", isFew = (labels ?? .max) < 1000
        var plan = TrainingPlan(steps: isTiny ? 100 : isFew ? 200 : 400, batchSize: 32, learningRate: 2e-3)
        if model == .all { (options.steps, options.batchSize, options.learningRate) = (nil, nil, nil) }
        plan = try resumed?.state.plan.resumed(by: options) ?? plan.adjusted(by: options)
        Workers.count = plan.threads

        // From here on, the budget is all that is known of actions.
        let budget = try LabelBudget(episodes, count: labels, seed: plan.seed)
        var shape = try self.shape()
        shape.frames = 2
        try episodes.check(size: shape.imageSize)
        let configuration = resumed?.configuration ?? InverseDynamicsModel.Configuration(
            encoder: shape, actionNames: episodes.allActionNames, labels: budget.actions.count)
        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), batchGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        let model = InverseDynamicsModel(configuration, using: &weightGenerator)

        let (muon, adamW) = blockOptimizers(of: model.parameters)
        let optimizers: [any Optimizer] = [muon, adamW]

        var step = 0
        if let resumed {
            try run.restore(resumed.file, model: model, optimizers: optimizers)
            batchGenerator.state = try run.generator("batches")
            step = resumed.state.step
        }
        try run.begin(at: step)
        func save() throws {
            try run.save(
                TrainingState(step: step, plan: plan, generators: ["batches": batchGenerator.state]), model: model, optimizers: optimizers,
                metadata: Checkpoint.metadata(kind: InverseDynamicsModel.kind, configuration: configuration))
        }
        let tokensPerStep = plan.batchSize * configuration.encoder.patches
        print(
            "inverse dynamics, \(budget.actions.count) labels: \(model.parameterCount) parameters, "
                + "\(plan.steps) steps of \(plan.batchSize) pairs = \(tokensPerStep) tokens"
        )
        let progress = TrainingProgress(start: step, total: plan.steps, tokensPerStep: tokensPerStep)
        let last = min(plan.steps, options.stopAt ?? plan.steps)

        while step < last && !Interrupt.isRequested {
            let (pairs, actions) = budget.next(batch: plan.batchSize, using: &batchGenerator)
            let loss = model(pairs).crossEntropy(actions)
            loss.backward()
            try run.checkFinite(loss.item, clipGradients(of: model.parameters, to: 1), step: step + 1)
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(20, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 5)
            step += 1
            progress.update(step, loss: Double(loss.item))
            if step % 20 == 0 || step == last { run.log(step, ["loss": Double(loss.item), "seconds": progress.seconds]) }
        }
        try save()
        try run.drawChart("loss.png", title: "\(budget.actions.count) labels", yLabel: "cross-entropy", of: ["loss"])
        try finish(step, plan, progress, run)
    }
}
