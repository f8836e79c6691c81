// TrainDynamics.swift - the training loop, in one piece: draw clips of tokens, mask, guess, step.

import ArgumentParser
import Captions
import DynamicsModel
import Episodes
import Foundation
import Layers
import Randomness
import Tensors
import Training
import WorldModels

struct TrainDynamics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "masked",
        abstract: "Learn to guess the next frame's masked tokens from the frames before and an action: Genie's way, the main road.",
        discussion: "Frames are stage 1's tokens, actions stage 2's codes. The run keeps copies of both models.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 1 whose tokens are learned.") var tokenizer = "../1.video-tokenizer/checkpoints/default"
    @Option(help: "The run of stage 2 whose codes are the actions.") var actionModel = "../2.inverse-dynamics/checkpoints/default"
    @Option(help: "What an action is: latent (stage 2's code) or true (the episode's own).") var actions = "latent"
    @Option(help: "In which order tokens are guessed: surest (first, from under masks) or raster (each from those before it).")
    var order = "surest"
    @Flag(help: "Write above each frame, in words, what is to be seen there (with --order raster): GAIA-1's text.") var words = false
    @Option(help: "With --words: the share of clips of which it sees no frame, and has only words to go by (default: 0.25).")
    var unseen: Float?
    @Option(help: "How the share of masked tokens is drawn: cosine (MaskGIT) or uniform (Genie: from a half to all).") var masks = "cosine"
    @Option(help: "The largest share of context tokens that are replaced by random ones.") var corruption: Float = 0.1
    @Flag(inversion: .prefixedNo, help: "Whether rare codes, and those of unusual colors, count more in the loss.") var weighCodes = true
    @Flag(
        inversion: .prefixedNo,
        help: "Whether to lay under the masks what stage 2's decoder expects to see next, beside the last frame moved.") var expect = true
    @Flag(
        inversion: .prefixedNo,
        help: "Whether to lay under them, too, the last frame seen, carried over to where the actions take it (not with --no-expect).")
    var carry = true
    @Option(help: "T, the frames of a clip (default: the preset's).") var frames: Int?

    mutating func validate() throws {
        try options.checkPreset()
        guard ["latent", "true"].contains(actions) else { throw ValidationError("--actions is latent or true, not '\(actions)'") }
        guard ["surest", "raster"].contains(order) else { throw ValidationError("--order is surest or raster, not '\(order)'") }
        guard ["cosine", "uniform"].contains(masks) else { throw ValidationError("--masks is cosine or uniform, not '\(masks)'") }
        guard order == "surest" || masks == "cosine" else { throw ValidationError("--masks goes with --order surest") }
        guard order == "raster" || !words else { throw ValidationError("--words goes with --order raster") }
        guard words || unseen == nil else { throw ValidationError("--unseen goes with --words") }
        guard (0 ... 1).contains(unseen ?? 0) else { throw ValidationError("--unseen is a share, from 0 to 1") }
        guard (0 ..< 1).contains(corruption) else { throw ValidationError("--corruption is a share, from 0 to below 1") }
        if let frames, !(2 ... 64).contains(frames) { throw ValidationError("--frames must be at least 2, and at most 64") }
    }

    func run() throws {
        Interrupt.watch()
        let loop = try TrainingLoop<DynamicsConfiguration>(options, command: "train-dynamics", kind: MaskedDynamics.kind)
        let isTiny = options.preset == "tiny"
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 400 : 7000, batchSize: isTiny ? 8 : 2, learningRate: isTiny ? 2e-3 : 4e-3))

        let isLatent = (loop.resumed?.actionKind ?? actions) == "latent"
        let models = try loop.resumed == nil
            ? EarlierModels(tokenizer: tokenizer, actionModel: isLatent ? actionModel : nil)
            : EarlierModels(keptIn: loop.run, named: isLatent)
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] {
            try set.check(size: models.eyes.model.configuration.imageSize)
            if !isLatent { try set.check(actions: loop.resumed?.actions ?? episodes.actionCount) }
        }
        var lessons = try Lessons(episodes, models), watched = try Lessons(validation, models)
        let configuration = try loop.resumed ?? shape(lessons, models)
        if configuration.words != nil { try lessons.caption() }
        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = MaskedDynamics(configuration, using: &weightGenerator)
        var sampler = try ClipSampler(episodes, length: configuration.frames, seed: plan.seed)
        guard !validation.places(length: configuration.frames).isEmpty else {
            throw TrainingError("\(validation.url.relativePath): no episode has the \(configuration.frames) frames of a clip")
        }
        var maskGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        // Weighted by w, a loss is least where the probabilities are w times too large (and scaled to sum to 1). So log w is added to the
        // logits in training, and only there: without it the model's own are honest.
        let weights = configuration.weighsCodes ? lessons.tokens.weights(vocabulary: configuration.vocabulary, of: episodes) : nil
        let exaggeration = weights.map { Tensor($0.map { logf($0) }, shape: [$0.count]) }

        let tokensPerStep = plan.batchSize * 2 * (configuration.frames - 1) * (configuration.wordPlaces + configuration.patches)
        models.keep(in: loop.run)
        loop.keep("clips") { sampler.generator.state } set: { sampler.generator.state = $0 }
        loop.keep("masks") { maskGenerator.state } set: { maskGenerator.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        if configuration.expects == true {
            if let flow = model.flow, loop.resumed == nil {
                print("looking where the pixels of each of \(configuration.actions) actions come from")
                flow.find(in: episodes, actions: lessons.tokens.actions, beside: models.namer!.model)
            }
            try lessons.expect(models, model.flow)
            try watched.expect(models, model.flow)
        }
        print("""
            dynamics: \(model.parameterCount) parameters, \(configuration.actions) \(configuration.actionKind) actions
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(sampler.clipCount) clips; \
            \(plan.threads) threads
            """)

        while let step = loop.next() {
            let places = sampler.nextPlaces(plan.batchSize), clips = lessons.clips(at: places, length: configuration.frames)
            let draw = MaskDraw(clips.tokens, batch: plan.batchSize, configuration, using: &maskGenerator)
            let expected = draw.hiding(lessons.expectations(at: places, length: configuration.frames, using: &maskGenerator))
            let words = lessons.words(at: places, for: model, using: &maskGenerator)
            let logits = model.logits(
                read: draw.read, guessed: draw.guessed, actions: clips.actions, expected: expected, words: words, batch: plan.batchSize)
            let loss = (exaggeration.map { logits + $0 } ?? logits).crossEntropy(draw.targets, weights: weights)    // of what is asked only
            loss.backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: 50)
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 5)
            loop.done(loss: loss.item)
            loop.log(every: 20, ["loss": Double(loss.item)])
            if loop.isDue(every: 250) {
                let (loss, accuracy) = measure(model, watched)
                loop.log(["validation_loss": loss, "validation_accuracy": accuracy])
                let what = configuration.isWritten ? "tokens" : "masked tokens"
                loop.note(String(format: "validation loss %.3f, right %.1f %% of \(what)", loss, accuracy * 100))
                try loop.run.drawChart(
                    "loss.png", title: "guessing \(what)", yLabel: "cross-entropy", of: ["loss", "validation_loss"])
                try loop.save()
            }
        }
        try loop.finish(next: "validate-dynamics")
    }

    /// The preset's shape, for these tokens and actions.
    private func shape(_ lessons: Lessons, _ models: EarlierModels) throws -> DynamicsConfiguration {
        let (episodes, eyes, namer) = (lessons.episodes, models.eyes.model, models.namer?.model)
        var c = options.preset == "tiny" ? DynamicsConfiguration.tiny : .standard
        c.side = eyes.configuration.imageSize / eyes.configuration.patchSize
        c.levels = eyes.configuration.quantizer == "fsq" ? eyes.configuration.levels : [eyes.quantizer.vocabulary]
        c.expects = expect && namer != nil
        c.carries = carry && c.expects == true ? eyes.configuration.imageSize : nil
        c.latentDimensions = eyes.configuration.quantizer == "fsq" ? nil : eyes.latentShape.width
        c.order = order == "raster" ? order : nil
        (c.words, c.unseen) = words ? (Grammar.words, unseen ?? 0.25) : (nil, nil)
        (c.masks, c.corruption, c.weighsCodes, c.actionKind, c.frames) = (masks, corruption, weighCodes, actions, frames ?? c.frames)
        c.actions = namer?.configuration.codes ?? episodes.actionCount
        c.commands = Command.named(episodes, actions: lessons.tokens.actions, codes: namer?.configuration.codes)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        try c.check()
        return c
    }

    /// Cross-entropy and accuracy on masked tokens of validation clips, the same masks each time; nothing is corrupted, nothing said.
    private func measure(_ model: MaskedDynamics, _ lessons: Lessons) -> (loss: Double, accuracy: Double) {
        var configuration = model.configuration, generator = SeededGenerator(seed: 3)
        (configuration.corruption, configuration.unseen) = (0, nil)
        let places = lessons.episodes.places(length: configuration.frames),
            chosen = stride(from: 0, to: places.count, by: max(1, places.count / 16)).map { places[$0] }
        let clips = lessons.clips(at: chosen, length: configuration.frames)
        let draw = MaskDraw(clips.tokens, batch: chosen.count, configuration, using: &generator)
        let expected = lessons.expectations(at: chosen, length: configuration.frames, using: &generator)
        let silence = model.rows(of: nil, count: chosen.count * configuration.frames)
        return Tensor.withoutGradients {
            let logits = model.logits(
                read: draw.read, guessed: draw.guessed, actions: clips.actions, expected: expected, words: silence, batch: chosen.count)
            let right = zip(logits.argmax(), draw.targets).filter { $0 == $1 }.count
            return (Double(logits.crossEntropy(draw.targets).item), Double(right) / Double(draw.targets.count))
        }
    }
}
