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
        let loop = try TrainingLoop<VariationalConfiguration>(options, command: "train-tokenizer vae", kind: VariationalAutoencoder.kind)
        let (preset, defaults) = try presets()
        let configuration = loop.resumed ?? preset, plan = try loop.plan(defaults)
        try configuration.check()

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = VariationalAutoencoder(configuration, using: &weightGenerator)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: configuration.imageSize)
        var clips = try ClipSampler(episodes, length: 1, seed: plan.seed)
        var noise = SeededGenerator(seed: plan.seed, stream: 1)
        let watched = try watchedFrames(configuration)
        // As in the paper's code: Adam, and no decay of weights. Muon is for blocks that add to a stream, and here are none.
        let optimizer = AdamW(model.parameters, beta2: 0.99, weightDecay: 0)

        loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }
        loop.keep("noise") { noise.state } set: { noise.state = $0 }
        try loop.begin(model, configuration, [optimizer], tokensPerStep: plan.batchSize * configuration.places)
        print("""
            variational autoencoder: \(model.parameterCount) parameters, \(configuration.imageSize)x\(configuration.imageSize), \
            N=\(configuration.places), Z=\(configuration.latentDimensions): \(configuration.numbersPerFrame) numbers a frame\
            \(configuration.takesMeans ? "; the loss takes means" : "")
            plan: \(plan.steps) steps of \(plan.batchSize) frames, from \(clips.clipCount) frames; \(plan.threads) threads
            """)

        while let step = loop.next() {
            let size = configuration.imageSize
            let frames = clips.next(batch: plan.batchSize).frames.reshaped([plan.batchSize, size, size, 3])
            let out = model(frames, noise: model.noise(plan.batchSize, using: &noise))
            let loss = VariationalLoss(out.frames, frames, mean: out.mean, logVariance: out.logVariance, configuration)
            loss.total.backward()
            let gradientNorm = try loop.check(
                loss.total.item, clipGradients(of: model.parameters, to: configuration.takesMeans ? 1 : 1000))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            optimizer.step(learningRate: rate)
            loop.done(loss: loss.total.item)
            loop.log(every: 20, [
                "loss": Double(loss.total.item), "reconstruction": Double(loss.reconstruction),
                "divergence_nats": Double(loss.divergence), "gradient_norm": Double(gradientNorm), "learning_rate": Double(rate),
            ])
            if loop.isDue(every: 500) {
                try evaluate(model, watched, loop)
                try loop.save()
            }
        }
        try loop.finish(next: "validate-tokenizer")
    }

    private func presets() throws -> (VariationalConfiguration, TrainingPlan) {
        try options.checkPreset()
        var (configuration, plan) = options.preset == "tiny"
            ? (VariationalConfiguration.tiny, TrainingPlan(steps: 300, batchSize: 32, learningRate: 4e-3))
            : (.standard, TrainingPlan(steps: 1000, batchSize: 64, learningRate: 2e-3))
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
    private func evaluate(_ model: VariationalAutoencoder, _ watched: Tensor, _ loop: TrainingLoop<VariationalConfiguration>) throws {
        let decoded = Tensor.withoutGradients { model.decode(model.encode(watched).mean) }
        let errors = squaredErrors(decoded, watched).map(psnr), mean = errors.reduce(0, +) / Double(errors.count)
        loop.log(["validation_psnr_db": mean])
        loop.note("\(String(format: "%.2f", mean)) dB on \(watched.size(0)) validation frames")
        try Image.sheet(
            rows: [watched, decoded].map { frames in (0 ..< frames.size(0)).map { Image(frames, frame: $0) } },
            title: "step \(loop.step)", rowLabels: ["original", "decoded"], scale: 2).writePNG(to: loop.run.file("samples.png"))
        try loop.run.drawChart(
            "loss.png", title: "squared pixels and nats a frame", yLabel: "sum", of: ["reconstruction", "divergence_nats"],
            logarithmicY: true)
        try loop.run.drawChart("psnr.png", title: "validation frames", yLabel: "PSNR, dB", of: ["validation_psnr_db"])
    }
}
