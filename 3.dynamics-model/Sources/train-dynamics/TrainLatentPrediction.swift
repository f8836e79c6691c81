// TrainLatentPrediction.swift - the loop of `train-dynamics latent-prediction`: latents and an action in,
// latents out. The eye is frozen, and looks once.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import InverseDynamics
import JointEmbedding
import LatentPrediction
import Layers
import Pictures
import PublishedDINOv2
import Randomness
import Tensors
import Training
import WorldModels

extension LatentPredictionConfiguration.Recipe: ExpressibleByArgument {}

struct TrainLatentPrediction: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latent-prediction", abstract: "Learn what a frozen eye will see after an action: DINO-WM, or V-JEPA 2-AC.",
        discussion: "See chapters/latent-prediction.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 1 that is the eye, or a folder with a published DINOv2: config.json and model.safetensors.")
    var eye = "../1.video-tokenizer/checkpoints/masked-autoencoder"
    @Option(help: "own: the eye's latents as they are. patches: sixteen places of a joint embedding that has one vector a frame.")
    var features = "own"
    @Option(help: """
        dino-wm: the action beside every place, squared error. v-jepa: the action as a token, absolute error over two steps. \
        drawing: dino-wm, and the decoder's error at what was foretold teaches too.
        """)
    var recipe = LatentPredictionConfiguration.Recipe.dinoWM
    @Option(help: "H, the frames that it looks back at (default: the preset's).") var lookBack: Int?
    @Flag(inversion: .prefixedNo, help: "Whether a frame is kept from seeing later ones. Without, watch the loss fall, and the dream fail.")
    var causal = true

    func validate() throws {
        try options.checkPreset()
        if let lookBack, !(1 ... 16).contains(lookBack) { throw ValidationError("--look-back must be at least 1, and at most 16") }
    }

    func run() throws {
        Interrupt.watch()
        let loop = try TrainingLoop<LatentPredictionConfiguration>(
            options, command: "train-dynamics latent-prediction", kind: LatentWorld.kind)
        let isTiny = options.preset == "tiny"
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 200 : 2000, batchSize: isTiny ? 16 : 32, learningRate: isTiny ? 4e-3 : 2e-3))

        // What the run itself holds is what a resumed run goes on with.
        let asked = URL(fileURLWithPath: eye).appendingPathComponent("model.safetensors")
        let source = loop.resumed == nil ? asked : loop.run.file("eye.safetensors"), features = loop.resumed?.features ?? features
        let looking = try TrainedModel(source) { try LatentWorld.eye(at: $0, features: features) }, seeing = looking.model
        if FrameEncoders.isPublished(source) { try loop.run.keep(DINOv2.configuration(beside: source), as: "config.json") }
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] { try set.check(size: seeing.imageSize) }
        let configuration = try loop.resumed ?? shape(episodes, seeing)
        try configuration.check()
        for set in [episodes, validation] { try set.check(actions: configuration.actions) }
        let fingerprint = looking.fingerprint + (features == "own" ? "" : "-" + features)
        let latents = try LatentEpisodes(episodes, encoder: seeing, fingerprint: fingerprint)
        let watched = try LatentEpisodes(validation, encoder: seeing, fingerprint: fingerprint)

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = LatentModel(configuration, using: &weightGenerator), length = configuration.lookBack + 2
        let (mean, deviation) = latents.statistics
        model.transition.mean.pointer.update(from: mean, count: mean.count)
        model.transition.deviation.pointer.update(from: deviation.map { max($0, 1e-3) }, count: deviation.count)
        var sampler = try ClipSampler(episodes, length: length, seed: plan.seed)
        guard !validation.places(length: length).isEmpty else {
            throw TrainingError("\(validation.url.relativePath): no episode has the \(length) frames of a clip")
        }
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        loop.run.keep(looking.bytes, as: "eye.safetensors")
        loop.keep("clips") { sampler.generator.state } set: { sampler.generator.state = $0 }
        try loop.begin(
            model, configuration, [muon, adamW], tokensPerStep: plan.batchSize * configuration.lookBack * configuration.places)
        print("""
            latent prediction, \(configuration.recipe.rawValue): \(model.transition.parameterCount) parameters \
            and \(model.decoder.parameterCount) of the decoder; \(configuration.places) places of \(configuration.width)
            plan: \(plan.steps) steps of \(plan.batchSize) clips, from \(sampler.clipCount); \(plan.threads) threads
            """)

        while let step = loop.next() {
            let places = sampler.nextPlaces(plan.batchSize)
            let z = model.transition.standardized(latents.clips(at: places, length: length)).stopGradient()
            let (loss, oneStep) = model.transition.loss(z, actions(at: places, in: episodes, length: length))
            // The decoder learns beside, from the last frame of half the clips; nothing of it reaches the transition, if it is not let in
            // (but one norm clips both).
            let shown = Array(places.prefix((plan.batchSize + 1) / 2))
            let drawing = drawingLoss(model, z.sliced(axis: 0, 0 ..< shown.count), shown, episodes, length)
            (loss + drawing).backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: 50)
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 2.5)
            loop.done(loss: oneStep.item)
            loop.log(every: 20, ["loss": Double(oneStep.item), "drawing_loss": Double(drawing.item)])
            if loop.isDue(every: 250) {
                let (error, ratio) = measure(model, watched, validation)
                loop.log(["validation_loss": error, "copy_ratio": ratio])
                loop.note(String(format: "validation error %.3f, %.2f of copying the last latents", error, ratio))
                try loop.run.drawChart("loss.png", title: "foretelling latents", yLabel: "squared error", of: ["loss", "validation_loss"])
                try loop.save()
            }
        }
        try loop.finish(next: "validate-dynamics")
    }

    private func shape(_ episodes: EpisodeSet, _ eye: any FrameEncoder) throws -> LatentPredictionConfiguration {
        var c = options.preset == "tiny" ? LatentPredictionConfiguration.tiny : .standard
        (c.imageSize, c.places, c.width) = (eye.imageSize, eye.latentShape.places, eye.latentShape.width)
        (c.features, c.recipe, c.isCausal, c.lookBack) = (features, recipe, causal, lookBack ?? c.lookBack)
        c.actions = episodes.actionCount
        c.commands = Command.named(episodes, actions: [], codes: nil)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        return c
    }

    /// What was done between the frames of clips, B·(length-1).
    private func actions(at places: [ClipPlace], in episodes: EpisodeSet, length: Int) -> [Int] {
        places.flatMap { episodes.episodes[$0.episode].actions![$0.start ..< $0.start + length - 1] }
    }

    private func drawingLoss(_ model: LatentModel, _ z: Tensor, _ places: [ClipPlace], _ episodes: EpisodeSet, _ length: Int) -> Tensor {
        let ends = places.map { ClipPlace(episode: $0.episode, start: $0.start + length - 1) },
            frames = episodes.clips(at: ends, length: 1).frames
        let last = model.shown(z, actions(at: places, in: episodes, length: length))
        return model.decoder(last).reshaped(frames.shape).squaredError(frames, weights: colorWeights(of: frames))
    }

    /// Squared error one step ahead, and its share of the error of "nothing moved".
    private func measure(_ model: LatentModel, _ latents: LatentEpisodes, _ episodes: EpisodeSet) -> (error: Double, ratio: Double) {
        let H = model.configuration.lookBack, all = episodes.places(length: H + 1)
        let places = stride(from: 0, to: all.count, by: max(1, all.count / 64)).map { all[$0] }
        return Tensor.withoutGradients {
            let z = model.transition.standardized(latents.clips(at: places, length: H + 1)), before = z.sliced(axis: 1, H - 1 ..< H),
                after = z.sliced(axis: 1, H ..< H + 1)
            let guess = model.transition(z.sliced(axis: 1, 0 ..< H), actions(at: places, in: episodes, length: H + 1)).sliced(
                axis: 1, H - 1 ..< H)
            let error = Double(guess.meanSquaredError(after).item)
            return (error, error / max(1e-12, Double(before.meanSquaredError(after).item)))
        }
    }
}
