// TrainTokenizer.swift - the training loop, in one piece: draw frames, reconstruct them, compare, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import Layers
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer

struct TrainTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Train the video tokenizer of the main road on recorded episodes: frames to tokens and back.",
        discussion: "One preset more: large (128x128).")

    @OptionGroup var options: TrainingOptions
    @Option(help: "What turns latents into codes: fsq or vq.") var quantizer = "fsq"
    @Flag(inversion: .prefixedNo, help: "Whether vq moves codes that nothing uses. Without it, watch the codebook collapse.")
    var reviveDeadCodes = true
    @Option(help: "P, the side of a patch in pixels (default: the preset's).") var patchSize: Int?
    @Option(help: "r, the frames that share one row of tokens, as in Cosmos: 1 is none.") var temporalCompression = 1
    @Flag(inversion: .prefixedNo, help: "Let a pixel count for more the more unusual its color is in its frame.")
    var weighColors = true

    func validate() throws {
        guard (1 ... 8).contains(temporalCompression) else {
            throw ValidationError("--temporal-compression is 1 to 8 frames, not \(temporalCompression)")
        }
    }

    func run() throws {
        let loop = try TrainingLoop<TokenizerConfiguration>(options, command: "train-tokenizer", kind: VideoTokenizer.kind)
        let (preset, defaults) = try presets()
        let configuration = loop.resumed ?? preset, plan = try loop.plan(defaults)
        try configuration.check()

        // The model. Everything random comes from generators: one for the weights, one for each kind of batch.
        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = VideoTokenizer(configuration, using: &weightGenerator)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: configuration.imageSize)
        var clips = try ClipSampler(episodes, length: configuration.frames, seed: plan.seed)
        var pairs = try ClipSampler(episodes, length: min(1 + configuration.framesPerLatent, configuration.frames), seed: plan.seed)
        let watched = try watchedClips(of: options.run.dataFolder, frames: configuration.frames, size: configuration.imageSize)

        // Muon trains the matrices inside the blocks, AdamW all the rest (see the README: the recipe).
        let (muon, adamW) = blockOptimizers(of: model.parameters)
        let muonRate: Float = 2.5  // Muon's learning rate as a multiple of AdamW's

        let tokensPerStep = plan.batchSize * configuration.latentFrames(of: configuration.frames) * configuration.patches
        loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }
        loop.keep("pairs") { pairs.generator.state } set: { pairs.generator.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        print("""
            tokenizer: \(model.parameterCount) parameters, \(configuration.imageSize)x\(configuration.imageSize), \
            T=\(configuration.frames), N=\(configuration.patches), V=\(configuration.vocabulary) (\(configuration.quantizer))
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(clips.clipCount) clips; \(plan.threads) \
            threads
            """)

        while let step = loop.next() {
            // Frames of one clip are nearly copies. So for the first 60 % of the steps the batch is many pairs of neighbors in
            // place of few clips of T: as many frames, from T/2 times as many places. Then time gets its turn.
            let frames = step < plan.steps / 5 * 3                                        // [B,T,H,W,3]
                ? pairs.next(batch: plan.batchSize * configuration.frames / pairs.length).frames
                : clips.next(batch: plan.batchSize).frames
            let (reconstruction, quantized) = model(frames, isTraining: true)
            let error = reconstruction.squaredError(frames, weights: configuration.weighsColors ? colorWeights(of: frames) : nil)
            let loss = quantized.loss.map { error + $0 } ?? error
            loss.backward()
            let gradientNorm = try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * muonRate)

            loop.done(loss: error.item)
            loop.log(every: 20, [
                "loss": Double(error.item), "gradient_norm": Double(gradientNorm), "learning_rate": Double(rate),
                "batch_codebook_usage": CodebookUse(vocabulary: configuration.vocabulary, of: quantized.codes).usage,
            ])
            if loop.isDue(every: 200) {
                try evaluate(model, watched, loop)
                try loop.save()
            }
        }
        try loop.finish(next: "validate-tokenizer")
    }

    /// The shape of the model and the length of its training, by name.
    private func presets() throws -> (TokenizerConfiguration, TrainingPlan) {
        try options.checkPreset(or: "large")
        var (configuration, plan): (TokenizerConfiguration, TrainingPlan)
        switch options.preset {
        case "tiny": (configuration, plan) = (.tiny, TrainingPlan(steps: 300, batchSize: 8, learningRate: 4e-3))
        case "large": (configuration, plan) = (.large, TrainingPlan(steps: 2000, batchSize: 4, learningRate: 2e-3))
        default: (configuration, plan) = (.standard, TrainingPlan(steps: 2400, batchSize: 4, learningRate: 2e-3))
        }
        (configuration.quantizer, configuration.revivesDeadCodes, configuration.weighsColors) = (quantizer, reviveDeadCodes, weighColors)
        configuration.patchSize = patchSize ?? configuration.patchSize
        if temporalCompression > 1 {
            // Longer clips, so that attention over time has something to look at, and at least as many frames a step.
            let before = configuration.frames
            configuration.temporalCompression = temporalCompression
            configuration.frames = 1 + before / 2 * temporalCompression
            plan.batchSize = (plan.batchSize * before + configuration.frames - 1) / configuration.frames
        }
        return (configuration, plan)
    }

    /// Logs the PSNR of the watched clips and draws them: originals over reconstructions.
    private func evaluate(_ model: VideoTokenizer, _ watched: Tensor, _ loop: TrainingLoop<TokenizerConfiguration>) throws {
        let (frames, quantized) = Tensor.withoutGradients { model(watched, isTraining: false) }
        let errors = squaredErrors(frames, watched).map(psnr)
        let mean = errors.reduce(0, +) / Double(errors.count)
        loop.log(["validation_psnr_db": mean])
        loop.note(String(format: "%.2f dB on %d validation clips, %d codes in use there",
                         mean, watched.size(0), Set(quantized.codes).count))
        let t = model.configuration.frames
        let columns = (0 ..< watched.size(0)).flatMap { [$0 * t, $0 * t + t - 1] }
        try Image.sheet(
            rows: [columns.map { Image(watched, frame: $0) }, columns.map { Image(frames, frame: $0) }],
            title: "step \(loop.step)", rowLabels: ["original", "decoded"], scale: 2).writePNG(to: loop.run.file("samples.png"))
        try loop.run.drawChart("loss.png", title: "reconstruction error", yLabel: "mean squared error", of: ["loss"], logarithmicY: true)
        try loop.run.drawChart("psnr.png", title: "validation clips", yLabel: "PSNR, dB", of: ["validation_psnr_db"])
    }
}
