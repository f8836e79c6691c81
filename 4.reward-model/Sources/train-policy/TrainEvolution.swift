// TrainEvolution.swift - the loop of evolution: guess controllers, let each dream from the same starts, tell which were better.

import ArgumentParser
import Episodes
import EvolvedController
import Evolution
import Foundation
import JetBot
import Layers
import Planning
import Randomness
import RecurrentMemory
import RewardModel
import Tensors
import Training

struct TrainEvolution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evolution",
        abstract: "Evolve a linear controller in the dreams of a recurrent memory (chapters/controller-by-evolution.md).",
        discussion: "--steps are generations, --batch-size is the population, --learning-rate the step size at the beginning."
    )

    @OptionGroup var options: TrainingOptions
    @Option(help: "The run of stage 3 to dream in, of `train-dynamics recurrent`.") var world = "../3.dynamics-model/checkpoints/mdn-rnn"
    @Option(help: "How bold the dreams are: 1 is as likely as the memory holds them to be, 0 the mean.") var temperature: Float = 0
    @Option(help: "What the controller reads: frame, or all (the memory's state too: nine times as many numbers to find).")
    var features = Features.frame
    @Option(help: "Labeled frames that the reward is read off from.") var labels = 1000
    @Option(help: "Steps of a dream.") var horizon = 20
    @Option(help: "Dreams of each controller in a generation, from true frames that are the same for all.") var starts = 16

    mutating func validate() throws {
        try options.checkPreset()
        guard (0 ... 10).contains(temperature) else { throw ValidationError("--temperature must be at least 0, and at most 10") }
        guard (1 ... 1000).contains(horizon), (1 ... 1000).contains(starts) else {
            throw ValidationError("--horizon and --starts must be at least 1, and at most 1000")
        }
        guard (10 ... 1_000_000).contains(labels) else { throw ValidationError("--labels must be at least 10, and at most a million") }
    }

    func run() throws {
        let loop = try TrainingLoop<EvolvedPolicy.Configuration>(options, command: "train-policy evolution", kind: EvolvedPolicy.kind)
        let run = loop.run, isNew = loop.resumed == nil, isTiny = options.preset == "tiny"
        let plan = try loop.plan(TrainingPlan(steps: isTiny ? 30 : 200, batchSize: isTiny ? 16 : 32, learningRate: 0.1))
        guard plan.batchSize >= 4 else { throw ValidationError("--batch-size is the population: at least 4") }

        let place = isNew ? URL(fileURLWithPath: self.world) : run.file("world")
        let world = try RecurrentWorldModel(folder: place)
        // The run keeps a copy of its world.
        let parts = try ["model.safetensors", RecurrentWorldModel.eyeName].map { name in
            (name, try TrainedModel(place.appendingPathComponent(name)) { _ in world }.bytes)
        }
        for action in [Action.stop, .turnLeft, .turnRight] where world.action(named: action.name) != action.rawValue {
            throw TrainingError("\(place.relativePath): has no action \(action.rawValue) that is called '\(action.name)'; "
                + "train it on episodes of the simulated robot")
        }
        let episodes = try EpisodeSet(options.run.dataFolder, .train), validation = try EpisodeSet(options.run.dataFolder, .validation)
        for set in [episodes, validation] { try set.check(size: world.imageSize) }
        let rooms = try Planning.rooms(of: .train, in: options.run.dataFolder)

        var configuration = loop.resumed ?? EvolvedPolicy.Configuration()
        if isNew {
            (configuration.features, configuration.temperature, configuration.steps) = (features, temperature, horizon)
            (configuration.starts, configuration.population) = (starts, plan.batchSize)
            (configuration.weights, configuration.numbers) = (features.count(world) + 1, world.configuration.numbers)
        }
        var generator = SeededGenerator(seed: plan.seed, stream: 0)
        let policy = EvolvedPolicy(configuration, world: world, using: &generator)
        let zero = Array(repeating: 0.0, count: configuration.weights)
        var strategy = EvolutionStrategy(mean: zero, stepSize: Double(plan.learningRate), population: plan.batchSize)
        let keeper = StrategyKeeper(strategy)

        if isNew { try teachReward(policy, episodes, validation, using: &generator) }
        for (name, bytes) in parts { run.keep(bytes, as: "world/\(name)") }
        loop.keep("evolution") { generator.state } set: { generator.state = $0 }
        loop.beforeSave = {
            policy.controller = LinearController(weights: strategy.mean.map(Float.init))
            (keeper.numbers, keeper.stepCount) = (strategy.state, strategy.generation)
            try FileManager.default.createDirectory(at: run.file("world"), withIntermediateDirectories: true)
        }
        try loop.begin(
            policy, policy.configuration, [keeper], tokensPerStep: plan.batchSize * configuration.starts * configuration.steps)
        if !isNew { strategy.restore(keeper.numbers) }
        print("""
            controller: \(configuration.weights) numbers on \(configuration.features.rawValue); the reward readout goes with the truth at \
            \(String(format: "%.2f", policy.configuration.readoutCorrelation))
            plan: \(plan.steps) generations of \(plan.batchSize) controllers, each in \(configuration.starts) dreams of \
            \(configuration.steps) steps at temperature \(configuration.temperature); \(plan.threads) threads
            """)
        let camera = Camera(width: world.imageSize, height: world.imageSize)
        let floor = driveStarts(in: rooms, count: 32, .anywhere, framesPerSecond: Float(world.framesPerSecond), seed: 99)
        var sampler = generator  // places of the starts; the generator goes on from where this ends

        while loop.next() != nil {
            sampler.state = generator.next()
            let begin = try starts(policy, episodes, using: &sampler)
            let controllers = strategy.ask(using: &generator).map { LinearController(weights: $0.map(Float.init)) }
            let scores = Trials.inDream(
                controllers, from: begin, reads: configuration.features, readout: policy.readout, steps: configuration.steps,
                temperature: configuration.temperature, using: &generator)
            strategy.tell(scores.map { -Double($0) })  // it makes small what it is told
            let mean = scores.reduce(0, +) / Float(scores.count), isFirst = strategy.generation == 1
            policy.configuration.dreamScore += (isFirst ? 1 : 0.1) * (mean - policy.configuration.dreamScore)

            loop.done(loss: -mean)
            loop.log(every: 10, [
                "dream_score": Double(policy.configuration.dreamScore), "mean_of_generation": Double(mean),
                "best_of_generation": Double(scores.max()!), "step_size": strategy.stepSize,
            ])
            if loop.isDue(every: 50) {
                policy.controller = LinearController(weights: strategy.mean.map(Float.init))
                let score = Trials.onFloor(PolicyDriver(policy), from: floor, steps: configuration.steps, camera: camera)
                loop.log(["floor_score": Double(score)])
                loop.note(String(format: "%.3f in the dream, %.3f on the floor", policy.configuration.dreamScore, score))
                try run.drawChart(
                    "scores.png", title: "one controller, two worlds", yLabel: "score a step", of: ["dream_score", "floor_score"])
                try loop.save()
            }
        }
        try loop.finish(chart: "scores.png", next: "validate-policy")
    }

    /// Dreams that begin at frames of training episodes, half of them at ones that show the toy, as far as the readout knows: from an empty
    /// floor there is little to learn.
    private func starts(_ policy: EvolvedPolicy, _ episodes: EpisodeSet, using generator: inout SeededGenerator) throws -> RecurrentDream {
        let count = policy.configuration.starts, size = policy.world.imageSize
        let places = (0 ..< 4 * count).map { _ -> ClipPlace in
            let episode = generator.integer(below: episodes.episodes.count)
            return ClipPlace(episode: episode, start: generator.integer(below: episodes.episodes[episode].frameCount))
        }
        let dream = EvolvedPolicy.starts(policy.world, episodes.clips(at: places, length: 1).frames.reshaped([places.count, size, size, 3]))
        let rewards = policy.readout.rewards(of: dream.state.frame)
        let shown = places.indices.filter { rewards[$0] > 0.3 }, others = places.indices.filter { rewards[$0] <= 0.3 }
        let first = Array(shown.prefix(count / 2))
        return dream.selecting(Array((first + others + shown.dropFirst(first.count)).prefix(count)))
    }

    /// The reward of a frame's latents, from labeled frames; and how it goes with the truth on frames that it was not taught.
    private func teachReward(
        _ policy: EvolvedPolicy, _ episodes: EpisodeSet, _ validation: EpisodeSet, using generator: inout SeededGenerator
    ) throws {
        func latents(_ set: EpisodeSet, _ places: [ClipPlace]) -> Tensor {
            .concatenated(stride(from: 0, to: places.count, by: 64).map { start in
                let part = Array(places[start ..< min(start + 64, places.count)])
                return policy.world.numbers(of: set.clips(at: part, length: 1).frames).reshaped([part.count, -1])
            }, axis: 0)
        }
        let labeled = try RewardLabels(episodes, count: labels, seed: 1)
        policy.readout.learn(latents(episodes, labeled.places), labeled.labels, using: &generator)
        guard validation.hasTruth else { return }
        let places = validation.places(length: 1).enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        let guessed = policy.readout.rewards(of: latents(validation, places)),
            truth = places.map { validation.episodes[$0.episode].reward![$0.start] }
        policy.configuration.readoutCorrelation = correlation(guessed, truth)
    }
}

