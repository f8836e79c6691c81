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
        discussion: "See chapters/masked-autoencoder.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "S, the latent tokens of a frame (default: 16).") var latents: Int?
    @Option(help: "Z, the numbers of a latent token (default: 16).") var latentDimensions: Int?
    @Option(help: "The largest share of patches that a frame hides (default: 0.9; 0 hides none).") var mostMasked: Float?
    @Option(help: "What edges count beside colors (default: 0.2; 0 leaves them out).") var edgeWeight: Float?
    @Flag(inversion: .prefixedNo, help: "Let a pixel count for more the more unusual its color is in its frame.") var weighColors = true

    mutating func validate() throws {
        try options.checkPreset()
        if let latents, !(1 ... 1024).contains(latents) { throw ValidationError("--latents must be at least 1, and at most 1024") }
        if let latentDimensions, !(1 ... 4096).contains(latentDimensions) {
            throw ValidationError("--latent-dimensions must be at least 1, and at most 4096")
        }
        if let mostMasked, !(0 ..< 1).contains(mostMasked) { throw ValidationError("--most-masked is a share, from 0 to below 1") }
        if let edgeWeight, !(edgeWeight >= 0 && edgeWeight.isFinite) { throw ValidationError("--edge-weight is not negative") }
    }

    func run() throws {
        let loop = try TrainingLoop<MaskedAutoencoderConfiguration>(
            options, command: "train-tokenizer masked-autoencoder", kind: MaskedAutoencoder.kind)
        let isTiny = options.preset == "tiny"
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 300 : 2400, batchSize: isTiny ? 8 : 4, learningRate: isTiny ? 4e-3 : 3e-3))
        let configuration = loop.resumed ?? shape
        try configuration.check()

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), maskGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        let model = MaskedAutoencoder(configuration, using: &weightGenerator)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: configuration.imageSize)
        var clips = try ClipSampler(episodes, length: configuration.frames, seed: plan.seed)
        var pairs = try ClipSampler(episodes, length: min(2, configuration.frames), seed: plan.seed)
        let watched = try watchedClips(of: options.run.dataFolder, frames: configuration.frames, size: configuration.imageSize)
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        let tokensPerStep = plan.batchSize * configuration.frames * (configuration.patches + configuration.latents)
        loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }
        loop.keep("pairs") { pairs.generator.state } set: { pairs.generator.state = $0 }
        loop.keep("masks") { maskGenerator.state } set: { maskGenerator.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        print("""
            masked autoencoder: \(model.parameterCount) parameters, \(configuration.imageSize)x\(configuration.imageSize), \
            T=\(configuration.frames), \
            \(configuration.patches) patches -> \(configuration.latents) latents of \(configuration.latentDimensions) numbers
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(clips.clipCount) clips; \(plan.threads) \
            threads
            """)

        while let step = loop.next() {
            // Pairs of neighbors from many places first, clips of T from few places later, as on the main road.
            let frames = step < plan.steps / 5 * 3                                                              // [B,T,H,W,3]
                ? pairs.next(batch: plan.batchSize * configuration.frames / pairs.length).frames
                : clips.next(batch: plan.batchSize).frames
            let mask = patchMask(clips: frames.size(0), frames: frames.size(1), patches: configuration.patches,
                                 most: configuration.mostMasked, using: &maskGenerator)                         // [B,T,N,1]
            let loss = model.loss(frames, mask: mask)
            loss.total.backward()
            try loop.check(loss.total.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 2.5)
            loop.done(loss: loss.color)
            loop.log(every: 20, ["loss": Double(loss.color), "edge_loss": Double(loss.edges)])
            if loop.isDue(every: 200) {
                try evaluate(model, watched, loop)
                try loop.save()
            }
        }
        try loop.finish(next: "validate-tokenizer")
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

    /// Logs the PSNR of the watched clips, nothing hidden, and draws them: originals, what is drawn, and what
    /// is drawn where three quarters are hidden.
    private func evaluate(_ model: MaskedAutoencoder, _ watched: Tensor, _ loop: TrainingLoop<MaskedAutoencoderConfiguration>) throws {
        let c = model.configuration, (b, t) = (watched.size(0), watched.size(1))
        let hidden = Tensor(repeating: 0, shape: [b, t, c.patches, 1])
        var generator = SeededGenerator(seed: 2)
        for i in 0 ..< hidden.count where generator.uniform() < 0.75 { hidden.pointer[i] = 1 }
        let (whole, guessed) = Tensor.withoutGradients {
            (model.decode(model.encode(watched)), model.decode(model.encode(watched, mask: hidden)))
        }
        func mean(_ frames: Tensor) -> Double { squaredErrors(frames, watched).map(psnr).reduce(0, +) / Double(b * t) }
        loop.log(["validation_psnr_db": mean(whole), "masked_psnr_db": mean(guessed)])
        loop.note(String(format: "%.2f dB on %d validation clips, %.2f dB with three quarters hidden", mean(whole), b, mean(guessed)))
        let columns = (0 ..< b).flatMap { [$0 * t, $0 * t + t - 1] }
        let covered = watched * (1 - pixelMask(hidden, patchSize: c.patchSize))
        try Image.sheet(
            rows: [watched, whole, covered, guessed].map { frames in columns.map { Image(frames, frame: $0) } },
            title: "step \(loop.step)", rowLabels: ["original", "decoded", "hidden", "guessed"], scale: 2
        ).writePNG(to: loop.run.file("samples.png"))
        try loop.run.drawChart("loss.png", title: "reconstruction error", yLabel: "mean squared error", of: ["loss"], logarithmicY: true)
        try loop.run.drawChart("psnr.png", title: "validation clips", yLabel: "PSNR, dB", of: ["validation_psnr_db", "masked_psnr_db"])
    }
}
