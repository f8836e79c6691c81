// TrainActorCritic.swift - the loop of an agent that lives in pictures: dream, see what went better than expected, do more of that.

import ArgumentParser
import Episodes
import Foundation
import JetBot
import Layers
import Planning
import PolicyInADream
import Randomness
import RewardModel
import Tensors
import Training
import Worlds

struct TrainActorCritic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actor-critic",
        abstract: "Learn to act in the frames that a world model draws, whichever it is (chapters/policy-in-a-dream.md).",
        discussion: "--steps are updates, --batch-size the dreams of each.")

    @OptionGroup var options: TrainingOptions
    @OptionGroup var earlier: EarlierRun
    @OptionGroup var dreaming: DreamOptions
    @Option(help: "The run of stage 3 to dream in: its folder.") var world = "../3.dynamics-model/checkpoints/pixel-regression"
    @Option(help: "How bold the dreams are: 0 is the mean of what is possible, 1 a sample.") var temperature: Float = 0
    @Option(help: "Steps in which the eye learns from recorded frames, before the first dream.") var eyeSteps: Int?
    @Flag(help: "Let a small network that saw recorded pairs of frames judge the dreams (DIAMOND's way), not the scorer and a rule.")
    var learnReward = false

    mutating func validate() throws {
        try options.checkPreset()
        guard (0 ... 10).contains(temperature) else { throw ValidationError("--temperature must be at least 0, and at most 10") }
        guard (0 ... 1_000_000).contains(eyeSteps ?? 0) else {
            throw ValidationError("--eye-steps must be at least 0, and at most a million")
        }
        if earlier.name != nil && eyeSteps != nil {
            throw ValidationError("--from goes on with an eye, and a judge, that have learned: --eye-steps is for a new agent")
        }
    }

    func run() throws {
        let loop = try TrainingLoop<PixelAgent.Configuration>(options, command: "train-policy actor-critic", kind: PixelAgent.kind)
        let run = loop.run, isNew = loop.resumed == nil, isTiny = options.preset == "tiny"
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 30 : 400, batchSize: isTiny ? 8 : 16, learningRate: 1e-3))

        let place = isNew ? PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: self.world)) : run.file("world")
        let world = try WorldCopy(place)
        let judge = try dreaming.scorer(of: run, isResumed: !isNew)
        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: world.model.imageSize)
        let rooms = try Planning.rooms(of: .train, in: options.run.dataFolder)
        let starts = try DreamStarts(episodes, scorer: judge.model, fingerprint: judge.fingerprint), context = 4
        try starts.check(length: context)

        var configuration = loop.resumed ?? PixelAgent.Configuration()
        if isNew {
            (configuration.imageSize, configuration.framesPerSecond) = (world.model.imageSize, world.model.framesPerSecond)
            (configuration.temperature, configuration.learning) = (temperature, dreaming.learning(isTiny, horizon: 12))
            configuration.learnsReward = learnReward
            if isTiny { (configuration.channels, configuration.width) = (4, 32) }
            if let folder = earlier.folder {
                let file = folder.appendingPathComponent("model.safetensors")
                let before = try Checkpoint.open(
                    file, kind: PixelAgent.kind, madeBy: "train-policy actor-critic", as: PixelAgent.Configuration.self).configuration
                guard before.learnsReward == learnReward else {
                    throw TrainingError("\(file.relativePath): its dreams were judged by "
                        + (before.learnsReward ? "a network that learned; add --learn-reward" : "the scorer; leave out --learn-reward"))
                }
                configuration.scale = before.scale       // how far returns differ it knows already
            }
            try configuration.check()
        }
        var generator = SeededGenerator(seed: plan.seed, stream: 0)
        let agent = try PixelAgent(configuration, world: world.model, scorer: judge.model, using: &generator)
        let optimizer = AdamW(agent.dreamParameters, beta2: 0.99)
        let learning = agent.configuration.learning
        run.keep(judge.bytes, as: DreamOptions.scorerName)
        loop.beforeSave = { try world.keep(in: run) }
        loop.keep("dreams") { generator.state } set: { generator.state = $0 }
        try loop.begin(agent, agent.configuration, [optimizer], tokensPerStep: plan.batchSize * learning.horizon,
                       from: earlier.folder)

        func update(_ optimizer: AdamW, _ parameters: [NamedTensor], _ loss: Tensor, rate: Float) throws {
            loss.backward()
            try loop.check(loss.item, clipGradients(of: parameters, to: 1))
            optimizer.step(learningRate: rate)
        }
        // First the eye, and whoever judges, learn from recorded frames what is worth what; then dreams.
        if isNew && earlier.folder == nil {
            let count = eyeSteps ?? (isTiny ? 20 : 400), begin = Date()
            func learn(_ count: Int, _ optimizer: AdamW, _ parameters: [NamedTensor], _ loss: (Tensor, [Float], [Int]) -> Tensor) throws {
                for i in 0 ..< count {
                    let places = starts.places(32, length: 2, using: &generator), clips = starts.episodes.clips(at: places, length: 2)
                    try update(optimizer, parameters, loss(clips.frames, starts.scores(at: places, length: 2), clips.actions!),
                               rate: warmUpCosine(step: i, of: count, peak: 2e-3, warmUp: 20))
                }
            }
            try learn(count, optimizer, agent.dreamParameters) { agent.eyeLoss($0, scores: $1, actions: $2) }
            if let judge = agent.judge {
                try learn(2 * count, AdamW(judge.parameters, beta2: 0.99), judge.parameters) { judge.loss($0, scores: $1, actions: $2) }
            }
            print("the eye has seen \(64 * count) recorded frames, in \(duration(Date().timeIntervalSince(begin)))")
        }
        print("""
            agent: \(agent.parameterCount) parameters; world: \(world.model.parameterCount)
            plan: \(plan.steps) updates, each from \(plan.batchSize) dreams of \(learning.horizon) steps at temperature \
            \(agent.configuration.temperature); \(plan.threads) threads
            """)
        let floor = FloorCheck(rooms: rooms, of: agent)

        while let step = loop.next() {
            let length = 1 + generator.integer(below: context), places = starts.places(plan.batchSize, length: length, using: &generator)
            let clips = starts.episodes.clips(at: places, length: length)
            let (life, state) = agent.live(after: clips.frames, actions: clips.actions!, using: &generator)
            let (loss, parts) = agent.loss(life, state: state)
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(20, plan.steps / 10))
            try update(optimizer, agent.dreamParameters, loss, rate: rate)
            loop.done(loss: -parts["dream_return"]!)
            loop.log(every: 10, parts)
            if loop.isDue(every: 100) {
                try floor.note(agent, parts, loop)
                try loop.save()
            }
        }
        try loop.finish(chart: "success.png", next: "validate-policy")
    }
}
