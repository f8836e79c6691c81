// TrainDiffusionTransformer.swift - the loop of `train-dynamics diffusion-transformer`, in one piece: draw clips of latents, put every
// frame (or every part of a frame) under noise of its own, guess what is under it, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import Layers
import Pictures
import Randomness
import Tensors
import Training
import VideoDiffusion
import WorldModels

struct TrainDiffusionTransformer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diffusion-transformer",
        abstract: "Train a window of frames out of noise, all of them seeing each other (Cosmos); with --surfaces shapes too (TesserAct).",
        discussion:
            "Frames are the latents of any eye of stage 1 that draws, actions the episodes' own. With --surfaces the eye must know painted "
            + "shapes: train one on what `episodes surfaces` makes. See chapters/diffusion-transformer.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 1 whose latents are learned.") var tokenizer = "../1.video-tokenizer/checkpoints/masked-autoencoder"
    @Flag(help: "Learn with each picture how far things are, and where they face.") var surfaces = false
    @Option(help: "T, the frames of a window: a dream looks back at T-1 (default: the preset's).") var frames: Int?

    mutating func validate() throws {
        try options.checkPreset()
        if let frames, !(2 ... 256).contains(frames) { throw ValidationError("--frames must be at least 2, and at most 256") }
    }

    func run() throws {
        let loop = try TrainingLoop<VideoWorldConfiguration>(options, command: VideoWorld.maker, kind: VideoWorld.kind)
        let isTiny = options.preset == "tiny"
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 300 : 3000, batchSize: isTiny ? 8 : 16, learningRate: isTiny ? 4e-3 : 2e-3))

        // What the run itself holds is what a resumed run goes on with.
        let asked = URL(fileURLWithPath: tokenizer).appendingPathComponent("model.safetensors")
        let eye = try TrainedModel(loop.resumed == nil ? asked : loop.run.file("tokenizer.safetensors")) {
            try FrameEncoders.openAutoencoder($0)
        }
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] {
            try set.check(size: eye.model.imageSize)
            try set.check(actions: loop.resumed?.video.actions ?? episodes.actionCount)
        }
        let actions = try EpisodeCache.actions(episodes, namedBy: nil), watchedActions = try EpisodeCache.actions(validation, namedBy: nil)
        let configuration = try loop.resumed ?? shape(episodes, actions, eye.model), c = configuration.video
        try configuration.check()
        var clips = try ClipSampler(episodes, length: c.frames, seed: plan.seed)
        let places = validation.places(length: c.frames)
        guard places.count >= 2 else { throw TrainingError("\(validation.url.relativePath): no two clips of \(c.frames) frames") }
        let latents = try VideoWorld.latents(episodes, eye: eye.model, fingerprint: eye.fingerprint, parts: c.parts)
        let watched = try VideoWorld.latents(validation, eye: eye.model, fingerprint: eye.fingerprint, parts: c.parts)

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), noise = SeededGenerator(seed: plan.seed, stream: 1)
        let world = VideoWorld(configuration, eye: eye.model, using: &weightGenerator), model = world.video
        let statistics = LatentEpisodes.statistics(of: latents)
        for (tensor, values) in [(model.mean, statistics.mean), (model.deviation, statistics.deviation)] {
            tensor.pointer.update(from: values, count: values.count)
        }
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        let tokensPerStep = plan.batchSize * c.frames * c.latents
        loop.run.keep(eye.bytes, as: "tokenizer.safetensors")
        loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }
        loop.keep("noise") { noise.state } set: { noise.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        print("""
            diffusion transformer: \(model.parameterCount) parameters, windows of \(c.frames) frames, \(c.latents) latents of \
            \(c.parts == 1 ? "" : "\(c.parts) times ")\(c.latentDimensions) numbers each, \(c.actions) actions
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(clips.clipCount) clips; \(plan.threads) \
            threads
            """)

        while let step = loop.next() {
            // A dream begins with few frames: every other step has shorter windows, and more of them.
            let length = step % 2 == 0 ? c.frames : 2 + noise.integer(below: c.frames - 1), batch = plan.batchSize * c.frames / length
            let drawn = clips.nextPlaces(batch)
            let x = model.standardized(LatentEpisodes.clips(of: latents, at: drawn, length: length))                       // [B,T,S,M·Z]
            let loss = model.loss(x, told: Told(led: led(drawn, actions, length)), using: &noise)
            loss.backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 4))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 3)
            loop.done(loss: loss.item)
            loop.log(every: 20, ["loss": Double(loss.item)])
            if loop.isDue(every: 250) {
                let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 32)).map { places[$0] }
                let x = model.standardized(LatentEpisodes.clips(of: watched, at: chosen, length: c.frames))
                let others = chosen.indices.map { chosen[($0 + chosen.count / 2) % chosen.count] }
                let own = model.error(ofLast: 1, of: x, told: Told(led: led(chosen, watchedActions, c.frames))),
                    shuffled = model.error(ofLast: 1, of: x, told: Told(led: led(others, watchedActions, c.frames)))
                loop.log(["validation_loss": own, "shuffled_actions_loss": shuffled])
                loop.note(String(format: "the last frame out of much noise %.3f, with the actions of another clip %.3f", own, shuffled))
                try loop.run.drawChart(
                    "loss.png", title: "what is under the noise", yLabel: "mean squared error",
                    of: ["loss", "validation_loss", "shuffled_actions_loss"])
                try loop.save()
            }
        }
        try loop.finish(next: "validate-dynamics")
    }

    /// B·T: what led to each frame of clips; nobody knows what led to the first.
    private func led(_ places: [ClipPlace], _ actions: [[Int]], _ length: Int) -> [Int?] {
        places.flatMap { place in [nil] + actions[place.episode][place.start ..< place.start + length - 1].map { $0 } }
    }

    /// The preset's shape, for this eye and these actions.
    private func shape(_ episodes: EpisodeSet, _ actions: [[Int]], _ eye: any FrameAutoencoder) throws -> VideoWorldConfiguration {
        var c = VideoWorldConfiguration(), v = options.preset == "tiny" ? VideoDiffusionConfiguration.tiny : .standard
        ((v.rows, v.columns), v.latentDimensions, v.parts) = (eye.latentGrid, eye.latentShape.width, surfaces ? 3 : 1)
        v.frames = frames ?? v.frames
        (v.mostKnown, v.unheard) = (v.frames - 1, 0)
        v.actions = episodes.actionCount
        c.video = v
        c.commands = Command.named(episodes, actions: actions, codes: nil)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        return c
    }
}
