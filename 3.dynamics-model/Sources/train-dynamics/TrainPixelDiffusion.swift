// TrainPixelDiffusion.swift - the training loop, in one piece: first what to expect, then what is missing from it.
//
// The first part of the steps trains the mean network by squared error, the second the diffusion on what the mean leaves open. Trained
// together, most of what is learned is to clean small noise, which needs no world.

import ArgumentParser
import Episodes
import Foundation
import Layers
import PixelDiffusion
import Randomness
import Tensors
import Training
import WorldModels

struct TrainPixelDiffusion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixel-diffusion",
        abstract: "Learn to draw the next frame out of noise, from four frames and the true actions: DIAMOND's way.",
        discussion: "No stage before it is needed.")

    @OptionGroup var options: TrainingOptions
    @OptionGroup var earlier: EarlierRun
    @Flag(
        inversion: .prefixedNo,
        help: "Whether a first network draws the mean, and the diffusion only the rest; DIAMOND's diffusion draws all.")
    var meanFirst = true
    @Option(help: "The most noise that is laid on past frames in training; 0: none, as in DIAMOND's Atari version.")
    var pastNoise: Float = 0.1
    @Option(help: "Frames in a row, each with what was made of the others among its past; 1: the past is always true.") var inARow = 3
    @Option(help: "Let a pixel count for more near an unusual color of the last frame (past), or of the one to be drawn (answer), or none.")
    var weighColors = "past"

    mutating func validate() throws {
        try options.checkPreset()
        guard (0 ... 1).contains(pastNoise) else { throw ValidationError("--past-noise must be at least 0, and at most 1") }
        guard ["past", "answer", "none"].contains(weighColors) else {
            throw ValidationError("--weigh-colors is past, answer or none, not '\(weighColors)'")
        }
        guard (1 ... 16).contains(inARow) else { throw ValidationError("--in-a-row must be at least 1, and at most 16") }
    }

    func run() throws {
        Interrupt.watch()
        let loop = try TrainingLoop<PixelDiffusionConfiguration>(
            options, command: "train-dynamics pixel-diffusion", kind: PixelDiffusion.kind)
        let isTiny = options.preset == "tiny"
        func firstPart(of steps: Int) -> Int { loop.resumed?.drawsMeanFirst ?? meanFirst ? steps / 2 : 0 }
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 200 : 5000, batchSize: isTiny ? 4 : 8, learningRate: 3e-3), firstPart: firstPart)

        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        let c = try loop.resumed ?? shape(episodes)
        for set in [episodes, validation] {
            try set.check(size: c.imageSize)
            try set.check(actions: c.actions)
        }
        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = PixelDiffusion(c, using: &weightGenerator)
        let length = c.pastFrames + c.framesInARow
        var sampler = try ClipSampler(episodes, length: length, seed: plan.seed),
            noiseGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        guard !validation.places(length: length).isEmpty else {
            throw TrainingError("\(validation.url.relativePath): no episode has the \(length) frames of a clip")
        }
        // Two parts, each with its own optimizers and its own rise and fall of the learning rate.
        let first = (parameters: model.meanParameters, optimizers: blockOptimizers(of: model.meanParameters))
        let second = (parameters: model.denoiserParameters, optimizers: blockOptimizers(of: model.denoiserParameters))
        let all: [any Optimizer] = [first.optimizers.muon, first.optimizers.adamW, second.optimizers.muon, second.optimizers.adamW]
        let meanSteps = firstPart(of: plan.steps)

        loop.keep("clips") { sampler.generator.state } set: { sampler.generator.state = $0 }
        loop.keep("noise") { noiseGenerator.state } set: { noiseGenerator.state = $0 }
        try loop.begin(model, c, all, tokensPerStep: plan.batchSize * c.framesInARow, from: earlier.folder)
        print("""
            pixel diffusion: \(model.parameterCount) parameters, \(c.actions) actions
            plan: \(meanSteps) steps for the mean, \(plan.steps - meanSteps) for the rest, of \(plan.batchSize) clips of \(length) frames, \
            from \(sampler.clipCount); \(plan.threads) threads
            """)

        while let step = loop.next() {
            let isMean = step < meanSteps, part = isMean ? first : second
            if step == meanSteps && c.drawsMeanFirst { model.dataDeviation.pointer[0] = deviationOfTheRest(model, episodes) }
            let (done, count) = isMean ? (step, meanSteps) : (step - meanSteps, plan.steps - meanSteps)
            var window = TrainingWindow(sampler.next(batch: plan.batchSize), c)
            var sum: Float = 0
            for i in 0 ..< c.framesInARow {
                let past = window.past(at: i, using: &noiseGenerator)
                let (loss, frame) = isMean
                    ? model.meanLoss(of: window.frames[c.pastFrames + i], after: past)
                    : model.denoisingLoss(of: window.frames[c.pastFrames + i], after: past,
                                          expected: Tensor.withoutGradients { model.expected(after: past) }, using: &noiseGenerator)
                (loss / Float(c.framesInARow)).backward()
                sum += loss.item / Float(c.framesInARow)
                // At first what is made is no past for anybody. Later it is the past that a dream will have.
                if done > count / 4 { window.replace(at: i, by: frame) }
            }
            try loop.check(sum, clipGradients(of: part.parameters, to: 1))
            let rate = warmUpCosine(step: done, of: count, peak: plan.learningRate, warmUp: 30)
            part.optimizers.adamW.step(learningRate: rate)
            part.optimizers.muon.step(learningRate: rate * 10 / 3)
            loop.done(loss: sum)
            loop.log(every: 20, [isMean ? "mean_loss" : "loss": Double(sum)])
            if loop.isDue(every: 250) || loop.step == meanSteps {
                let watched = measure(model, validation, isMean: isMean)
                loop.log([isMean ? "validation_mean_loss" : "validation_loss": watched.loss])
                loop.note("validation " + (isMean ? "squared error of the mean, all pixels alike" : "denoising loss")
                    + String(format: " %.4f, with another clip's actions %.4f", watched.loss, watched.shifted))
                try loop.run.drawChart(
                    "loss.png", title: "the mean, then the rest", yLabel: "loss",
                    of: ["mean_loss", "validation_mean_loss", "loss", "validation_loss"], logarithmicY: true)
                try loop.save()
            }
        }
        try loop.finish(next: "validate-dynamics")
    }

    /// The preset's shape, for these episodes.
    private func shape(_ episodes: EpisodeSet) throws -> PixelDiffusionConfiguration {
        var c = options.preset == "tiny" ? PixelDiffusionConfiguration.tiny : .standard
        (c.imageSize, c.drawsMeanFirst, c.pastNoise, c.framesInARow, c.weighsColors) = (
            episodes.width, meanFirst, pastNoise, inARow, weighColors
        )
        c.pastNoiseInUse = min(c.pastNoiseInUse, pastNoise)
        // DIAMOND's: ln σ ~ N(-0.4, 1.2), σ_data = 0.5
        if !meanFirst { c.noiseMean = -0.4 - log(0.5) }
        c.actions = episodes.actionCount
        guard c.actions > 0 else {
            throw TrainingError("\(episodes.url.relativePath): has no actions; label the episodes with `label-actions`")
        }
        c.commands = Command.named(episodes, actions: try EpisodeCache.actions(episodes, namedBy: nil), codes: nil)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        try c.check()
        return c
    }

    /// The root mean square of frame minus mean, over 64 training clips: σ_data of the diffusion.
    private func deviationOfTheRest(_ model: PixelDiffusion, _ episodes: EpisodeSet) -> Float {
        max(1e-4, Float(meanSquare(model, episodes, count: 64, shift: false).squareRoot()))
    }

    private func meanSquare(_ model: PixelDiffusion, _ episodes: EpisodeSet, count: Int, shift: Bool) -> Double {
        forEachWindow(model, episodes, count: count, shift: shift) { window, past, _ in
            Double(model.expected(after: past).meanSquaredError(window.frames[model.configuration.pastFrames]).item)
        }
    }

    /// The loss on validation clips, with the same noise each time, and the same with actions of another clip.
    private func measure(_ model: PixelDiffusion, _ validation: EpisodeSet, isMean: Bool) -> (loss: Double, shifted: Double) {
        func loss(_ shift: Bool) -> Double {
            if isMean { return meanSquare(model, validation, count: 32, shift: shift) }
            return forEachWindow(model, validation, count: 32, shift: shift) { window, past, generator in
                let frame = window.frames[model.configuration.pastFrames]
                return Double(
                    model.denoisingLoss(of: frame, after: past, expected: model.expected(after: past), using: &generator).loss.item)
            }
        }
        return (loss(false), loss(true))
    }

    /// The mean of `loss` over `count` clips, eight at a time, without noise on the past.
    private func forEachWindow(
        _ model: PixelDiffusion, _ episodes: EpisodeSet, count: Int, shift: Bool,
        _ loss: (TrainingWindow, PixelDiffusion.Past, inout SeededGenerator) -> Double
    ) -> Double {
        let c = model.configuration
        var generator = SeededGenerator(seed: 3)
        let places = episodes.places(length: c.pastFrames + 1)
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / count)).prefix(count).map { places[$0] }
        return Tensor.withoutGradients {
            var sum = 0.0
            for start in stride(from: 0, to: chosen.count, by: 8) {
                let part = Array(chosen[start ..< min(start + 8, chosen.count)])
                var window = TrainingWindow(episodes.clips(at: part, length: c.pastFrames + 1), c)
                if shift { window.shiftActions() }
                sum += loss(window, window.past(at: 0), &generator) * Double(part.count)
            }
            return sum / Double(chosen.count)
        }
    }
}
