// PixelAgent.swift - DIAMOND's agent: it sees the frames that a world model draws, whichever it is, and lives in them (arXiv 2405.12399,
// section 3.2).

import Episodes
import Foundation
import JetBot
import Layers
import Planning
import Randomness
import RewardModel
import Tensors
import Training
import WorldModels
import Worlds

/// A trained run: checkpoints/NAME with `model.safetensors`, the world that it learned in and the scorer that judged its dreams.
public final class PixelAgent: Module, TrainedPolicy {
    public static let kind = "actor-critic"

    public struct Configuration: ModelConfiguration, Equatable {
        public var imageSize = 64, framesPerSecond = 4.0
        /// Of the eye's first layer, and of the memory.
        public var channels = 16, width = 128
        public var learning = DreamLearning()
        /// The returns' spread, so far.
        public var scale = ReturnScale()
        /// How boldly it dreams.
        public var temperature: Float = 0
        /// Whether a network that saw recorded pairs of frames judges its dreams (DIAMOND's way), or the scorer and a rule.
        public var learnsReward = false

        public init() {}

        public var leastWeights: Double { 6 * Double(width) * Double(width) + 48 * Double(channels) }
        public func check() throws {
            try learning.check()
            guard (16 ... 1024).contains(imageSize), imageSize % 16 == 0, (1 ... 1024).contains(channels),
                  (1 ... 4096).contains(width) else {
                throw TrainingError("actor-critic: \(imageSize) pixels, \(channels) channels, a memory of \(width); "
                    + "pictures are multiples of 16 pixels")
            }
            guard (0 ... 10).contains(temperature), framesPerSecond > 0 else {
                throw TrainingError("actor-critic: temperature \(temperature), \(framesPerSecond) frames a second")
            }
        }
    }

    public var configuration: Configuration
    public let world: any WorldModel, scorer: any FrameScorer
    let eye: RewardEye, body: RecurrentPolicy
    /// Who says of dreamed frames how good they are, and whether the story is over; nil: the scorer, and the rule of `isOver`.
    public let judge: RewardEndModel?
    /// The world's numbers for the robot's actions.
    let modelActions: [Int]

    /// - Throws: `TrainingError` when the world does not know the robot's actions.
    public init(
        _ configuration: Configuration, world: any WorldModel, scorer: any FrameScorer, using generator: inout SeededGenerator
    ) throws {
        let c = configuration, A = Action.allCases.count
        (self.configuration, self.world, self.scorer) = (c, world, scorer)
        modelActions = try world.numbers(of: Action.allCases)
        eye = RewardEye(imageSize: c.imageSize, channels: c.channels, actions: A, using: &generator)
        body = RecurrentPolicy(features: eye.width, width: c.width, actions: A, using: &generator)
        judge = c.learnsReward
            ? RewardEndModel(imageSize: c.imageSize, channels: c.channels, width: c.width, actions: A, using: &generator) : nil
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let (configuration, world, file) = try openAgent(
            folder, kind: PixelAgent.kind, madeBy: "train-policy actor-critic", world: Worlds.open,
            fits: { (c: Configuration, world) in c.imageSize == world.imageSize })
        let scorer = try Scorer(checkpoint: folder.appendingPathComponent("scorer.safetensors"))
        var generator = SeededGenerator(seed: 0)
        try self.init(configuration, world: world, scorer: scorer, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }

    public var imageSize: Int { configuration.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    /// What learns from dreams; the judge has learned before.
    public var dreamParameters: [NamedTensor] { eye.tensors(in: "eye") + body.tensors(in: "body") }
    public var tensors: [NamedTensor] { dreamParameters + (judge?.tensors(in: "judge") ?? []) }

    // MARK: Learning

    /// How far its eye's answers are from the scorer's on recorded clips [B,T,H,W,3]: before the first dream, an eye that has seen
    /// something.
    public func eyeLoss(_ frames: Tensor, scores: [Float], actions: [Int]) -> Tensor {
        eye.loss(eye(frames.reshaped([scores.count] + frames.shape.dropFirst(2))), scores: scores, actions: actions)
    }

    /// Lives through dreams that begin after recorded clips [B,L,H,W,3]; the state of its memory is that after all but the last of those
    /// frames.
    public func live(after frames: Tensor, actions: [Int], using generator: inout SeededGenerator) -> (life: Life, state: Tensor?) {
        let (B, L) = (frames.size(0), frames.size(1)), S = imageSize
        var world = PixelWorld(of: self, from: frames, actions: actions), mind = PixelMind(agent: self)
        /// What led to frame t.
        func led(_ t: Int) -> [Int]? { t == 0 ? nil : (0 ..< B).map { actions[$0 * (L - 1) + t - 1] } }
        Tensor.withoutGradients {
            for t in 0 ..< L - 1 { _ = mind.decide(frames.sliced(axis: 1, t ..< t + 1).reshaped([B, S, S, 3]), after: led(t)) }
        }
        let first = led(L - 1)?.map(Optional.some) ?? Array(repeating: nil, count: B)
        return (Life(in: &world, steps: configuration.learning.horizon, led: first, by: mind, using: &generator), mind.state)
    }

    /// What is to be learned from a life: the actor's loss, the critic's, and the eye's. Takes the returns into `configuration.scale`: for
    /// each life once.
    public func loss(_ life: Life, state: Tensor?) -> (total: Tensor, parts: [String: Double]) {
        let (B, H) = (life.batch, life.steps), l = configuration.learning
        let features = eye(life.views.reshaped([B * (H + 1)] + life.views.shape.dropFirst(2)))
        let (policy, value, _) = body(features.reshaped([B, H + 1, -1]), led: life.led, state: state)
        let (returns, weights) = life.returns(values: value.values, discount: l.discount, lambda: l.lambda)
        let scale = configuration.scale(returns), values = value.values.withoutLast(of: H)
        let advantages = zip(returns, values).map { ($0 - $1) / scale }
        let (actor, entropy) = actorLoss(
            policy.sliced(axis: 1, 0 ..< H).reshaped([B * H, -1]), actions: life.actions, advantages: advantages, weights: weights,
            entropyScale: l.entropyScale)
        let critic = valueLoss(value.sliced(axis: 1, 0 ..< H).reshaped([B * H]), returns: returns, weights: weights)
        let seen = eye.loss(features, scores: life.scores, actions: life.actions)
        return (actor + critic + seen, [
            "actor": Double(actor.item), "critic": Double(critic.item), "eye": Double(seen.item), "entropy": Double(entropy),
            "dream_reward": Double(life.meanScore), "dream_return": Double(returns.reduce(0, +) / Float(returns.count)),
            "arrived": Double(1 - life.goesOn.reduce(0, +) / Float(B * H)),
        ])
    }

    // MARK: Use

    public func mind() -> any Mind { PixelMind(agent: self) }

    public func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport {
        var report = ValidationReport()
        guard let judge else { return report }
        let held = try EpisodeSet(data, .validation)
        try held.check(size: imageSize)
        try held.checkRobot()
        let (reward, end, count) = judge.agreement(with: scorer, on: held)
        report.add("learned_reward_spearman", reward, expected: "near 1", baseline: "beside the scorer, on validation frames")
        if let end { report.add("learned_end_auroc", end, expected: "near 1", baseline: "of \(count) ends, as the rule has them") }
        return report
    }

    public func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        let clips = frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst())
        var world = PixelWorld(of: self, from: clips, actions: [])
        return Life(in: &world, steps: steps, led: Array(repeating: nil, count: frames.size(0)), by: mind(), using: &generator).meanScore
    }
}

