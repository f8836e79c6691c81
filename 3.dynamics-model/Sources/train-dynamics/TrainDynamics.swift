// TrainDynamics.swift - the training loop, in one piece: draw clips of tokens, mask, guess, step.

import ArgumentParser
import DynamicsModel
import Episodes
import Foundation
import InverseDynamics
import Layers
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer
import WorldModels

struct TrainDynamics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "masked",
        abstract: "Learn to guess the next frame's masked tokens from the frames before and an action: Genie's way, the main road.",
        discussion: "Frames are stage 1's tokens, actions stage 2's codes. The run keeps copies of both models. Presets: default, tiny.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 1 whose tokens are learned.") var tokenizer = "../1.video-tokenizer/checkpoints/default"
    @Option(help: "The run of stage 2 whose codes are the actions.") var actionModel = "../2.inverse-dynamics/checkpoints/default"
    @Option(help: "What an action is: latent (stage 2's code) or true (the episode's own).") var actions = "latent"
    @Option(help: "How the share of masked tokens is drawn: cosine (MaskGIT) or uniform (Genie: from a half to all).") var masks = "cosine"
    @Option(help: "The largest share of context tokens that are replaced by random ones.") var corruption: Float = 0.1
    @Flag(inversion: .prefixedNo, help: "Whether rare codes, and those of unusual colors, count more in the loss.") var weighCodes = true
    @Flag(
        inversion: .prefixedNo,
        help: "Whether to lay under the masks what stage 2's decoder expects to see next, beside the last frame moved.") var expect = true
    @Option(help: "T, the frames of a clip (default: the preset's).") var frames: Int?

    mutating func validate() throws {
        guard ["default", "tiny"].contains(options.preset) else {
            throw ValidationError("--preset is default or tiny, not '\(options.preset)'")
        }
        guard ["latent", "true"].contains(actions) else { throw ValidationError("--actions is latent or true, not '\(actions)'") }
        guard ["cosine", "uniform"].contains(masks) else { throw ValidationError("--masks is cosine or uniform, not '\(masks)'") }
        guard (0 ..< 1).contains(corruption) else { throw ValidationError("--corruption is a share, from 0 to below 1") }
        if let frames, !(2 ... 64).contains(frames) { throw ValidationError("--frames must be at least 2, and at most 64") }
    }

    func run() throws {
        Interrupt.watch()
        let run = try Run(options, command: "train-dynamics")
        let resumed = options.resume
            ? try run.openState(kind: MaskedDynamics.kind, madeBy: "train-dynamics", as: DynamicsConfiguration.self) : nil
        let isTiny = options.preset == "tiny"
        let plan = try resumed?.state.plan.resumed(by: options)
            ?? TrainingPlan(steps: isTiny ? 400 : 7000, batchSize: isTiny ? 8 : 2, learningRate: isTiny ? 2e-3 : 4e-3).adjusted(by: options)
        Workers.count = plan.threads

        // What the run itself holds is what a resumed run goes on with.
        let own = resumed == nil ? nil : run, again = "train-dynamics --overwrite"
        let eyes = try TrainedModel(own?.file("tokenizer.safetensors") ?? PretrainedWeights.model(ofRunAt: tokenizer)) {
            try VideoTokenizer(checkpoint: $0, madeBy: own == nil ? "train-tokenizer" : again)
        }
        let isLatent = (resumed?.configuration.actionKind ?? actions) == "latent"
        let namer = isLatent
            ? try TrainedModel(own?.file("actions.safetensors") ?? PretrainedWeights.model(ofRunAt: actionModel)) {
                try LatentActionModel(checkpoint: $0, madeBy: own == nil ? "train-actions" : again)
            } : nil
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] { try set.check(size: eyes.model.configuration.imageSize) }
        if !isLatent {
            for set in [episodes, validation] { try set.check(actions: resumed?.configuration.actions ?? episodes.actionCount) }
        }
        let tokens = try TokenEpisodes(episodes, tokenizer: eyes, actionModel: namer)
        let watched = try TokenEpisodes(validation, tokenizer: eyes, actionModel: namer)
        let configuration = try resumed?.configuration ?? shape(episodes, tokens, eyes.model, namer?.model)

        let expected =
            configuration.expects == true ? try ExpectedEpisodes(episodes, tokens: tokens, tokenizer: eyes, actionModel: namer!) : nil
        let expectedThere =
            configuration.expects == true ? try ExpectedEpisodes(validation, tokens: watched, tokenizer: eyes, actionModel: namer!) : nil
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
        let weights = configuration.weighsCodes ? tokens.weights(vocabulary: configuration.vocabulary, of: episodes) : nil
        let exaggeration = weights.map { Tensor($0.map { logf($0) }, shape: [$0.count]) }

        var step = 0
        if let resumed {
            try run.restore(resumed.file, model: model, optimizers: [muon, adamW])
            sampler.generator.state = try run.generator("clips")
            maskGenerator.state = try run.generator("masks")
            step = resumed.state.step
        }
        try run.begin(at: step)
        func save() throws {
            run.keep(eyes.bytes, as: "tokenizer.safetensors")
            if let namer { run.keep(namer.bytes, as: "actions.safetensors") }
            try run.save(
                TrainingState(step: step, plan: plan, generators: ["clips": sampler.generator.state, "masks": maskGenerator.state]),
                model: model, optimizers: [muon, adamW],
                metadata: Checkpoint.metadata(kind: MaskedDynamics.kind, configuration: configuration))
        }
        let tokensPerStep = plan.batchSize * 2 * (configuration.frames - 1) * configuration.patches
        print("""
            dynamics: \(model.parameterCount) parameters, \(configuration.actions) \(configuration.actionKind) actions
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(sampler.clipCount) clips; \
            \(plan.threads) threads
            """)
        let progress = TrainingProgress(start: step, total: plan.steps, tokensPerStep: tokensPerStep)
        let last = min(plan.steps, options.stopAt ?? plan.steps), first = step

        while step < last && !Interrupt.isRequested {
            let places = sampler.nextPlaces(plan.batchSize), clips = tokens.clips(at: places, length: configuration.frames)
            let draw = MaskDraw(clips.tokens, batch: plan.batchSize, configuration, using: &maskGenerator)
            let logits = model.logits(read: draw.read, guessed: draw.guessed, actions: clips.actions,
                expected: expected?.clips(at: places, length: configuration.frames, using: &maskGenerator), batch: plan.batchSize)
            let loss = (exaggeration.map { logits + $0 } ?? logits).crossEntropy(draw.targets, weights: weights)    // of masked tokens only
            loss.backward()
            try run.checkFinite(loss.item, clipGradients(of: model.parameters, to: 1), step: step + 1)
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: 50)
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 5)
            step += 1
            progress.update(step, loss: Double(loss.item))
            if step == first + 20 { print("estimated time: \(duration(progress.seconds / 20 * Double(plan.steps - first)))") }
            if step % 20 == 0 || step == last { run.log(step, ["loss": Double(loss.item), "seconds": progress.seconds]) }
            if step % 250 == 0 || step == last {
                let (loss, accuracy) = measure(model, watched, expectedThere, validation)
                run.log(step, ["validation_loss": loss, "validation_accuracy": accuracy])
                progress.note(String(format: "step %d: validation loss %.3f, right %.1f %% of masked tokens", step, loss, accuracy * 100))
                try run.drawChart("loss.png", title: "guessing masked tokens", yLabel: "cross-entropy", of: ["loss", "validation_loss"])
                try save()
            }
        }
        // Once more, also when nothing was left to do: a kill between two files leaves a model that is older than the state.
        try save()
        guard step < plan.steps else {
            return print(
                "done in \(duration(progress.seconds)): \(run.modelURL.relativePath), \(run.file("loss.png").relativePath). Next: "
                    + "validate-dynamics \(options.run.flags)"
            )
        }
        print("\nstopped at step \(step) and saved; go on with: train-dynamics \(options.run.flags) --resume")
        if Interrupt.isRequested { throw Interrupt.exitCode }
    }

    /// The preset's shape, for these tokens and actions.
    private func shape(
        _ episodes: EpisodeSet, _ tokens: TokenEpisodes, _ eyes: VideoTokenizer, _ namer: LatentActionModel?
    ) throws -> DynamicsConfiguration {
        var c = options.preset == "tiny" ? DynamicsConfiguration.tiny : .standard
        c.side = eyes.configuration.imageSize / eyes.configuration.patchSize
        c.levels = eyes.configuration.quantizer == "fsq" ? eyes.configuration.levels : [eyes.quantizer.vocabulary]
        c.expects = expect && namer != nil
        (c.masks, c.corruption, c.weighsCodes, c.actionKind, c.frames) = (masks, corruption, weighCodes, actions, frames ?? c.frames)
        c.actions = namer?.configuration.codes ?? episodes.actionCount
        c.commands = Command.named(episodes, actions: tokens.actions, codes: namer?.configuration.codes)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        try c.check()
        return c
    }

    /// Cross-entropy and accuracy on masked tokens of validation clips, the same masks each time; nothing is corrupted.
    private func measure(
        _ model: MaskedDynamics, _ tokens: TokenEpisodes, _ expected: ExpectedEpisodes?, _ episodes: EpisodeSet
    ) -> (loss: Double, accuracy: Double) {
        var configuration = model.configuration, generator = SeededGenerator(seed: 3)
        configuration.corruption = 0
        let places = episodes.places(length: configuration.frames),
            chosen = stride(from: 0, to: places.count, by: max(1, places.count / 16)).map { places[$0] }
        let clips = tokens.clips(at: chosen, length: configuration.frames)
        let draw = MaskDraw(clips.tokens, batch: chosen.count, configuration, using: &generator)
        let expected = expected?.clips(at: chosen, length: configuration.frames, using: &generator)
        return Tensor.withoutGradients {
            let logits = model.logits(
                read: draw.read, guessed: draw.guessed, actions: clips.actions, expected: expected, batch: chosen.count)
            let right = zip(logits.argmax(), draw.targets).filter { $0 == $1 }.count
            return (Double(logits.crossEntropy(draw.targets).item), Double(right) / Double(draw.targets.count))
        }
    }
}
