// TrainShortcutForcing.swift - the loop of `train-dynamics shortcut-forcing`, in one piece: draw clips of latents,
// add noise, guess what is under it, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import Layers
import Pictures
import Randomness
import ShortcutForcing
import Tensors
import Training
import WorldModels

struct TrainShortcutForcing: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shortcut-forcing", abstract: "Train Dreamer 4's world model: the next frame's latents out of noise, in a few steps.",
        discussion:
            "Frames are the latents of stage 1's masked autoencoder (or any eye that draws), actions the episodes' own. "
            + "See chapters/shortcut-forcing.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 1 whose latents are learned.") var tokenizer = "../1.video-tokenizer/checkpoints/masked-autoencoder"
    @Option(help: "shortcut (coarse steps learn from two finer ones), meanflow (from the truth and a finer one) or flow (no coarse ones).")
    var objective = "shortcut"
    @Option(help: "What the network predicts: x (the clean latents) or v (the way there from the noise).") var prediction = "x"
    @Option(
        help: "What the past looks like in training: light (a little noise) or any (diffusion forcing: each frame its own signal level).")
    var past = "light"
    @Option(help: "How much of a past frame is noise, in training and in a dream.") var contextNoise: Float = 0.1
    @Flag(help: "Let frames with more signal count more, w = 0.9·τ + 0.1, as Dreamer 4 does.") var ramp = false
    @Option(help: "T, the frames of every fourth step's clips: a dream looks back at T-1 (default: the preset's).") var frames: Int?

    mutating func validate() throws {
        try options.checkPreset()
        guard ["shortcut", "meanflow", "flow"].contains(objective) else {
            throw ValidationError("--objective is shortcut, meanflow or flow, not '\(objective)'")
        }
        guard ["x", "v"].contains(prediction) else { throw ValidationError("--prediction is x or v, not '\(prediction)'") }
        guard ["light", "any"].contains(past) else { throw ValidationError("--past is light or any, not '\(past)'") }
        guard (0 ... 1).contains(contextNoise) else { throw ValidationError("--context-noise is a share, from 0 to 1") }
        if let frames, !(2 ... 256).contains(frames) { throw ValidationError("--frames must be at least 2, and at most 256") }
    }

    func run() throws {
        Interrupt.watch()
        let loop = try TrainingLoop<ShortcutConfiguration>(options, command: "train-dynamics shortcut-forcing", kind: LatentDynamics.kind)
        let isTiny = options.preset == "tiny"
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 300 : 2400, batchSize: 8, learningRate: isTiny ? 4e-3 : 3e-3))

        // What the run itself holds is what a resumed run goes on with.
        let asked = URL(fileURLWithPath: tokenizer).appendingPathComponent("model.safetensors")
        let eye = try TrainedModel(loop.resumed == nil ? asked : loop.run.file("tokenizer.safetensors")) {
            try FrameEncoders.openAutoencoder($0)
        }
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] {
            try set.check(size: eye.model.imageSize)
            try set.check(actions: loop.resumed?.actions ?? episodes.actionCount)
        }
        let actions = try EpisodeCache.actions(episodes, namedBy: nil), watchedActions = try EpisodeCache.actions(validation, namedBy: nil)
        let configuration = try loop.resumed ?? shape(episodes, actions, eye.model)
        try configuration.check()
        let T = configuration.frames, short = configuration.shortFrames
        var clips = try ClipSampler(episodes, length: short, seed: plan.seed),
            longClips = try ClipSampler(episodes, length: T, seed: plan.seed)
        let places = validation.places(length: short)
        guard !places.isEmpty else { throw TrainingError("\(validation.url.relativePath): no episode has the \(short) frames of a clip") }
        let latents = try LatentEpisodes(episodes, encoder: eye.model, fingerprint: eye.fingerprint)
        let watched = try LatentEpisodes(validation, encoder: eye.model, fingerprint: eye.fingerprint)

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), noise = SeededGenerator(seed: plan.seed, stream: 1)
        let model = LatentDynamics(configuration, using: &weightGenerator)
        for (tensor, values) in [(model.mean, latents.statistics.mean), (model.deviation, latents.statistics.deviation)] {
            tensor.pointer.update(from: values, count: values.count)
        }
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        let tokensPerStep = plan.batchSize * 2 * (short - 1) * configuration.latents
        loop.run.keep(eye.bytes, as: "tokenizer.safetensors")
        loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }
        loop.keep("long") { longClips.generator.state } set: { longClips.generator.state = $0 }
        loop.keep("noise") { noise.state } set: { noise.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        print("""
            shortcut forcing: \(model.parameterCount) parameters, \(configuration.latents) latents of \(configuration.latentDimensions) \
            numbers a frame, \(configuration.actions) actions
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(clips.clipCount) clips; \(plan.threads) \
            threads
            """)

        while let step = loop.next() {
            // Every fourth step has long clips: as many tokens, fewer places, and something to remember.
            let isLong = step % 4 == 1, length = isLong ? T : short,
                batch = isLong ? max(1, plan.batchSize * (short - 1) / (T - 1)) : plan.batchSize
            let drawn = isLong ? longClips.nextPlaces(batch) : clips.nextPlaces(batch)
            let z1 = model.standardized(latents.clips(at: drawn, length: length))                                 // [B,T,S,Z]
            let led = drawn.flatMap { actions[$0.episode][$0.start ..< $0.start + length - 1] }                   // B·(T-1)
            // What two fine steps say is worth learning once fine steps have been learned: then a quarter of the clips learns coarse ones.
            let isCoarse = configuration.objective != "flow" && step >= plan.steps / 2 && !isLong
            let loss = model.loss(z1, actions: led, bootstrapped: isCoarse ? batch / 4 : 0, using: &noise)
            loss.total.backward()
            try loop.check(loss.total.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(50, plan.steps / 4))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 3)
            loop.done(loss: loss.flow)
            loop.log(every: 20, ["loss": Double(loss.flow), "bootstrap_loss": Double(loss.bootstrap)])
            if loop.isDue(every: 250) {
                let (own, shuffled, copy) = measure(model, watched, watchedActions, places)
                loop.log(["validation_loss": own, "shuffled_actions_loss": shuffled, "copy_loss": copy])
                loop.note(String(format: "out of pure noise %.3f, with the actions of another clip %.3f, copy of the last frame %.3f",
                                 own, shuffled, copy))
                try loop.run.drawChart(
                    "loss.png", title: "what is under the noise", yLabel: "mean squared error",
                    of: ["loss", "bootstrap_loss", "validation_loss", "shuffled_actions_loss"])
                try loop.save()
            }
        }
        try loop.finish(next: "validate-dynamics")
    }

    /// The preset's shape, for this eye and these actions.
    private func shape(_ episodes: EpisodeSet, _ actions: [[Int]], _ eye: any FrameAutoencoder) throws -> ShortcutConfiguration {
        var c = options.preset == "tiny" ? ShortcutConfiguration.tiny : .standard
        ((c.rows, c.columns), c.latentDimensions) = (eye.latentGrid, eye.latentShape.width)
        (c.objective, c.prediction, c.past, c.contextNoise, c.ramp) = (objective, prediction, past, contextNoise, ramp)
        c.frames = frames ?? c.frames
        c.shortFrames = min(c.shortFrames, c.frames)
        c.actions = episodes.actionCount
        c.commands = Command.named(episodes, actions: actions, codes: nil)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        return c
    }

    /// Mean squared errors of validation frames guessed out of pure noise: with their actions, with those of another
    /// clip, and of the copy of the frame before.
    private func measure(
        _ model: LatentDynamics, _ latents: LatentEpisodes, _ actions: [[Int]], _ places: [ClipPlace]
    ) -> (own: Double, shuffled: Double, copy: Double) {
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 16)).map { places[$0] },
            length = model.configuration.shortFrames
        let z1 = model.standardized(latents.clips(at: chosen, length: length))
        let led = chosen.map { Array(actions[$0.episode][$0.start ..< $0.start + length - 1]) },
            others = led.indices.map { led[($0 + led.count / 2) % led.count] }
        func error(_ actions: [[Int]]) -> Double {
            var generator = SeededGenerator(seed: 3)
            return Double(model.errorOutOfNoise(z1, actions: actions.flatMap { $0 }, using: &generator))
        }
        let copy = z1.sliced(axis: 1, 0 ..< length - 1).meanSquaredError(z1.sliced(axis: 1, 1 ..< length)).item
        return (error(led), error(others), Double(copy))
    }
}
