// TrainLatent.swift - the training loop of the latent action model, in one piece.
//
// First the motion maps, on pairs of frames, for seconds: they sort transitions into eight motions. Then, on clips, the model itself:
// the encoder learns to name transitions, the decoder to act names out. No true action is read anywhere in this file.

import Episodes
import Foundation
import FrameCoding
import InverseDynamics
import Layers
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer

extension TrainActions {
    func trainLatent() throws {
        let loop = try TrainingLoop<ActionConfiguration>(options, command: "train-actions", kind: LatentActionModel.kind)
        let isTiny = options.preset == "tiny"
        let configuration = try loop.resumed ?? shape()
        /// The steps that are the motion maps'.
        func firstPart(of steps: Int) -> Int { configuration.teacher == "maps" ? min(200, steps / 2) : 0 }
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 500 : 1500, batchSize: 8, learningRate: 2e-3), firstPart: firstPart)

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = LatentActionModel(configuration, using: &weightGenerator)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: configuration.imageSize)
        var pairSampler = try ClipSampler(episodes, length: 2, seed: plan.seed)
        var clipSampler = try ClipSampler(episodes, length: configuration.frames, seed: plan.seed + 1)
        let watched = try watchedClips(configuration)
        let mapSteps = firstPart(of: plan.steps)

        // Muon for matrices inside blocks and for the maps, AdamW for all the rest, as in stage 1.
        let maps = model.parameters.filter { $0.name.hasPrefix("maps") }, others = model.parameters.filter { !$0.name.hasPrefix("maps") }
        let mapMuon = Muon(maps.filter { $0.tensor.shape.count == 2 }), mapAdamW = AdamW(maps.filter { $0.tensor.shape.count == 1 })
        let (muon, adamW) = blockOptimizers(of: others)

        let tokensPerStep = plan.batchSize * (configuration.frames - 1) * configuration.patches
        loop.keep("pairs") { pairSampler.generator.state } set: { pairSampler.generator.state = $0 }
        loop.keep("clips") { clipSampler.generator.state } set: { clipSampler.generator.state = $0 }
        loop.quickSteps = mapSteps
        try loop.begin(model, configuration, [mapMuon, mapAdamW, muon, adamW], tokensPerStep: tokensPerStep)
        print("""
            latent actions: \(model.parameterCount) parameters, \(configuration.codes) codes (\(configuration.quantizer)), named by \
            \(configuration.teacher)
            plan: \(mapSteps) steps of 128 pairs for the motion maps, \(plan.steps - mapSteps) steps of \(plan.batchSize) clips = \
            \(tokensPerStep) tokens; \(plan.threads) threads
            """)

        while let step = loop.next() {
            var line: [String: Double] = [:]
            if step < mapSteps {
                // Which of the eight motions explains this pair best? Sharper and sharper: after 60 % of the steps, winner takes all.
                let share = Float(step) / Float(mapSteps)
                let errors = model.maps.errors(pairSampler.next(batch: 128).frames)
                let loss = model.maps.loss(errors, temperature: max(0, 0.3 * (1 - share / 0.6)))
                loss.backward()
                try loop.check(loss.item, 0)
                let rate = warmUpCosine(step: step, of: mapSteps, peak: 0.05, warmUp: 10)
                mapMuon.step(learningRate: rate)
                mapAdamW.step(learningRate: rate / 10)
                line["map_loss"] = Double(loss.item)
            } else {
                // In the first half many pairs of frames, from as many places, and the decoder acts out the teacher's names. In the second
                // whole clips, so that time gets its turn, and the encoder's own codes, as it will be in use.
                let isFirstHalf = step < (mapSteps + plan.steps) / 2, t = configuration.frames
                let frames = isFirstHalf ? pairSampler.next(batch: plan.batchSize * (t - 1)).frames
                    : clipSampler.next(batch: plan.batchSize).frames                        // [B,T,H,W,3]
                let names =
                    configuration.teacher == "maps" ? MotionMaps.winners(Tensor.withoutGradients { model.maps.errors(frames) }) : nil
                let (predictions, latents, quantized) = model(frames, names: isFirstHalf ? names : nil, isTraining: true)
                let error = predictions.meanSquaredError(frames.sliced(axis: 1, 1 ..< frames.size(1)))
                var loss = quantized.loss.map { error + $0 } ?? error
                if let names {
                    loss = loss + model.namingLoss(latents, names: names)
                    line["named_as_taught"] = Double(zip(quantized.codes, names).filter { $0 == $1 }.count) / Double(names.count)
                }
                loss.backward()
                try loop.check(loss.item, clipGradients(of: others, to: 1))
                let rate = warmUpCosine(step: step - mapSteps, of: plan.steps - mapSteps, peak: plan.learningRate, warmUp: 50)
                adamW.step(learningRate: rate)
                muon.step(learningRate: rate * 5)
                line["loss"] = Double(error.item)
                line["codes_in_batch"] = Double(Set(quantized.codes).count)
            }
            loop.done(loss: line["loss"] ?? line["map_loss"]!)
            loop.log(every: 20, line)
            if loop.isDue(every: 100), loop.step >= mapSteps || loop.isLast {
                try evaluate(model, watched, loop)
                try loop.save()
            }
        }
        try loop.finish(resume: toGoOn)
    }

    /// Sixteen clips of validation episodes, always the same, to look at while the model learns: [16,T,H,W,3].
    private func watchedClips(_ configuration: ActionConfiguration) throws -> Tensor {
        let episodes = try EpisodeSet(options.run.dataFolder, .validation)
        try episodes.check(size: configuration.imageSize)
        let places = episodes.places(length: configuration.frames)
        guard !places.isEmpty else {
            throw TrainingError("\(episodes.url.relativePath): no episode has the \(configuration.frames) frames of a clip")
        }
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 16)).prefix(16).map { places[$0] }
        return episodes.clips(at: chosen, length: configuration.frames).frames
    }

    /// Logs how well the watched clips are predicted, with their codes and with other ones, and draws the first four.
    private func evaluate(_ model: LatentActionModel, _ watched: Tensor, _ loop: TrainingLoop<ActionConfiguration>) throws {
        let t = model.configuration.frames - 1, codes = model.codes(of: watched)
        let past = watched.sliced(axis: 1, 0 ..< t), next = watched.sliced(axis: 1, 1 ..< t + 1)
        let predictions = model.predict(past, codes: codes)
        func mean(_ frames: Tensor) -> Double { squaredErrors(frames, next).map(psnr).reduce(0, +) / Double(codes.count) }
        // Each transition gets another code than its own, and all others get their turn: codes come in twos and threes of one meaning.
        let count = model.configuration.codes, others = codes.enumerated().map { ($1 + 1 + $0 % (count - 1)) % count }
        let other = mean(model.predict(past, codes: others))
        loop.log(["validation_psnr_db": mean(predictions), "other_codes_psnr_db": other, "copy_last_psnr_db": mean(past)])
        loop.note(String(format: "next frame %.2f dB, with other codes %.2f, copy of the last %.2f; %d codes in use",
                         mean(predictions), other, mean(past), Set(codes).count))
        let shown = (0 ..< min(4, watched.size(0))).map { $0 * t + t - 1 }
        try Image.sheet(
            rows: [past, predictions, next].map { frames in shown.map { Image(frames, frame: $0) } },
            title: "step \(loop.step)", rowLabels: ["last frame", "predicted", "true next"], scale: 2
        ).writePNG(to: loop.run.file("samples.png"))
        try loop.run.drawChart("loss.png", title: "prediction error", yLabel: "mean squared error", of: ["loss"], logarithmicY: true)
        try loop.run.drawChart(
            "psnr.png", title: "next frame, validation clips", yLabel: "PSNR, dB",
            of: ["validation_psnr_db", "other_codes_psnr_db", "copy_last_psnr_db"])
    }
}
