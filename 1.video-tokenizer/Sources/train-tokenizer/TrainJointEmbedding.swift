// TrainJointEmbedding.swift - the loop of `train-tokenizer joint-embedding`: draw pairs of frames, foretell features, watch the meter.

import ArgumentParser
import Episodes
import Foundation
import JointEmbedding
import Layers
import Pictures
import Randomness
import Tensors
import Training

extension Objective: ExpressibleByArgument {}

struct TrainJointEmbedding: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "joint-embedding", abstract: "Train an encoder that draws nothing: features that can be foretold.",
        discussion: "See chapters/joint-embedding.md.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "What is asked of the features: naive (collapses), masks, variance, sigreg, distortions, or labels (the ceiling).")
    var objective = Objective.sigreg
    @Option(help: "What telling the action from two frames counts; 0 leaves it out. For variance and sigreg.") var inverseWeight: Float = 1
    @Option(help: "What a normal distribution of features counts. For sigreg and distortions.") var gaussianWeight: Float = 0.7
    @Option(help: "How slowly the teacher follows at the start: 0, at once, to 1, never. For masks.") var teacherMomentum: Float = 0.99
    @Option(help: "How many episodes the pairs of a batch come from (default: 2).") var episodesPerBatch: Int?
    @Option(help: "D, the numbers that stand for a whole frame.") var vectorDimensions: Int?

    func run() throws {
        let loop = try TrainingLoop<JointEmbeddingConfiguration>(
            options, command: "train-tokenizer joint-embedding", kind: JointEmbedding.kind)
        let (preset, defaults) = try presets()
        let configuration = loop.resumed ?? preset, plan = try loop.plan(defaults)
        try configuration.check()
        let count = configuration.episodes(ofBatch: plan.batchSize)
        if let asked = episodesPerBatch, configuration.objective.needsActions, asked != count {
            throw ValidationError(
                "--episodes-per-batch \(asked): \(plan.batchSize) pairs are shared out evenly, four or more from each episode, or one "
                    + "from each")
        }

        var weightGenerator = SeededGenerator(seed: plan.seed, stream: 0)
        let model = JointEmbedding(configuration, using: &weightGenerator)
        let episodes = try episodes(.train, configuration)
        var pairs = try ClipSampler(episodes, length: 2, seed: plan.seed)
        var generator = SeededGenerator(seed: plan.seed, stream: 2)      // masks, directions, distortions
        let watched = try watchedPairs(configuration)
        let (muon, adamW) = blockOptimizers(of: model.parameters)

        loop.keep("pairs") { pairs.generator.state } set: { pairs.generator.state = $0 }
        loop.keep("draws") { generator.state } set: { generator.state = $0 }
        try loop.begin(model, configuration, [muon, adamW], tokensPerStep: plan.batchSize * 2 * configuration.patches)
        print("""
            joint embedding, \(configuration.objective.rawValue): \(model.parameterCount) parameters, \
            \(configuration.patches) patches of \(configuration.embeddingDimensions), a frame's vector of \(configuration.vectorDimensions)
            plan: \(plan.steps) steps of \(plan.batchSize) pairs of frames, from \(pairs.clipCount); \(plan.threads) threads
            """)
        if loop.step == 0 { evaluate(model, watched, loop) }

        while let step = loop.next() {
            let clips = batch(from: &pairs, plan, configuration)
            let batch = FramePairs(frames: clips.frames, actions: clips.actions, bearing: clips.bearing, distance: clips.distance)
            let (loss, parts) = model.loss(batch, using: &generator)
            loss.backward()
            let gradientNorm = try loop.check(loss.item, clipGradients(of: model.parameters, to: 1))
            let rate = warmUpCosine(step: step, of: plan.steps, peak: plan.learningRate, warmUp: min(50, plan.steps / 10))
            adamW.step(learningRate: rate)
            muon.step(learningRate: rate * 2.5)
            model.updateTeacher(progress: Float(step) / Float(plan.steps))
            loop.done(loss: loss.item)
            loop.log(every: 10, parts.mapValues { Double($0.item) }.merging([
                "loss": Double(loss.item), "gradient_norm": Double(gradientNorm), "learning_rate": Double(rate),
            ]) { $1 })
            // Collapse takes fifty steps: so the meter is read often at first.
            if loop.isDue(every: loop.step < 100 ? 10 : 100) { evaluate(model, watched, loop) }
            if loop.isDue(every: 200) {
                try charts(loop.run)
                try loop.save()
            }
        }
        try loop.finish(chart: "meter.png", next: "validate-tokenizer")
    }

    /// Pairs from few episodes, as many from each. Were each from another, the easiest features to foretell
    /// would be those that never change: the room.
    private func batch(from pairs: inout ClipSampler, _ plan: TrainingPlan, _ configuration: JointEmbeddingConfiguration) -> Clips {
        let count = configuration.episodes(ofBatch: plan.batchSize)
        guard count < plan.batchSize else { return pairs.next(batch: plan.batchSize) }
        let places = pairs.nextPlaces(count).flatMap { place in
            (0 ..< plan.batchSize / count).map { _ in
                ClipPlace(
                    episode: place.episode, start: pairs.generator.integer(below: pairs.episodes.episodes[place.episode].frameCount - 1))
            }
        }
        return pairs.episodes.clips(at: places, length: 2)
    }

    private func presets() throws -> (JointEmbeddingConfiguration, TrainingPlan) {
        try options.checkPreset()
        var (configuration, plan) = options.preset == "tiny"
            ? (JointEmbeddingConfiguration.tiny, TrainingPlan(steps: 150, batchSize: 32, learningRate: 4e-3))
            : (.standard, TrainingPlan(steps: 800, batchSize: 32, learningRate: 2e-3))
        (configuration.objective, configuration.inverseWeight) = (objective, inverseWeight)
        (configuration.gaussianWeight, configuration.teacherMomentum) = (gaussianWeight, teacherMomentum)
        configuration.episodesPerBatch = episodesPerBatch ?? configuration.episodesPerBatch
        configuration.vectorDimensions = vectorDimensions ?? configuration.vectorDimensions
        return (configuration, plan)
    }

    /// A split that has what the objective asks for.
    private func episodes(_ split: Split, _ configuration: JointEmbeddingConfiguration) throws -> EpisodeSet {
        let set = try EpisodeSet(options.run.dataFolder, split)
        try set.check(size: configuration.imageSize)
        if configuration.objective.needsActions {
            guard set.hasActions else {
                throw TrainingError("\(set.url.relativePath): these episodes hold no actions; train with --objective masks or distortions")
            }
            let largest = set.episodes.flatMap { $0.actions! }.max() ?? 0
            guard largest < configuration.actions else {
                throw TrainingError("\(set.url.relativePath): action \(largest), and the model knows 0 to \(configuration.actions - 1)")
            }
        }
        guard configuration.objective != .labels || set.hasTruth else {
            throw TrainingError("\(set.url.relativePath): these episodes hold no truth about the Kong; train with another --objective")
        }
        return set
    }

    /// Pairs of validation episodes, always the same, for the meter.
    private func watchedPairs(_ configuration: JointEmbeddingConfiguration) throws -> FramePairs {
        let set = try episodes(.validation, configuration), places = set.places(length: 2)
        guard !places.isEmpty else {
            throw TrainingError("\(set.url.relativePath): no episode has two frames; record or import longer ones")
        }
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 96)).prefix(96).map { places[$0] }
        let clips = set.clips(at: chosen, length: 2)
        return FramePairs(frames: clips.frames, actions: clips.actions)
    }

    private func evaluate(_ model: JointEmbedding, _ watched: FramePairs, _ loop: TrainingLoop<JointEmbeddingConfiguration>) {
        let meter = model.meter(watched)
        loop.log(meter.logged)
        loop.note(meter.line)
    }

    private func charts(_ run: Run) throws {
        try run.drawChart("loss.png", title: "loss", yLabel: "loss", of: ["loss"], logarithmicY: true)
        try run.drawChart("meter.png", title: "collapse meter, held-out frames", yLabel: "RankMe", of: ["rankme"])
    }
}
