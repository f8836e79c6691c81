// TrainMaskedAutoencoder.swift - the loop of `train-tokenizer masked-autoencoder`, in one piece: draw
// frames, hide patches, draw them again, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import Layers
import MaskedAutoencoder
import Pictures
import Randomness
import Tensors
import Training

struct TrainMaskedAutoencoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "masked-autoencoder", abstract: "Train Dreamer 4's tokenizer: a few continuous latents a frame, some patches hidden.",
        discussion: "Presets: default, tiny (under half a minute). See chapters/masked-autoencoder.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "S, the latent tokens of a frame (default: 16).") var latents: Int?
    @Option(help: "Z, the numbers of a latent token (default: 16).") var latentDimensions: Int?
    @Option(help: "The largest share of patches that a frame hides (default: 0.9; 0 hides none).") var mostMasked: Float?
    @Option(help: "What edges count beside colors (default: 0.2; 0 leaves them out).") var edgeWeight: Float?
    @Flag(inversion: .prefixedNo, help: "Let a pixel count for more the more unusual its color is in its frame.") var weighColors = true

    mutating func validate() throws {
        guard ["default", "tiny"].contains(options.preset) else {
            throw ValidationError("--preset is default or tiny, not '\(options.preset)'")
        }
        if let latents, !(1 ... 1024).contains(latents) { throw ValidationError("--latents must be at least 1, and at most 1024") }
        if let latentDimensions, !(1 ... 4096).contains(latentDimensions) {
            throw ValidationError("--latent-dimensions must be at least 1, and at most 4096")
        }
        if let mostMasked, !(0 ..< 1).contains(mostMasked) { throw ValidationError("--most-masked is a share, from 0 to below 1") }
        if let edgeWeight, !(edgeWeight >= 0 && edgeWeight.isFinite) { throw ValidationError("--edge-weight is not negative") }
    }

    func run() throws {
        let command = "train-tokenizer masked-autoencoder", run = try Run(options, command: command)
        let resumed = options.resume
            ? try run.openState(kind: MaskedAutoencoder.kind, madeBy: command, as: MaskedAutoencoderConfiguration.self) : nil
        let isTiny = options.preset == "tiny"
        let plan = try resumed?.state.plan.resumed(by: options)
            ?? TrainingPlan(steps: isTiny ? 300 : 2400, batchSize: isTiny ? 8 : 4, learningRate: isTiny ? 4e-3 : 3e-3).adjusted(by: options)
        let configuration = resumed?.configuration ?? shape
        try configuration.check()
        Workers.count = plan.threads

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), maskGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        let model = MaskedAutoencoder(configuration, using: &weightGenerator)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: configuration.imageSize)
        var clips = try ClipSampler(episodes, length: configuration.frames, seed: plan.seed)
        var pairs = try ClipSampler(episodes, length: min(2, configuration.frames), seed: plan.seed)
        let watched = try watchedClips(configuration)
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        var step = 0
        if let resumed {
            try run.restore(resumed.file, model: model, optimizers: [muon, adamW])
            clips.generator.state = try run.generator("clips")
            pairs.generator.state = try run.generator("pairs")
            maskGenerator.state = try run.generator("masks")
            step = resumed.state.step
        }
        try run.begin(at: step)
        func save() throws {
            let generators = ["clips": clips.generator.state, "pairs": pairs.generator.state, "masks": maskGenerator.state]
            try run.save(TrainingState(step: step, plan: plan, generators: generators), model: model, optimizers: [muon, adamW],
                         metadata: Checkpoint.metadata(kind: MaskedAutoencoder.kind, configuration: configuration))
        }
        let tokensPerStep = plan.batchSize * configuration.frames * (configuration.patches + configuration.latents)
        print("""
            masked autoencoder: \(model.parameterCount) parameters, \(configuration.imageSize)x\(configuration.imageSize), \
            T=\(configuration.frames), \
            \(configuration.patches) patches -> \(configuration.latents) latents of \(configuration.latentDimensions) numbers
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(clips.clipCount) clips; \(plan.threads) \
            threads
            """)
        Interrupt.watch()
        let progress = TrainingProgress(start: step, total: plan.steps, tokensPerStep: tokensPerStep)
        let last = min(plan.steps, options.stopAt ?? plan.steps), first = step

        while step < last && !Interrupt.isRequested {
            // Pairs of neighbors from many places first, clips of T from few places later, as on the main road.
            let frames = step < plan.steps / 5 * 3                                                              // [B,T,H,W,3]
                ? pairs.next(batch: plan.batchSize * configuration.frames / pairs.length).frames
                : clips.next(batch: plan.batchSize).frames
            let mask = patchMask(clips: frames.size(0), frames: frames.size(1), patches: configuration.patches,
                                 most: configuration.mostMasked, using: &maskGenerator)                         // [B,T,N,1]
            let loss = model.loss(frames, mask: mask)
            loss.total.backward()
            try run.checkFinite(loss.total.item, clipGradients(of: model.parameters, to: 1), step: step + 1)
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 2.5)
            step += 1
            progress.update(step, loss: Double(loss.color))
            if step == first + 10 { progress.note("estimated time: \(duration(progress.seconds / 10 * Double(plan.steps - first)))") }
            if step % 20 == 0 || step == last {
                run.log(step, ["loss": Double(loss.color), "edge_loss": Double(loss.edges), "seconds": progress.seconds])
            }
            if step % 200 == 0 || step == last {
                try evaluate(model, watched, run, step, progress)
                try save()
            }
        }
        // Once more, also when nothing was left to do: a kill between the two files leaves a model that is older than the state.
        try save()
        guard step < plan.steps else {
            return print(
                "done in \(duration(progress.seconds)): \(run.modelURL.relativePath), \(run.file("loss.png").relativePath). Next: "
                    + "validate-tokenizer \(options.run.flags)"
            )
        }
        print("\nstopped at step \(step) and saved; go on with: \(command) \(options.run.flags) --resume")
        if Interrupt.isRequested { throw Interrupt.exitCode }
    }

    /// The preset's shape, with what was asked for.
    private var shape: MaskedAutoencoderConfiguration {
        var c = options.preset == "tiny" ? MaskedAutoencoderConfiguration.tiny : .standard
        c.latents = latents ?? c.latents
        c.latentDimensions = latentDimensions ?? c.latentDimensions
        c.mostMasked = mostMasked ?? c.mostMasked
        c.edgeWeight = edgeWeight ?? c.edgeWeight
        c.weighsColors = weighColors
        return c
    }

    /// Clips of validation episodes, always the same, to look at while the model learns: [4,T,H,W,3].
    private func watchedClips(_ configuration: MaskedAutoencoderConfiguration) throws -> Tensor {
        let episodes = try EpisodeSet(options.run.dataFolder, .validation)
        try episodes.check(size: configuration.imageSize)
        let places = episodes.places(length: configuration.frames)
        guard !places.isEmpty else {
            throw TrainingError(
                "\(episodes.url.relativePath): no episode has the \(configuration.frames) frames of a clip; record or import longer ones")
        }
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 4)).prefix(4).map { places[$0] }
        return episodes.clips(at: chosen, length: configuration.frames).frames
    }

    /// Logs the PSNR of the watched clips, nothing hidden, and draws them: originals, what is drawn, and what
    /// is drawn where three quarters are hidden.
    private func evaluate(_ model: MaskedAutoencoder, _ watched: Tensor, _ run: Run, _ step: Int, _ progress: TrainingProgress) throws {
        let c = model.configuration, (b, t) = (watched.size(0), watched.size(1))
        let hidden = Tensor(repeating: 0, shape: [b, t, c.patches, 1])
        var generator = SeededGenerator(seed: 2)
        for i in 0 ..< hidden.count where generator.uniform() < 0.75 { hidden.pointer[i] = 1 }
        let (whole, guessed) = Tensor.withoutGradients {
            (model.decode(model.encode(watched)), model.decode(model.encode(watched, mask: hidden)))
        }
        func mean(_ frames: Tensor) -> Double { squaredErrors(frames, watched).map(psnr).reduce(0, +) / Double(b * t) }
        run.log(step, ["validation_psnr_db": mean(whole), "masked_psnr_db": mean(guessed)])
        progress.note(
            String(
                format: "step %d: %.2f dB on %d validation clips, %.2f dB with three quarters hidden", step, mean(whole), b, mean(guessed)))
        let columns = (0 ..< b).flatMap { [$0 * t, $0 * t + t - 1] }
        let shown = (1 - hidden * 2).expanded(to: [b, t, c.patches, c.patchSize * c.patchSize * 3])             // 1 or -1 is white or black
        let covered = watched * pixels(of: shown, size: c.patchSize)
        try Image.sheet(
            rows: [watched, whole, covered, guessed].map { frames in columns.map { Image(frames, frame: $0) } },
            title: "step \(step)", rowLabels: ["original", "decoded", "hidden", "guessed"], scale: 2).writePNG(to: run.file("samples.png"))
        try run.drawChart("loss.png", title: "reconstruction error", yLabel: "mean squared error", of: ["loss"], logarithmicY: true)
        try run.drawChart("psnr.png", title: "validation clips", yLabel: "PSNR, dB", of: ["validation_psnr_db", "masked_psnr_db"])
    }
}