/// Pearson's, -1...1.
private func correlation(_ a: [Float], _ b: [Float]) -> Float {
    let n = Float(a.count), ma = a.reduce(0, +) / n, mb = b.reduce(0, +) / n
    let covariance = zip(a, b).reduce(0) { $0 + ($1.0 - ma) * ($1.1 - mb) }
    let (va, vb) = (a.reduce(0) { $0 + ($1 - ma) * ($1 - ma) }, b.reduce(0) { $0 + ($1 - mb) * ($1 - mb) })
    return covariance / max(1e-9, (va * vb).squareRoot())
}

/// The strategy's state for a checkpoint of Floats. Each Double is the sum of three of them, which is exact: 24 bits and 24 and the rest.
final class StrategyKeeper: Optimizer {
    private let parts: Tensor
    var stepCount = 0

    init(_ strategy: EvolutionStrategy) { parts = Tensor(repeating: 0, shape: [3, strategy.state.count]) }

    var numbers: [Double] {
        get { (0 ..< parts.size(1)).map { i in (0 ..< 3).reduce(0) { $0 + Double(parts.pointer[$1 * parts.size(1) + i]) } } }
        set {
            for (i, number) in newValue.enumerated() {
                var rest = number
                for part in 0 ..< 3 {
                    parts.pointer[part * parts.size(1) + i] = Float(rest)
                    rest -= Double(Float(rest))
                }
            }
        }
    }
    var state: [NamedTensor] { [("strategy", parts)] }
    func step(learningRate: Float) {}
}

extension Features: ExpressibleByArgument {}
