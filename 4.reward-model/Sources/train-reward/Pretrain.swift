// Pretrain.swift - the first training loop, in one piece: pictures and captions in, who belongs to whom? Step.
//
// No Kong is in any picture, none in any caption; and no label is read.

import Captions
import Foundation
import Layers
import Pictures
import Randomness
import RewardModel
import Tensors
import Training

extension TrainReward {
    func pretrain() throws {
        let loop = try TrainingLoop<ScorerConfiguration>(
            options(for: "pretrained", origin: nil), command: "train-reward", kind: ContrastiveModel.kind)
        let configuration = try loop.resumed ?? shape()
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 300 : 2400, batchSize: isTiny ? 32 : 64, learningRate: 4e-3))

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), batchGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        let model = ContrastiveModel(configuration, using: &weightGenerator)
        let count = pictures ?? (isTiny ? 1000 : 30000), rooms = max(4, count / 80), begin = Date()
        let captioned = CaptionedPictures(count: count, rooms: rooms, size: configuration.imageSize, seed: plan.seed)
        print(String(format: "%d pictures with captions from %d rooms in %.0f s", count, rooms, Date().timeIntervalSince(begin)))
        let watched = watchedPictures(configuration, plan)

        let (muon, adamW) = blockOptimizers(of: model.parameters)

        let tokensPerStep = plan.batchSize * configuration.patches
        loop.keep("batches") { batchGenerator.state } set: { batchGenerator.state = $0 }
        // What was made from an earlier pretraining has nothing to do with this one.
        if loop.resumed == nil { loop.afterSave = forgetFineTuned }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        try captionSheet(captioned, plan).writePNG(to: loop.run.file("captions.png"))
        print("""
            scorer: \(model.parameterCount) parameters, \(configuration.words.count) words, loss \(configuration.loss.rawValue)
            plan: \(plan.steps) steps of \(plan.batchSize) pictures and captions = \(tokensPerStep) patches; \(plan.threads) threads
            """)

        while let step = loop.next() {
            let (frames, facts, captions) = captioned.next(batch: plan.batchSize, using: &batchGenerator)
            disturb(frames, using: &batchGenerator)
            let fits = fitting(facts, captions), logits = model.logits(frames, captions.map(\.text), isTraining: true)         // [B,B]
            let loss = configuration.loss(logits, fits: fits)
            loss.backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 2.5)
            loop.done(loss: loss.item)
            loop.log(every: 20, [
                "loss": Double(loss.item), "temperature": Double(model.temperature),
                "fitting_share": Double(fits.filter { $0 }.count) / Double(fits.count),
            ])
            if loop.isDue(every: 200) {
                // Pictures and captions from other rooms: how often is the caption that is chosen the picture's own, how often is it true?
                let logits = Tensor.withoutGradients { model.logits(watched.frames, watched.captions.map(\.text)) }
                let (own, fitting) = retrieval(logits, fits: watched.fits)
                loop.log([
                    "own_caption": own, "fitting_caption": fitting,
                    "validation_loss": Double(configuration.loss(logits, fits: watched.fits).item),
                ])
                loop.note(String(format: "%.0f %% of pictures in other rooms get a caption that fits, %.0f %% their own",
                                 100 * fitting, 100 * own))
                try loop.run.drawChart(
                    "loss.png", title: "captions, \(configuration.loss.rawValue) loss", yLabel: "loss", of: ["loss", "validation_loss"])
                try loop.run.drawChart(
                    "retrieval.png", title: "which of \(watched.captions.count) captions?", yLabel: "share",
                    of: ["fitting_caption", "own_caption"])
                try loop.save()
            }
        }
        try loop.finish(resume: toGoOn)
    }

    /// 128 pictures with captions from rooms that training does not have, always the same.
    private func watchedPictures(_ c: ScorerConfiguration, _ plan: TrainingPlan) -> (frames: Tensor, captions: [Caption], fits: [Bool]) {
        var generator = SeededGenerator(seed: plan.seed, stream: 2)
        let pictures = CaptionedPictures(count: 128, rooms: 16, size: c.imageSize, seed: plan.seed &+ 0x5EED)
        let captions = pictures.facts.map { Grammar.caption(of: $0, using: &generator) }
        return (pictures.frames(Array(0 ..< 128)), captions, fitting(pictures.facts, captions))
    }

    /// A few of the pictures to learn from, with a caption each.
    private func captionSheet(_ captioned: CaptionedPictures, _ plan: TrainingPlan) -> Image {
        var generator = SeededGenerator(seed: plan.seed, stream: 4)
        let (frames, _, captions) = captioned.next(batch: 16, using: &generator)
        return Image.sheet((0 ..< 16).map { Image(frames, frame: $0) }, columns: 4, captions: captions.map(\.text), scale: 2, textScale: 1)
    }

    /// Training states of fine-tuned models that a --resume would take up.
    private func forgetFineTuned() {
        for part in ["."] + budgets.map({ "labels-\($0)" }) {
            try? FileManager.default.removeItem(atPath: "checkpoints/\(options.run.run)/\(part)/training-state.safetensors")
        }
    }
}
