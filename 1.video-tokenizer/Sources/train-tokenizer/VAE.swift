// VAE.swift - the training loop of the variational autoencoder: draw frames, write each as a few numbers
// with noise on them, decode, compare, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import Layers
import Pictures
import Randomness
import Tensors
import Training
import VariationalAutoencoder

struct VAE: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vae",
        abstract: "Train a variational autoencoder: a frame as 32 numbers, as in World Models (chapters/variational-autoencoder.md).")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The places of a frame's latents, on a side: 1 is the whole frame in one row of numbers, 4 is 4x4 places of 8 numbers.")
    var side = 1
    @Option(help: "Numbers a place (default: the preset's; with --side 4 a quarter of them).") var latents: Int?
    @Option(help: "Nats a latent number that cost nothing.") var tolerance: Float = 0.5
    @Flag(inversion: .prefixedNo, help: "Let a pixel count for more the more unusual its color is in its frame.") var weighColors = true
    @Flag(help: "Means in place of sums in the loss. Watch the codes collapse.") var means = false

    func run() throws {
        let run = try Run(options, command: "train-tokenizer vae")
        let resumed = options.resume
            ? try run.openState(kind: VariationalAutoencoder.kind, madeBy: "train-tokenizer vae", as: VariationalConfiguration.self) : nil
        let (preset, defaults) = try presets()
        let configuration = resumed?.configuration ?? preset
        let plan = try resumed?.state.plan.resumed(by: options) ?? defaults.adjusted(by: options)
        try configuration.check()
        Workers.count = plan.threads

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = VariationalAutoencoder(configuration, using: &weightGenerator)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: configuration.imageSize)
        var clips = try ClipSampler(episodes, length: 1, seed: plan.seed)
        var noise = SeededGenerator(seed: plan.seed, stream: 1)
        let watched = try watchedFrames(configuration)
        // As in the paper's code: Adam, and no decay of weights. Muon is for blocks that add to a stream, and here are none.
        let optimizer = AdamW(model.parameters, beta2: 0.99, weightDecay: 0)

        var step = 0
        if let resumed {
            try run.restore(resumed.file, model: model, optimizers: [optimizer])
            clips.generator.state = try run.generator("clips")
            noise.state = try run.generator("noise")
            step = resumed.state.step
        }
        try run.begin(at: step)
        func save() throws {
            let state = TrainingState(step: step, plan: plan, generators: ["clips": clips.generator.state, "noise": noise.state])
            try run.save(state, model: model, optimizers: [optimizer],
                         metadata: Checkpoint.metadata(kind: VariationalAutoencoder.kind, configuration: configuration))
        }
        print("""
            variational autoencoder: \(model.parameterCount) parameters, \(configuration.imageSize)x\(configuration.imageSize), \
            N=\(configuration.places), Z=\(configuration.latentDimensions): \(configuration.numbersPerFrame) numbers a frame\
            \(configuration.takesMeans ? "; the loss takes means" : "")
            plan: \(plan.steps) steps of \(plan.batchSize) frames, from \(clips.clipCount) frames; \(plan.threads) threads
            """)
        Interrupt.watch()
        let progress = TrainingProgress(start: step, total: plan.steps, tokensPerStep: plan.batchSize * configuration.places)
        let last = min(plan.steps, options.stopAt ?? plan.steps)

        while step < last && !Interrupt.isRequested {
            let size = configuration.imageSize
            let frames = clips.next(batch: plan.batchSize).frames.reshaped([plan.batchSize, size, size, 3])
            let out = model(frames, noise: model.noise(plan.batchSize, using: &noise))
            let loss = VariationalLoss(out.frames, frames, mean: out.mean, logVariance: out.logVariance, configuration)
            loss.total.backward()
            let gradientNorm = clipGradients(of: model.parameters, to: configuration.takesMeans ? 1 : 1000)
            try run.checkFinite(loss.total.item, gradientNorm, step: step + 1)
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            optimizer.step(learningRate: rate)
            step += 1

            progress.update(step, loss: Double(loss.total.item))
            if step == 1 { progress.note("estimated time: \(duration(progress.seconds * Double(plan.steps)))") }
            if step % 20 == 0 || step == last {
                run.log(
                    step,
                    [
                        "loss": Double(loss.total.item), "reconstruction": Double(loss.reconstruction),
                        "divergence_nats": Double(loss.divergence),
                               "gradient_norm": Double(gradientNorm), "learning_rate": Double(rate), "seconds": progress.seconds])
            }
            if step % 500 == 0 || step == last {
                try evaluate(model, watched, run, step, progress)
                try save()
            }
        }
        // Once more, also when nothing was left to do: a kill between the two files leaves a model that is older than the state.
        try save()
        if step < plan.steps {
            print("\nstopped at step \(step) and saved; go on with: train-tokenizer vae \(options.run.flags) --resume")
            if Interrupt.isRequested { throw Interrupt.exitCode }
        } else {
            print("done in \(duration(progress.seconds)): \(run.modelURL.relativePath), \(run.file("loss.png").relativePath). "
                + "Next: validate-tokenizer \(options.run.flags)")
        }
    }

    private func presets() throws -> (VariationalConfiguration, TrainingPlan) {
        var (configuration, plan): (VariationalConfiguration, TrainingPlan)
        switch options.preset {
        case "default": (configuration, plan) = (.standard, TrainingPlan(steps: 1000, batchSize: 64, learningRate: 2e-3))
        case "tiny": (configuration, plan) = (.tiny, TrainingPlan(steps: 300, batchSize: 32, learningRate: 4e-3))
        default: throw ValidationError("--preset is default or tiny, not '\(options.preset)'")
        }
        guard side == 1 || side == 4 else { throw ValidationError("--side is 1 or 4, not \(side)") }
        guard tolerance.isFinite, tolerance >= 0 else { throw ValidationError("--tolerance is a number of nats, 0 or more") }
        if let latents, !(1 ... 4096).contains(latents) { throw ValidationError("--latents must be at least 1, and at most 4096") }
        configuration.latentDimensions = latents ?? configuration.latentDimensions / side
        (configuration.side, configuration.tolerance, configuration.weighsColors, configuration.takesMeans) = (
            side, tolerance, weighColors, means
        )
        return (configuration, plan)
    }

    /// Eight frames of validation episodes, always the same, to look at while the model learns: [8,H,W,3].
    private func watchedFrames(_ configuration: VariationalConfiguration) throws -> Tensor {
        let episodes = try EpisodeSet(options.run.dataFolder, .validation)
        try episodes.check(size: configuration.imageSize)
        let places = episodes.places(length: 1)
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 8)).prefix(8).map { places[$0] }
        return episodes.clips(at: chosen, length: 1).frames.reshaped([chosen.count, configuration.imageSize, configuration.imageSize, 3])
    }

    /// Logs the PSNR of the watched frames and draws them: originals over what is left of them.
    private func evaluate(_ model: VariationalAutoencoder, _ watched: Tensor, _ run: Run, _ step: Int, _ progress: TrainingProgress) throws
    {
        let decoded = Tensor.withoutGradients { model.decode(model.encode(watched).mean) }
        let errors = squaredErrors(decoded, watched).map(psnr), mean = errors.reduce(0, +) / Double(errors.count)
        run.log(step, ["validation_psnr_db": mean])
        progress.note("step \(step): \(String(format: "%.2f", mean)) dB on \(watched.size(0)) validation frames")
        try Image.sheet(
            rows: [watched, decoded].map { frames in (0 ..< frames.size(0)).map { Image(frames, frame: $0) } },
            title: "step \(step)", rowLabels: ["original", "decoded"], scale: 2).writePNG(to: run.file("samples.png"))
        try run.drawChart(
            "loss.png", title: "squared pixels and nats a frame", yLabel: "sum", of: ["reconstruction", "divergence_nats"],
            logarithmicY: true)
        try run.drawChart("psnr.png", title: "validation frames", yLabel: "PSNR, dB", of: ["validation_psnr_db"])
    }
}
