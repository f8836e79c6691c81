// TrainDreamer4.swift - two loops: imitate a person who drives well and often does not; then dream, and do more of what went better than
// expected.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import JetBot
import Layers
import Planning
import PolicyInADream
import Randomness
import RewardModel
import ShortcutForcing
import Tensors
import Training

struct TrainDreamer4: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dreamer4",
        abstract: "Imitate demonstrations, then improve on them in the latents of a shortcut model (chapters/policy-in-a-dream.md).",
        discussion: "--steps are those of imitation and of dreaming together. --batch-size: clips, and dreams.")

    @OptionGroup var options: TrainingOptions
    @OptionGroup var dreaming: DreamOptions
    @Option(help: "The run of stage 3 to dream in, of `train-dynamics shortcut-forcing`.")
    var world = "../3.dynamics-model/checkpoints/shortcut-forcing"
    @Option(help: "Episodes to imitate, made with `episodes record --driver noisy-oracle`.")
    var demonstrations = "../1.video-tokenizer/data/demonstrations"
    @Option(help: "How many of the steps imitate (default: 4000; tiny: 20).") var cloning: Int?
    @Option(help: "K, steps of drawing a frame.") var samplingSteps = 1
    @Option(help: "How bold the dreams are: 1 is a sample, 0 the mean.") var temperature: Float = 1
    @Option(help: "β, the price of driving otherwise than was demonstrated.") var beta: Float = 0.05

    mutating func validate() throws {
        try options.checkPreset()
        guard (1 ... 1_000_000_000).contains(cloning ?? 1) else { throw ValidationError("--cloning must be at least 1") }
        guard (1 ... 64).contains(samplingSteps), (0 ... 10).contains(temperature), (0 ... 1000).contains(beta) else {
            throw ValidationError("--sampling-steps must be 1 to 64, --temperature 0 to 10, and --beta 0 to 1000")
        }
    }

    func run() throws {
        let loop = try TrainingLoop<ForcingAgent.Configuration>(options, command: "train-policy dreamer4", kind: ForcingAgent.kind)
        let run = loop.run, isNew = loop.resumed == nil, isTiny = options.preset == "tiny"
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 60 : 4800, batchSize: isTiny ? 8 : 16, learningRate: isTiny ? 2e-3 : 1e-3))
        let cloning = loop.resumed?.cloning ?? self.cloning ?? (isTiny ? 20 : 4000)
        guard cloning < plan.steps else {
            throw ValidationError("--cloning \(cloning) leaves none of \(plan.steps) steps to dream; give more --steps")
        }

        let place = isNew ? URL(fileURLWithPath: self.world) : run.file("world"), copy = try WorldCopy(place)
        guard let world = copy.model as? ShortcutWorld else {
            throw TrainingError("\(place.relativePath): is not a shortcut model, whose latents this agent reads; "
                + "make one with `train-dynamics shortcut-forcing`, or train with `train-policy actor-critic`, which takes any world")
        }
        _ = try world.numbers(of: Action.allCases)
        let judge = try dreaming.scorer(of: run, isResumed: !isNew)
        let eye = try TrainedModel(place.appendingPathComponent("tokenizer.safetensors")) { _ in world.eye }
        // Two sets: what is imitated, and what else there is to dream from and to learn rewards from.
        let folders = [URL(fileURLWithPath: loop.resumed?.demonstrations ?? demonstrations), options.run.dataFolder]
        let frames = 8                      // what is looked ahead to lies inside
        let sets = try folders.map { folder -> (starts: DreamStarts, latents: LatentEpisodes) in
            let episodes = try EpisodeSet(folder, .train)
            try episodes.check(size: world.imageSize)
            let starts = try DreamStarts(episodes, scorer: judge.model, fingerprint: judge.fingerprint)
            try starts.check(length: frames)
            return (starts, try LatentEpisodes(episodes, encoder: world.eye, fingerprint: eye.fingerprint))
        }
        let rooms = try Planning.rooms(of: .train, in: options.run.dataFolder)

        var configuration = loop.resumed ?? ForcingAgent.Configuration()
        if isNew {
            (configuration.latents, configuration.numbers) = world.eye.latentShape
            (configuration.samplingSteps, configuration.temperature, configuration.beta) = (samplingSteps, temperature, beta)
            (configuration.learning, configuration.demonstrations) = (dreaming.learning(isTiny), demonstrations)
            configuration.cloning = cloning
            if isTiny { configuration.width = 32 }
            try configuration.check()
        }
        var generator = SeededGenerator(seed: plan.seed, stream: 0)
        let agent = ForcingAgent(configuration, world: world, using: &generator)
        let imitation = AdamW(agent.imitating, beta2: 0.99), improvement = AdamW(agent.improving, beta2: 0.99)
        let horizon = configuration.learning.horizon
        run.keep(judge.bytes, as: DreamOptions.scorerName)
        loop.beforeSave = { try copy.keep(in: run) }
        loop.keep("dreams") { generator.state } set: { generator.state = $0 }
        try loop.begin(agent, agent.configuration, [imitation, improvement], tokensPerStep: plan.batchSize * horizon)
        func update(_ loss: Tensor, _ parameters: [NamedTensor], _ optimizer: AdamW, _ done: Int, of all: Int) throws {
            loss.backward()
            try loop.check(loss.item, clipGradients(of: parameters, to: 1))
            optimizer.step(learningRate: warmUpCosine(step: done, of: all, peak: plan.learningRate, warmUp: min(20, all / 10)))
        }
        print("""
            agent: \(agent.parameterCount) parameters; world: \(world.parameterCount)
            plan: \(cloning) steps of imitation, \(plan.batchSize) clips each; \(plan.steps - cloning) updates, each from \
            \(plan.batchSize) dreams of \(horizon) steps; \(plan.threads) threads
            """)
        let floor = FloorCheck(rooms: rooms, of: agent)
        /// Clips of both sets, half and half: what they show, what was done, what it was worth.
        func draw(_ length: Int) -> [(set: Int, places: [ClipPlace])] {
            [0, 1].map { ($0, sets[$0].starts.places(max(1, plan.batchSize / 2), length: length, using: &generator)) }
        }

        while let step = loop.next() {
            if step < cloning {
                let drawn = draw(frames)
                let z = Tensor.concatenated(drawn.map { sets[$0].latents.clips(at: $1, length: frames) }, axis: 0)
                let loss = agent.cloningLoss(
                    world.dynamics.standardized(z), actions: drawn.flatMap { sets[$0].starts.actions(at: $1, length: frames) },
                    isImitated: drawn.flatMap { set, places in places.map { _ in set == 0 } },
                    scores: drawn.flatMap { sets[$0].starts.scores(at: $1, length: frames) })
                try update(loss, agent.imitating, imitation, step, of: cloning)
                loop.done(loss: loss.item)
                loop.log(every: loop.step == cloning ? 1 : 10, ["cloning": Double(loss.item)])
                if loop.step == cloning {
                    agent.beginImproving()
                    try floor.note(agent, [:], loop)
                }
            } else {
                let length = 1 + generator.integer(below: 4), drawn = draw(length), done = step - cloning
                let clips = Tensor.concatenated(drawn.map { sets[$0].starts.episodes.clips(at: $1, length: length).frames }, axis: 0)
                let actions = drawn.flatMap { sets[$0].starts.actions(at: $1, length: length) }
                let life = agent.live(after: clips, actions: actions, using: &generator)
                let (loss, parts) = agent.loss(life, isValuing: done < min(50, (plan.steps - cloning) / 4))
                try update(loss, agent.improving, improvement, done, of: plan.steps - cloning)
                loop.done(loss: -parts["dream_return"]!)
                loop.log(every: 10, parts)
                if loop.isDue(every: 100) { try floor.note(agent, parts, loop) }
            }
            if loop.isDue(every: 100) { try loop.save() }
        }
        try loop.finish(chart: "success.png", next: "validate-policy")
    }
}