/// What a memory of numbers holds of B episodes.
struct PixelMind: Mind {
    let agent: PixelAgent
    fileprivate var state: Tensor?

    init(agent: PixelAgent) { self.agent = agent }

    mutating func decide(_ frames: Tensor, after actions: [Int]?) -> Tensor {
        let B = frames.size(0), led: [Int?] = actions?.map(Optional.some) ?? Array(repeating: nil, count: B)
        let (policy, _, states) = agent.body(agent.eye(frames).reshaped([B, 1, -1]), led: led, state: state)
        state = states.reshaped([B, -1])
        return policy.reshaped([B, -1])
    }

    func selecting(_ rows: [Int]) -> PixelMind {
        var mind = self
        mind.state = state?.rows(at: rows)
        return mind
    }
}

/// Frames that a world model draws, and what is said of them.
struct PixelWorld: InnerWorld {
    private let agent: PixelAgent, sampling: Sampling
    private var dream: any Dream
    /// What the judge said last; nil without one.
    private var ends: [Float]?
    private(set) var view: Tensor, scores: [Float]

    init(of agent: PixelAgent, from frames: Tensor, actions: [Int]) {
        let (B, L) = (frames.size(0), frames.size(1))
        self.agent = agent
        sampling = Sampling(steps: agent.world.planningSteps, temperature: agent.configuration.temperature)
        dream = Tensor.withoutGradients { agent.world.dream(from: frames, actions: actions.map { agent.modelActions[$0] }) }
        view = frames.sliced(axis: 1, L - 1 ..< L).reshaped([B] + frames.shape.dropFirst(2))
        scores = agent.scorer.rewards(of: view)
    }

    mutating func step(_ actions: [Int], using generator: inout SeededGenerator) {
        let before = view
        view = Tensor.withoutGradients { dream.step(actions.map { agent.modelActions[$0] }, sampling, using: &generator) }
        if let judge = agent.judge {
            (scores, ends) = judge.judge(before, actions, view)
        } else {
            scores = agent.scorer.rewards(of: view)
        }
    }

    func goesOn(after actions: [Int], before: [Float]) -> [Float] {
        ends.map { $0.map { 1 - $0 } } ?? byTheRule(actions, before: before)
    }
}

extension Life {
    /// The same, decided by a mind that sees pictures.
    fileprivate init(in world: inout some InnerWorld, steps: Int, led: [Int?], by mind: any Mind, using generator: inout SeededGenerator) {
        var mind = mind
        self.init(in: &world, steps: steps, led: led, using: &generator) { frames, led in
            mind.decide(frames, after: led.contains { $0 == nil } ? nil : led.map { $0! })
        }
    }
}
