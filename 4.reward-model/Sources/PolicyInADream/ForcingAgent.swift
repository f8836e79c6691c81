// ForcingAgent.swift - Dreamer 4's agent: first it imitates, then it improves on that in dreams (arXiv 2509.24527, section 3.3).
//
//   phase 2: tokens, cloned heads      what was done here, and what was it worth? From recordings
//   phase 3: policy, value             what would have been better? In latents that the shortcut model imagines
//
// In phase 3 tokens and cloned heads stay as they are, and say what a moment is worth and how a person would drive.

import Foundation
import JetBot
import Layers
import Planning
import Randomness
import ShortcutForcing
import Tensors
import Training
import WorldModels

/// A trained run: checkpoints/NAME with `model.safetensors`, and in `world/` the shortcut model and its eye.
public final class ForcingAgent: Module, TrainedPolicy {
    public static let kind = "dreamer4-agent"

    public struct Configuration: ModelConfiguration, Equatable {
        /// S and Z of the latents, to know what is in the file; E, and L.
        public var latents = 16, numbers = 16, width = 64, lookAhead = 3
        public var learning = DreamLearning()
        /// K, steps of drawing a frame out of noise; how bold dreams are.
        public var samplingSteps = 1
        public var temperature: Float = 1
        /// β, the price of going away from how a person drives. α is 0.5, as in the paper; β is 0.3 there, and holds this agent to what it
        /// imitated, mistakes and all.
        public var beta: Float = 0.05
        /// Steps of cloning, and the folder of what was imitated.
        public var cloning = 0, demonstrations = ""

        public init() {}

        public var leastWeights: Double { Double(width) * Double(16 * width + numbers) }
        public func check() throws {
            try learning.check()
            guard [latents, numbers, samplingSteps].allSatisfy((1 ... 4096).contains), (1 ... 64).contains(lookAhead),
                  (4 ... 4096).contains(width), width % 4 == 0, (0 ... 10).contains(temperature), (0 ... 1000).contains(beta),
                  (0 ... 1_000_000_000).contains(cloning) else {
                throw TrainingError("dreamer4 agent: \(latents) latents of \(numbers), a width of \(width), looks \(lookAhead) ahead, "
                    + "temperature \(temperature), beta \(beta)")
            }
        }
    }

    public let configuration: Configuration
    public let world: ShortcutWorld
    let tokens: AgentTokens
    /// Of phase 2, and of phase 3: the policy and the value of the second, the reward of the first.
    let cloned: AgentHeads, improved: AgentHeads

    public init(_ configuration: Configuration, world: ShortcutWorld, using generator: inout SeededGenerator) {
        let c = configuration, A = Action.allCases.count
        (self.configuration, self.world) = (c, world)
        tokens = AgentTokens(latents: c.latents, numbers: c.numbers, width: c.width, using: &generator)
        cloned = AgentHeads(state: c.width, actions: A, lookAhead: c.lookAhead, width: c.width, using: &generator)
        improved = AgentHeads(state: c.width, actions: A, lookAhead: c.lookAhead, width: c.width, using: &generator)
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let (configuration, world, file) = try openAgent(
            folder, kind: ForcingAgent.kind, madeBy: "train-policy dreamer4", world: ShortcutWorld.init(folder:),
            fits: { (c: Configuration, world) in world.eye.latentShape == (c.latents, c.numbers) })
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, world: world, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }

    public var imageSize: Int { world.imageSize }
    public var framesPerSecond: Double { world.framesPerSecond }
    public var tensors: [NamedTensor] { tokens.tensors(in: "tokens") + cloned.tensors(in: "cloned") + improved.tensors(in: "improved") }
    /// What learns in each phase.
    public var imitating: [NamedTensor] { tokens.tensors(in: "tokens") + cloned.tensors(in: "cloned") }
    public var improving: [NamedTensor] { improved.tensors(in: "improved") }

    // MARK: Learning

