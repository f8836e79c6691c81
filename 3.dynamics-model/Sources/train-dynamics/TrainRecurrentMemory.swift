// TrainRecurrentMemory.swift - the training loop of a memory: draw clips of latents and actions, let it say each next frame, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import Layers
import Pictures
import Randomness
import RecurrentMemory
import Tensors
import Training
import VariationalAutoencoder
import WorldModels

struct TrainRecurrentMemory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recurrent",
        abstract: "Learn to carry a state from frame to frame: World Models' MDN-RNN, or Dreamer's RSSM (chapters/recurrent-memory.md).",
        discussion: "Frames are a frozen eye's latents, actions the episodes' own. The run keeps a copy of the eye."
    )

    @OptionGroup var options: TrainingOptions
    @OptionGroup var earlier: EarlierRun
    @Option(help: "The run of stage 1 whose latents are remembered: any eye that can draw.")
    var tokenizer = "../1.video-tokenizer/checkpoints/vae"
    @Option(help: "mdn-rnn (an LSTM and five Gaussians a number) or rssm (a GRU and throws of dice).") var memory = "mdn-rnn"
    @Flag(help: "Let the eye learn with the memory, from pictures (rssm; an eye of `train-tokenizer vae`).") var endToEnd = false
    @Option(help: "T, the frames of a clip (default: 32; rssm: 16).") var frames: Int?
    @Flag(help: "Leave the memory as it was drawn: the control beside which a trained one must stand.") var untrained = false

    mutating func validate() throws {
        try options.checkPreset()
        guard ["mdn-rnn", "rssm"].contains(memory) else { throw ValidationError("--memory is mdn-rnn or rssm, not '\(memory)'") }
        if endToEnd, memory != "rssm" || untrained {
            throw ValidationError("--end-to-end goes with --memory rssm, and not with --untrained")
        }
        guard (2 ... 1024).contains(frames ?? 2) else { throw ValidationError("--frames must be at least 2, and at most 1024") }
    }

    func run() throws {
        // A run begins with a step; of this one the learning rate is 0.
        var options = options
        if untrained { options.steps = 1 }
        let loop = try TrainingLoop<MemoryConfiguration>(options, command: "train-dynamics recurrent", kind: RecurrentWorldModel.kind)
        let plan = try loop.plan(
            options.preset == "tiny" ? TrainingPlan(steps: 300, batchSize: 16, learningRate: 3e-3)
                : TrainingPlan(steps: 1500, batchSize: usualSize, learningRate: 1e-3))

        // What the run itself holds is what a resumed run goes on with.
        let place = loop.resumed == nil
            ? URL(fileURLWithPath: tokenizer).appendingPathComponent("model.safetensors") : loop.run.file(RecurrentWorldModel.eyeName)
        let eye = try TrainedModel(place) { try FrameEncoders.openAutoencoder($0) }
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] {
            try set.check(size: eye.model.imageSize)
            try set.check(actions: loop.resumed?.actions ?? episodes.actionCount)
        }
        let latents = try LatentEpisodes(episodes, encoder: eye.model, fingerprint: eye.fingerprint)
        let watched = try LatentEpisodes(validation, encoder: eye.model, fingerprint: eye.fingerprint)
        let configuration = loop.resumed ?? shape(episodes, latents, eye.model)
        try configuration.check()
        if configuration.learnsEye, !(eye.model is VariationalAutoencoder) {
            throw TrainingError("\(place.relativePath): --end-to-end needs an eye that `train-tokenizer vae` made")
        }
        let frames = configuration.frames
        // The RSSM has dice of its own to say that it is not sure.
        let deviations =
            configuration.memory == "mdn-rnn" ? (eye.model as? VariationalAutoencoder).map { $0.deviations(of: episodes) } : nil

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), noise = SeededGenerator(seed: plan.seed, stream: 1)
        let memory = RecurrentWorldModel.memory(configuration, using: &weightGenerator)
        let model = RecurrentWorldModel(eye: eye.model, memory: memory)
        var sampler = try ClipSampler(episodes, length: frames, seed: plan.seed)
        let optimizer = AdamW(model.parameters, beta2: 0.99, weightDecay: 0.01)
        let held = try watchedClips(validation, watched, configuration)

        loop.run.keep(eye.bytes, as: RecurrentWorldModel.eyeName)
        loop.keep("clips") { sampler.generator.state } set: { sampler.generator.state = $0 }
        loop.keep("noise") { noise.state } set: { noise.state = $0 }
        try loop.begin(model, configuration, [optimizer], tokensPerStep: plan.batchSize * frames, from: earlier.folder)
        print("""
            \(configuration.memory): \(memory.parameterCount) parameters\(configuration.learnsEye ? ", and the eye's" : ""), a state \
            of \(configuration.stateDimensions), \(configuration.numbers) numbers a frame, A=\(configuration.actions)
            plan: \(untrained ? "none, left as it was drawn" : "\(plan.steps) steps of \(plan.batchSize) clips of \(frames) frames"), \
            from \(sampler.clipCount) clips; \(plan.threads) threads
            """)

        while let step = loop.next() {
            let places = sampler.nextPlaces(plan.batchSize)
            // A code of a variational autoencoder is a draw: a new one every time, so that no memory learns one draw by heart.
            let draw = deviations.map { deviations in
                let spread = LatentEpisodes.clips(of: deviations, at: places, length: frames)                      // [B,T,N,Z]
                return spread * Tensor.normal(spread.shape, standardDeviation: 1, using: &noise)
            }
            let clips = clips(of: episodes, latents, at: places, configuration, adding: draw)
            let actions = places.flatMap { episodes.episodes[$0.episode].actions![$0.start ..< $0.start + frames - 1] }
            let (loss, parts) = model.loss(clips, actions: actions, using: &noise)
            loss.backward()
            let gradientNorm = try loop.check(loss.item, clipGradients(of: model.parameters, to: configuration.learnsEye ? 1000 : 1))
            let rate = untrained ? 0 : warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 10))
            optimizer.step(learningRate: rate)
            loop.done(loss: loss.item)
            loop.log(every: 20, parts.merging([
                "loss": Double(loss.item), "gradient_norm": Double(gradientNorm), "learning_rate": Double(rate),
            ]) { a, _ in a })
            if loop.isDue(every: 500) {
                try evaluate(model, held, loop)
                try loop.save()
            }
        }
        try loop.finish(next: "validate-dynamics")
    }

    /// The clips of a step, and the frames of a clip: the RSSM learns as much from a quarter of the frames.
    private var usualSize: Int { memory == "rssm" ? 16 : 32 }

    private func shape(_ episodes: EpisodeSet, _ latents: LatentEpisodes, _ eye: any FrameAutoencoder) -> MemoryConfiguration {
        var c = MemoryConfiguration()
        (c.memory, c.frames, c.learnsEye) = (memory, frames ?? usualSize, endToEnd)
        (c.places, c.latentDimensions) = eye.latentShape
        (c.means, c.deviations) = latents.statistics
        (c.actions, c.framesPerSecond) = (episodes.actionCount, episodes.episodes[0].framesPerSecond ?? 4)
        c.commands = Command.named(episodes, actions: [], codes: nil)
        if options.preset == "tiny" { (c.stateDimensions, c.hiddenDimensions, c.groups, c.classes) = (64, 64, 8, 8) }
        return c
    }

    /// What is read: normalized latents [B,T,D], to which something may be added before; or pictures [B,T,H,W,3], for an eye that learns.
    private func clips(
        of episodes: EpisodeSet, _ latents: LatentEpisodes, at places: [ClipPlace], _ c: MemoryConfiguration, adding draw: Tensor? = nil
    ) -> Tensor {
        if c.learnsEye { return episodes.clips(at: places, length: c.frames).frames }
        let z = latents.clips(at: places, length: c.frames)
        return c.normalized(draw.map { z + $0 } ?? z).reshaped([places.count, c.frames, c.numbers])
    }

    /// Validation clips, always the same, their actions, and those of other clips.
    private func watchedClips(
        _ episodes: EpisodeSet, _ latents: LatentEpisodes, _ c: MemoryConfiguration
    ) throws -> (clips: Tensor, actions: [Int], others: [Int]) {
        let frames = c.frames, places = episodes.places(length: frames)
        guard !places.isEmpty else {
            throw TrainingError("\(episodes.url.relativePath): no episode has the \(frames) frames of a clip; choose fewer --frames")
        }
        let actions = places.map { Array(episodes.episodes[$0.episode].actions![$0.start ..< $0.start + frames - 1]) }
        let others = places.indices.map { actions[($0 + places.count / 2) % places.count] }
        return (clips(of: episodes, latents, at: places, c), Array(actions.joined()), Array(others.joined()))
    }

    /// The loss of clips that it does not learn from; and with the actions of other clips, where it should be larger.
    private func evaluate(
        _ model: RecurrentWorldModel, _ held: (clips: Tensor, actions: [Int], others: [Int]), _ loop: TrainingLoop<MemoryConfiguration>
    ) throws {
        func loss(_ actions: [Int]) -> Double {
            var generator = SeededGenerator(seed: 5)
            return Double(Tensor.withoutGradients { model.loss(held.clips, actions: actions, using: &generator).total.item })
        }
        let (own, other) = (loss(held.actions), loss(held.others))
        loop.log(["validation_loss": own, "validation_loss_other_actions": other])
        loop.note(String(format: "%.3f on %d validation clips, %.3f with other clips' actions", own, held.clips.size(0), other))
        try loop.run.drawChart(
            "loss.png", title: "what it says of the next frame", yLabel: "loss",
            of: ["loss", "validation_loss", "validation_loss_other_actions"])
    }
}

extension VariationalAutoencoder {
    /// σ of every frame's code, [F,N,Z] for each episode.
    func deviations(of episodes: EpisodeSet) -> [Tensor] {
        episodes.episodes.indices.map { index in
            let frames = episodes.clips(at: [ClipPlace(episode: index, start: 0)], length: episodes.episodes[index].frameCount).frames
            let logVariance = distribution(of: frames).logVariance
            return Tensor.withoutGradients { (logVariance * 0.5).exp() }.reshaped([frames.size(1), latentShape.places, latentShape.width])
        }
    }
}
