// TrainDreamer3.swift - the loop of an agent that lives in a state: see clips, learn what they were worth, imagine on from every state,
// learn from that.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import JetBot
import Layers
import Planning
import PolicyInADream
import Randomness
import RecurrentMemory
import RewardModel
import Tensors
import Training

struct TrainDreamer3: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dreamer3", abstract: "Learn to act in the states of a recurrent memory (chapters/policy-in-a-dream.md).",
        discussion: "--steps are updates, --batch-size the clips of each.")

    @OptionGroup var options: TrainingOptions
    @OptionGroup var dreaming: DreamOptions
    @Option(help: "The run of stage 3 to dream in, of `train-dynamics recurrent`.") var world = "../3.dynamics-model/checkpoints/rssm"
    @Flag(help: "Start from nothing but an eye: drive, remember, dream, drive better.") var online = false
    @Option(help: "With --online: rounds of driving, and the updates after each.") var rounds = 20
    @Option(help: "With --online: episodes of a round, and their steps.") var roundEpisodes = 8

    mutating func validate() throws {
        try options.checkPreset()
        guard (1 ... 10_000).contains(rounds), (1 ... 1000).contains(roundEpisodes) else {
            throw ValidationError("--rounds must be 1 to 10000, and --round-episodes 1 to 1000")
        }
        if online && (options.resume || options.stopAt != nil) {
            throw ValidationError("what was driven with --online is not kept: there is nothing to --resume, and no --stop-at; "
                + "start again with --overwrite")
        }
    }

    func run() throws {
        let loop = try TrainingLoop<StateAgent.Configuration>(options, command: "train-policy dreamer3", kind: StateAgent.kind)
        let run = loop.run, isNew = loop.resumed == nil, isTiny = options.preset == "tiny"
        let plan = try loop.plan(
            TrainingPlan(steps: isTiny ? 40 : 1500, batchSize: isTiny ? 4 : 16, learningRate: isTiny ? 1e-3 : 5e-4))

        let place = isNew ? URL(fileURLWithPath: self.world) : run.file("world"), copy = try WorldCopy(place)
        guard let world = copy.model as? RecurrentWorldModel else {
            throw TrainingError("\(place.relativePath): keeps no state that an agent could live in; "
                + "make one with `train-dynamics recurrent --memory rssm`, or use `train-policy actor-critic`, which takes any world")
        }
        for action in Action.allCases where world.action(named: action.name) != action.rawValue {
            throw TrainingError("\(place.relativePath): has no action \(action.rawValue) that is called '\(action.name)'; "
                + "train it on episodes of the simulated robot")
        }
        let judge = try dreaming.scorer(of: run, isResumed: !isNew)
        if online { return try OnlineLife(self, plan, world, judge).run(loop) }

        let episodes = try EpisodeSet(options.run.dataFolder, .train)
        try episodes.check(size: world.imageSize)
        let configuration = try loop.resumed ?? shape(world), frames = configuration.frames
        let rooms = try Planning.rooms(of: .train, in: options.run.dataFolder)
        let starts = try DreamStarts(episodes, scorer: judge.model, fingerprint: judge.fingerprint)
        try starts.check(length: frames)
        // An eye that learned with its memory is stored with it.
        let eyeName = world.configuration.learnsEye ? "model.safetensors" : RecurrentWorldModel.eyeName
        let eye = try TrainedModel(place.appendingPathComponent(eyeName)) { _ in world.eye }
        let latents = try LatentEpisodes(episodes, encoder: world.eye, fingerprint: eye.fingerprint)

        var generator = SeededGenerator(seed: plan.seed, stream: 0)
        let agent = StateAgent(configuration, world: world, using: &generator), optimizer = AdamW(agent.parameters, beta2: 0.99)
        let learning = agent.configuration.learning, dreams = plan.batchSize * frames
        run.keep(judge.bytes, as: DreamOptions.scorerName)
        loop.beforeSave = { try copy.keep(in: run) }
        loop.keep("dreams") { generator.state } set: { generator.state = $0 }
        try loop.begin(agent, agent.configuration, [optimizer], tokensPerStep: dreams * learning.horizon)
        print("""
            agent: \(agent.parameterCount) parameters on \(configuration.features) numbers; world: \(world.parameterCount)
            plan: \(plan.steps) updates, each from \(plan.batchSize) clips of \(frames) frames and \(dreams) dreams of \(learning.horizon) \
            steps; \(plan.threads) threads
            """)
        let floor = FloorCheck(rooms: rooms, of: agent)

        while let step = loop.next() {
            let places = starts.places(plan.batchSize, length: frames, using: &generator)
            let clips = world.configuration.normalized(latents.clips(at: places, length: frames)).reshaped([plan.batchSize, frames, -1])
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(50, plan.steps / 10))
            let actions = starts.actions(at: places, length: frames), scores = starts.scores(at: places, length: frames)
            let parts = try learn(agent, optimizer, clips, actions: actions, scores: scores, rate: rate, loop, &generator)
            loop.done(loss: -parts["dream_return"]!)
            loop.log(every: 20, parts)
            if loop.isDue(every: 250) {
                try floor.note(agent, parts, loop)
                try loop.save()
            }
        }
        try loop.finish(chart: "success.png", next: "validate-policy")
    }

    func shape(_ world: RecurrentWorldModel) throws -> StateAgent.Configuration {
        let isTiny = options.preset == "tiny"
        var c = StateAgent.Configuration()
        (c.features, c.learning) = (world.featureCount, dreaming.learning(isTiny))
        if isTiny { (c.width, c.frames) = (32, 6) }
        try c.check()
        return c
    }
}

/// One update: heads from what was seen, actor and critic from what is imagined from there on.
func learn(
    _ agent: StateAgent, _ optimizer: AdamW, _ clips: Tensor, actions: [Int], scores: [Float], rate: Float,
    _ loop: TrainingLoop<StateAgent.Configuration>, _ generator: inout SeededGenerator
) throws -> [String: Double] {
    let states = agent.states(of: clips, actions: actions, using: &generator)
    let seen = agent.headLoss(states, scores: scores, actions: actions)
    let life = agent.live(from: states, steps: agent.configuration.learning.horizon, using: &generator)
    let (loss, parts) = agent.loss(life), total = loss + seen
    total.backward()
    try loop.check(total.item, clipGradients(of: agent.parameters, to: 1))
    optimizer.step(learningRate: rate)
    agent.follow()
    return parts.merging(["heads": Double(seen.item)]) { a, _ in a }
}