    /// Phase 2, on clips of standardized latents [B,T,S,Z].
    /// - Parameters:
    ///   - actions: B·(T-1). `isImitated`: of each clip; of the others only the rewards are learned. `scores`: B·T.
    public func cloningLoss(_ z: Tensor, actions: [Int], isImitated: [Bool], scores: [Float]) -> Tensor {
        let (B, T) = (z.size(0), z.size(1)), L = configuration.lookAhead
        precondition(L + 1 < T, "nobody learns to look \(L) ahead from clips of \(T) frames, after the last of which nothing was done")
        let taken = (0 ..< B).flatMap { b -> [Int?] in
            isImitated[b] ? actions[b * (T - 1) ..< (b + 1) * (T - 1)].map(Optional.some) + [nil] : Array(repeating: nil, count: T)
        }
        return cloned.cloningLoss(tokens(z), taken: taken, rewards: scores)
    }

    /// Phase 3 begins where phase 2 ended.
    public func beginImproving() {
        for (own, from) in zip(improved.tensors, cloned.tensors) where !own.name.hasPrefix("value") {
            own.tensor.pointer.update(from: from.tensor.pointer, count: own.tensor.count)
        }
    }

    /// Lives through dreams that begin after recorded clips [B,L,H,W,3].
    public func live(after frames: Tensor, actions: [Int], using generator: inout SeededGenerator) -> Life {
        var inner = ForcedWorld(self, from: frames, actions: actions)
        return live(in: &inner, configuration.learning.horizon, improved, &generator)
    }

    /// PMPO and the value's error. While `isValuing`, only the value learns: before it knows anything, the sign of an advantage is noise.
    public func loss(_ life: Life, isValuing: Bool) -> (total: Tensor, parts: [String: Double]) {
        let (B, H) = (life.batch, life.steps), l = configuration.learning, all = life.views.reshaped([B * (H + 1), -1])
        let lived = (0 ..< B * (H + 1)).filter { $0 % (H + 1) < H }, states = all.rows(at: lived)
        let (policy, _, value) = improved(states, isValueAlone: isValuing), logits = improved.nextAction(policy), N = lived.count
        let values = Tensor.withoutGradients { improved(all).value.values }
        let (returns, weights) = life.returns(values: values, discount: l.discount, lambda: l.lambda)
        let prior = Tensor.withoutGradients { cloned.nextAction(cloned(states).policy) }
        // What comes after the end is nobody's.
        let alive = (0 ..< N).filter { weights[$0] > 0.5 }
        let advantages = alive.map { returns[$0] - values[lived[$0]] }
        let actor = preferenceLoss(
            logits.rows(at: alive), prior: prior.rows(at: alive), actions: alive.map { life.actions[$0] }, advantages: advantages,
            beta: configuration.beta)
        let critic = valueLoss(value.reshaped([N]), returns: returns, weights: weights)
        let log = logits.logSoftmax(), p = log.exp()
        let drift = Tensor.withoutGradients { (p * (log - prior.logSoftmax())).sum(axis: -1).mean().item }
        return (isValuing ? critic : actor + critic, [
            "actor": Double(actor.item), "critic": Double(critic.item), "drift": Double(drift),
            "entropy": Double(Tensor.withoutGradients { -(p * log).sum(axis: -1).mean().item }),
            "better": Double(advantages.filter { $0 >= 0 }.count) / Double(max(1, advantages.count)),
            "dream_reward": Double(life.meanScore), "dream_return": Double(returns.reduce(0, +) / Float(returns.count)),
            "arrived": Double(1 - life.goesOn.reduce(0, +) / Float(N)),
        ])
    }

    // MARK: Use

    public func mind() -> any Mind { ForcingMind(agent: self, heads: improved) }
    /// How the cloned policy drives.
    public var imitator: any TrainedPolicy { Imitator(agent: self) }

