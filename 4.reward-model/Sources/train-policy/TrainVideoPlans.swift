// TrainVideoPlans.swift - the loop of `train-policy video-plans`, in one piece: draw clips, say what their last frames show, put
// beside each frame which code led to it, add noise, guess what is under it, step.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import InverseDynamics
import JetBot
import Layers
import Pictures
import Planning
import Randomness
import RewardModel
import Tensors
import Training
import VideoDiffusion
import VideoPlans
import WorldModels

struct TrainVideoPlans: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "video-plans",
        abstract: "Learn to draw the video that ends as a sentence says; what it would take to make it true is read off it (UniPi).",
        discussion:
            "Sentences say what the last frames of recorded clips show; stage 4's scorer hears them. See chapters/video-plans.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 1 whose latents are drawn.") var tokenizer = "../1.video-tokenizer/checkpoints/masked-autoencoder"
    @Option(help: "The run of stage 2 that reads actions off a video.") var actionModel = "../2.inverse-dynamics/checkpoints/default"
    @Option(help: "The run of this stage whose scorer hears sentences.") var scorer = "checkpoints/default"
    @Option(help: "What the robot is to see in the end.") var wish = VideoPlans.Configuration().wish
    @Option(help: "Passes in which a frame is drawn.") var samplingSteps = 5
    @Option(help: "How many passes later each frame begins than the one before it; 0: all are drawn together.") var delay = 1
    @Option(help: "How much a plan listens to the wish: 1 is fair, 0 not at all.") var guidance: Float = 2
    @Flag(help: "Draw pictures alone, and not beside each frame which code led to it.") var noCodes = false
    @Option(help: "Videos that are drawn for a plan: the one whose end fits the wish best is followed.")
    var candidates = VideoPlans.Configuration().candidates
    @Option(help: "Actions of a plan that are carried out before the robot looks again (default: 3; tiny: 2).") var followed: Int?

    mutating func validate() throws {
        try options.checkPreset()
        guard (1 ... 1000).contains(samplingSteps), (0 ... samplingSteps).contains(delay), (0 ... 100).contains(guidance) else {
            throw ValidationError("--sampling-steps must be 1 to 1000, --delay at most as many, and --guidance 0 to 100")
        }
        let most = (options.preset == "tiny" ? VideoDiffusionConfiguration.tiny : .standard).frames - 1
        guard (1 ... most).contains(followed ?? 1) else { throw ValidationError("--followed must be 1 to \(most), the actions of a plan") }
        guard (1 ... 1000).contains(candidates) else { throw ValidationError("--candidates must be 1 to 1000, not \(candidates)") }
        guard !wish.isEmpty else { throw ValidationError("--wish is a sentence") }
    }

    func run() throws {
        let loop = try TrainingLoop<VideoPlans.Configuration>(options, command: VideoPlans.maker, kind: VideoPlans.kind)
        let run = loop.run, isNew = loop.resumed == nil, isTiny = options.preset == "tiny"
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 300 : 4000, batchSize: isTiny ? 8 : 16, learningRate: isTiny ? 4e-3 : 2e-3))

        // What the run itself holds is what a resumed run goes on with.
        let eye = try TrainedModel(
            isNew ? URL(fileURLWithPath: tokenizer).appendingPathComponent("model.safetensors") : run.file(VideoPlans.eyeName)
        ) { try FrameEncoders.openAutoencoder($0) }
        let namer = try TrainedModel(isNew ? PretrainedWeights.model(ofRunAt: actionModel) : run.file(VideoPlans.namerName)) {
            try LatentActionModel(checkpoint: $0)
        }
        let judge = try TrainedModel(isNew ? PretrainedWeights.model(ofRunAt: scorer) : run.file(VideoPlans.scorerName)) {
            try Scorer(checkpoint: $0)
        }
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: eye.model.imageSize)
        try episodes.checkRobot()
        let wishes = try Wishes(episodes), rooms = try Planning.rooms(of: .train, in: options.run.dataFolder)
        let sizes = [eye.model.imageSize, namer.model.configuration.imageSize, judge.model.model.configuration.imageSize]
        guard Set(sizes).count == 1 else {
            throw TrainingError("eye, stage 2 and scorer look at frames of \(sizes[0]), \(sizes[1]) and \(sizes[2]) pixels a side; "
                + "name others with --tokenizer, --action-model and --scorer")
        }
        for word in judge.model.model.tokenizer.unknownWords(in: wish) { loop.note("the scorer has never read '\(word)'") }
        let codes = try EpisodeCache.actions(episodes, namedBy: namer)
        let configuration = try loop.resumed ?? shape(episodes, codes, eye.model, namer.model, judge.model, isTiny)
        try configuration.check()
        guard eye.model.frames >= configuration.video.frames else {
            throw TrainingError("the eye looks at \(eye.model.frames) frames together, a video has \(configuration.video.frames); "
                + "name another with --tokenizer")
        }
        let T = configuration.video.frames, unseen = try EpisodeSet(options.run.dataFolder, .validation)
        try unseen.check(size: eye.model.imageSize)
        _ = (try Wishes(unseen), try ClipSampler(unseen, length: T, seed: 0))
        var clips = try ClipSampler(episodes, length: T, seed: plan.seed)
        let latents = try LatentEpisodes(episodes, encoder: eye.model, fingerprint: eye.fingerprint)

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0), generator = SeededGenerator(seed: plan.seed, stream: 1)
        let plans = VideoPlans(configuration, eye: eye.model, namer: namer.model, scorer: judge.model, using: &weightGenerator)
        let model = plans.video
        for (tensor, values) in [(model.mean, latents.statistics.mean), (model.deviation, latents.statistics.deviation)] {
            tensor.pointer.update(from: values, count: values.count)
        }
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        let tokensPerStep = plan.batchSize * T * configuration.video.latents
        run.keep(eye.bytes, as: VideoPlans.eyeName)
        run.keep(namer.bytes, as: VideoPlans.namerName)
        run.keep(judge.bytes, as: VideoPlans.scorerName)
        loop.keep("clips") { clips.generator.state } set: { clips.generator.state = $0 }
        loop.keep("noise") { generator.state } set: { generator.state = $0 }
        try loop.begin(plans, configuration, [muon, adamW], tokensPerStep: tokensPerStep)
        print("""
            video plans: \(model.parameterCount) parameters, videos of \(T) frames, \(configuration.video.latents) latents of \
            \(eye.model.latentShape.width) numbers each, \
            \(configuration.drawsCodes ? "and beside each one of \(configuration.actionOfCode.count) codes" : "and no codes")
            plan: \(plan.steps) steps of \(plan.batchSize) clips = \(tokensPerStep) tokens, from \(clips.clipCount) clips; \(plan.threads) \
            threads
            """)
        let floor = FloorCheck(rooms: rooms, of: plans)

        while let step = loop.next() {
            // Recordings end with a toy in view less often than wishes do.
            let places = clips.nextPlaces(3 * plan.batchSize).balanced(plan.batchSize) { wishes.facts(at: $0, length: T).hasToy }
            let sentences = places.map { wishes.sentence(at: $0, length: T, using: &generator) }
            let led = places.flatMap { codes[$0.episode][$0.start ..< $0.start + T - 1] }                                 // B·(T-1)
            let z = plans.standardized(latents.clips(at: places, length: T), codes: led)                              // [B,T,S,Z+A]
            let loss = model.loss(z, told: Told(text: judge.model.heard(sentences)), using: &generator)
            loss.backward()
            try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(100, plan.steps / 4))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 3)
            loop.done(loss: loss.item)
            loop.log(every: 20, ["loss": Double(loss.item)])
            if loop.isDue(every: 500) {
                let loss = try plans.losses(of: unseen, seed: 99)
                try floor.note(plans, ["loss_told": loss.told, "loss_other": loss.other, "loss_untold": loss.untold], loop)
                try run.drawChart(
                    "hearing.png", title: "told what comes, told another's, told nothing", yLabel: "mean squared error",
                    of: ["loss_told", "loss_other", "loss_untold"])
                try run.drawChart("loss.png", title: "what is under the noise", yLabel: "mean squared error", of: ["loss"])
                try loop.save()
            }
        }
        if loop.isComplete { try draw(plans, in: rooms).writePNG(to: run.file("plans.png")) }
        try loop.finish(next: "validate-policy")
    }

    /// The preset's shape, for this eye, these codes and this scorer.
    private func shape(
        _ episodes: EpisodeSet, _ codes: [[Int]], _ eye: any FrameAutoencoder, _ namer: LatentActionModel, _ scorer: Scorer, _ isTiny: Bool
    ) throws -> VideoPlans.Configuration {
        var c = VideoPlans.Configuration(), v = isTiny ? VideoDiffusionConfiguration.tiny : .standard
        ((v.rows, v.columns), v.latentDimensions) = (eye.latentGrid, eye.latentShape.width)
        v.textDimensions = scorer.model.configuration.embeddingDimensions
        (c.video, c.wish, c.samplingSteps, c.delay, c.guidance) = (v, wish, samplingSteps, delay, guidance)
        (c.drawsCodes, c.candidates) = (!noCodes, candidates)
        c.followed = followed ?? min(3, v.frames - 2)
        c.framesPerSecond = episodes.episodes[0].framesPerSecond ?? 4
        // What a code stands for, counted where somebody knows what was done.
        var table = CodeTable(codes: namer.configuration.codes, actions: Action.allCases.count)
        for (file, codes) in zip(episodes.episodes, codes) { table.add(codes, file.actions!) }
        c.actionOfCode = table.names
        if c.drawsCodes { c.video.latentDimensions += table.names.count }
        return c
    }

    /// One start, four wishes: what is seen first, and the video.
    private func draw(_ plans: VideoPlans, in rooms: [Room]) throws -> Image {
        let wishes = [plans.configuration.wish, "a toy on the left", "a toy on the right", "an empty floor"]
        let start = driveStarts(in: rooms, count: 1, .kongInView, framesPerSecond: Float(plans.framesPerSecond), seed: 5)[0]
        let seen = cameraFrames(of: [start], Camera(width: plans.imageSize, height: plans.imageSize))                     // [1,H,W,3]
        var generator = SeededGenerator(seed: 5)
        let drawn = wishes.map { plans.plan(after: seen.reshaped([1, 1] + seen.shape.dropFirst()), wish: $0, using: &generator) }
        let T = plans.configuration.video.frames
        return Image.sheet(
            rows: drawn.map { plan in (0 ..< T).map { Image(plan.frames, frame: $0) } }, rowLabels: wishes,
            captions: drawn.flatMap { $0.actions[0].map(\.name) + [""] }, scale: 2, textScale: 1)
    }
}