    public func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        promised(from: frames, steps, improved, &generator)
    }

    func promised(from frames: Tensor, _ steps: Int, _ heads: AgentHeads, _ generator: inout SeededGenerator) -> Float {
        var inner = ForcedWorld(self, from: frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst()), actions: [])
        return live(in: &inner, steps, heads, &generator).meanScore
    }

    private func live(in inner: inout ForcedWorld, _ steps: Int, _ heads: AgentHeads, _ generator: inout SeededGenerator) -> Life {
        let led = [Int?](repeating: nil, count: inner.view.size(0))     // it does not hear what led here
        return Life(in: &inner, steps: steps, led: led, using: &generator) { h, _ in heads.nextAction(heads(h).policy) }
    }

    /// The cloned policy's row beside the improved one's.
    public func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport {
        var report = ValidationReport(), generator = SeededGenerator(seed: seed)
        let camera = Camera(width: imageSize, height: imageSize), rooms = try Planning.rooms(of: .train, in: data)
        report.add("cloning_steps", Double(configuration.cloning))
        let promise = imitator.promised(from: cameraFrames(of: starts, camera), steps: 20, using: &generator)
        report.add("cloned_dream_reward", Double(promise), baseline: "from starts anywhere")
        let reward = rewardOnFloor(PolicyDriver(imitator), from: starts, steps: 20, camera: camera)
        report.add("cloned_floor_reward", Double(reward), baseline: "from starts anywhere")
        for (suffix, start, steps) in [("", World.Start.kongInView, 20), ("_out_of_view", .kongOutOfView, 30)] {
            let starts = driveStarts(in: rooms, count: 100, start, framesPerSecond: Float(framesPerSecond), seed: seed)
            let rate = driveEpisodes(from: starts, with: PolicyDriver(imitator), task: DriveTask(steps: steps), camera: camera).successRate
            report.add("cloned_drive_success\(suffix)", rate.rate, baseline: rate.text)
        }
        return report
    }
}

/// The cloned policy of a `ForcingAgent`, as a policy of its own.
private final class Imitator: TrainedPolicy {
    let agent: ForcingAgent
    init(agent: ForcingAgent) { self.agent = agent }
    var imageSize: Int { agent.imageSize }
    var framesPerSecond: Double { agent.framesPerSecond }
    func mind() -> any Mind { ForcingMind(agent: agent, heads: agent.cloned) }
    func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        agent.promised(from: frames, steps, agent.cloned, &generator)
    }
}

/// The frames that the eye still looks at, and the agent's state.
struct ForcingMind: Mind {
    let agent: ForcingAgent, heads: AgentHeads
    private var frames: [Tensor] = [], state: Tensor?

    init(agent: ForcingAgent, heads: AgentHeads) { (self.agent, self.heads) = (agent, heads) }

    mutating func decide(_ seen: Tensor, after actions: [Int]?) -> Tensor {
        let B = seen.size(0), world = agent.world
        frames = (frames + [seen.reshaped([B, 1] + seen.shape.dropFirst())]).suffix(world.eye.frames)
        let z = world.dynamics.standardized(world.eye.latents(of: .concatenated(frames, axis: 1)))                             // [B,L,S,Z]
        let h = agent.tokens(z.sliced(axis: 1, frames.count - 1 ..< frames.count), state: state)
        state = h.reshaped([B, -1])
        return heads.nextAction(heads(state!).policy)
    }

    func selecting(_ rows: [Int]) -> ForcingMind {
        var mind = self
        (mind.frames, mind.state) = (frames.map { $0.rows(at: rows) }, state?.rows(at: rows))
        return mind
    }
}

/// Latents that nobody draws; what is seen is what the agent's tokens make of them.
struct ForcedWorld: InnerWorld {
    private let agent: ForcingAgent, modelActions: [Int]
    private var dream: ShortcutDream
    private(set) var view: Tensor, scores: [Float] = []

    init(_ agent: ForcingAgent, from frames: Tensor, actions: [Int]) {
        let (B, L) = (frames.size(0), frames.size(1)), world = agent.world
        self.agent = agent
        modelActions = try! world.numbers(of: Action.allCases)       // whoever made the agent has asked
        dream = world.shortcutDream(from: frames, actions: actions.map { [modelActions] in modelActions[$0] })
        let z = Tensor.withoutGradients { world.dynamics.standardized(world.eye.latents(of: frames)) }
        view = Tensor.withoutGradients { agent.tokens(z).sliced(axis: 1, L - 1 ..< L).reshaped([B, -1]) }
        scores = said
    }

    mutating func step(_ actions: [Int], using generator: inout SeededGenerator) {
        let c = agent.configuration
        dream.advance(actions.map { modelActions[$0] }, Sampling(steps: c.samplingSteps, temperature: c.temperature), using: &generator)
        view = Tensor.withoutGradients {
            agent.tokens(dream.latents!, state: view).reshaped([actions.count, -1])
        }
        scores = said
    }

    /// The last frame, as the eye's decoder draws it.
    mutating func picture() -> [Float] { dream.picture().values }

    /// What the cloned reward head says of this moment.
    private var said: [Float] {
        Tensor.withoutGradients { agent.cloned(view).reward.sliced(axis: -1, 0 ..< 1).clamped(0, 1).values }
    }
}
