// StateAgent.swift - DreamerV3's agent: it lives in the state of a memory, and nobody draws it a picture (arXiv 2301.04104, "Actor critic
// learning").
//
//   s_t = [h_t, z_t]        what the RSSM has made of all frames so far; it remembers, so the heads need not
//   reward, goes on         learned from states that have seen a frame: what the scorer says of that frame, and whether the story was over
//   actor, critic           learned from states that were imagined
//
// Off by one is the disease of this family: s_t has seen a_{t-1} and frame t, the score of frame t belongs to s_t, and a_t is decided in
// s_t.

import Foundation
import JetBot
import Layers
import Planning
import Randomness
import RecurrentMemory
import Tensors
import Training

/// [N,F] -> [N,O]: two layers, and an output that begins at zero.
final class StateHead: Module {
    private let first: Linear, firstNorm: RMSNorm, second: Linear, secondNorm: RMSNorm, output: Linear

    init(_ features: Int, width: Int, outputs: Int, using generator: inout SeededGenerator) {
        (first, second) = (Linear(features, width, using: &generator), Linear(width, width, using: &generator))
        (firstNorm, secondNorm) = (RMSNorm(width), RMSNorm(width))
        output = Linear(width, outputs, gain: 0, using: &generator)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { output(secondNorm(second(firstNorm(first(x)).silu())).silu()) }

    var tensors: [NamedTensor] {
        first.tensors(in: "first") + firstNorm.tensors(in: "first_norm") + second.tensors(in: "second")
            + secondNorm.tensors(in: "second_norm") + output.tensors(in: "output")
    }
}

/// A trained run: checkpoints/NAME with `model.safetensors`, and in `world/` the memory and the eye that it learned with.
public final class StateAgent: Module, TrainedPolicy {
    public static let kind = "state-agent"

    public struct Configuration: ModelConfiguration, Equatable {
        /// F, the numbers of a state, to know what is in the file.
        public var features = 0, width = 128
        public var learning = DreamLearning()
        public var scale = ReturnScale()
        /// K, the bins of a return.
        public var bins = 41
        /// T, the frames of a training clip.
        public var frames = 16

        public init() {}

        public var leastWeights: Double { 4 * Double(width) * Double(width + features) }
        public func check() throws {
            try learning.check()
            guard (1 ... 100_000).contains(features), (1 ... 4096).contains(width), (3 ... 1000).contains(bins),
                  (2 ... 1024).contains(frames) else {
                throw TrainingError("state agent: \(features) features, a width of \(width), \(bins) bins, clips of \(frames) frames")
            }
        }
    }

    public var configuration: Configuration
    public let world: RecurrentWorldModel
    let actor: StateHead, critic: StateHead, slowCritic: StateHead, reward: StateHead, goesOn: StateHead
    /// Returns lie in -1 ... 0, so bins are even: what symexp is for, numbers of unknown size, is not here.
    let bins: TwoHot

    public init(_ configuration: Configuration, world: RecurrentWorldModel, using generator: inout SeededGenerator) {
        let c = configuration
        (self.configuration, self.world) = (c, world)
        func head(_ outputs: Int) -> StateHead { StateHead(c.features, width: c.width, outputs: outputs, using: &generator) }
        (actor, critic, slowCritic) = (head(Action.allCases.count), head(c.bins), head(c.bins))
        (reward, goesOn) = (head(1), head(1))
        bins = TwoHot(count: c.bins, from: -1, to: 0)
        for tensor in slowCritic.tensors { tensor.tensor.requiresGradient = false }
        follow(by: 1)
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let (configuration, world, file) = try openAgent(
            folder, kind: StateAgent.kind, madeBy: "train-policy dreamer3", world: RecurrentWorldModel.init(folder:),
            fits: { (c: Configuration, world) in c.features == world.featureCount })
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, world: world, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }

    public var imageSize: Int { world.imageSize }
    public var framesPerSecond: Double { world.framesPerSecond }
    public var tensors: [NamedTensor] {
        actor.tensors(in: "actor") + critic.tensors(in: "critic") + slowCritic.tensors(in: "slow_critic") + reward.tensors(in: "reward")
            + goesOn.tensors(in: "goes_on")
    }

    // MARK: Learning

    /// States that have seen clips of latents [B,T,D], and the actions B·(T-1) between their frames: a state after each frame, [B·T] rows
    /// clip by clip. Its dice are thrown, as they are in dreams: a state of probabilities is one that no head would ever see there.
    public func states(of clips: Tensor, actions: [Int], using generator: inout SeededGenerator) -> MemoryState {
        let (B, T) = (clips.size(0), clips.size(1))
        return Tensor.withoutGradients {
            var states: [MemoryState] = []
            for t in 0 ..< T {
                let frame = clips.sliced(axis: 1, t ..< t + 1).reshaped([B, -1])
                let led = t == 0 ? nil : (0 ..< B).map { actions[$0 * (T - 1) + t - 1] }
                states.append(world.memory.state(of: frame, after: led, in: states.last, using: &generator))
            }
            func byClip(_ part: (MemoryState) -> Tensor) -> Tensor {
                let all = Tensor.concatenated(states.map { part($0).reshaped([B, 1, -1]) }, axis: 1)
                return all.reshaped([B * T, all.size(2)])
            }
            let drawn = states[0].drawn == nil ? nil : byClip { $0.drawn! }
            return MemoryState(recurrent: byClip(\.recurrent), drawn: drawn, frame: byClip(\.frame))
        }
    }

    /// What states that have seen should say of what they saw: the squared error of scores, and the cross-entropy of "goes on". The first
    /// state of a clip has no action behind it that could have ended anything.
    /// - Parameters:
    ///   - scores: B·T; `actions`: B·(T-1).
    public func headLoss(_ states: MemoryState, scores: [Float], actions: [Int]) -> Tensor {
        let N = scores.count, T = N / (N - actions.count), features = world.memory.features(of: states).stopGradient()
        let misses = reward(features).reshaped([N]).sigmoid().meanSquaredError(Tensor(scores, shape: [N]))
        let later = (0 ..< N).filter { $0 % T > 0 }
        let goes: [Float] = zip(later, actions).map { isOver(before: scores[$0 - 1], action: $1, after: scores[$0]) ? 0 : 1 }
        return misses + goesOn(features.rows(at: later)).reshaped([later.count]).sigmoidCrossEntropy(Tensor(goes, shape: [later.count]))
    }

    /// Imagines on from these states.
    public func live(from states: MemoryState, steps: Int, using generator: inout SeededGenerator) -> Life {
        var inner = StateWorld(self, states)
        let led = [Int?](repeating: nil, count: states.batch)       // what led here is in the state
        return Life(in: &inner, steps: steps, led: led, using: &generator) { features, _ in actor(features) }
    }

    /// The actor's loss and the critic's.
    public func loss(_ life: Life) -> (total: Tensor, parts: [String: Double]) {
        let (B, H) = (life.batch, life.steps), l = configuration.learning, all = life.views.reshaped([B * (H + 1), life.views.size(2)])
        let lived = (0 ..< B * (H + 1)).filter { $0 % (H + 1) < H }, features = all.rows(at: lived)
        let (values, slow) = Tensor.withoutGradients { (bins.values(of: critic(all)), bins.values(of: slowCritic(features))) }
        let (returns, weights) = life.returns(values: values, discount: l.discount, lambda: l.lambda)
        let scale = configuration.scale(returns), advantages = zip(returns, lived.map { values[$0] }).map { ($0 - $1) / scale }
        let (actorLoss, entropy) = actorLoss(
            actor(features), actions: life.actions, advantages: advantages, weights: weights, entropyScale: l.entropyScale)
        let criticLoss = criticLoss(critic(features), slow: slow, returns: returns, weights: weights, bins: bins)
        return (actorLoss + criticLoss, [
            "actor": Double(actorLoss.item), "critic": Double(criticLoss.item), "entropy": Double(entropy), "scale": Double(scale),
            "dream_reward": Double(life.meanScore), "dream_return": Double(returns.reduce(0, +) / Float(returns.count)),
            "arrived": Double(1 - life.goesOn.reduce(0, +) / Float(B * H)),
        ])
    }

    /// The slow critic goes a little of the way to the critic: 2 of 100 an update.
    public func follow(by share: Float = 0.02) {
        for (slow, own) in zip(slowCritic.tensors, critic.tensors) {
            for i in 0 ..< own.tensor.count { slow.tensor.pointer[i] += share * (own.tensor.pointer[i] - slow.tensor.pointer[i]) }
        }
    }

    // MARK: Use

    public func mind() -> any Mind { StateMind(agent: self) }

    public func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        let seen = world.numbers(of: frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst()))
        return live(from: states(of: seen, actions: [], using: &generator), steps: steps, using: &generator).meanScore
    }
}

/// A memory that sees the camera's frames, and the actor on it.
struct StateMind: Mind {
    let agent: StateAgent
    private var state: MemoryState?, dice = SeededGenerator(seed: 0)

    init(agent: StateAgent) { self.agent = agent }

    mutating func decide(_ frames: Tensor, after actions: [Int]?) -> Tensor {
        let memory = agent.world.memory, B = frames.size(0)
        let seen = agent.world.numbers(of: frames.reshaped([B, 1] + frames.shape.dropFirst())).reshaped([B, -1])
        state = memory.state(of: seen, after: actions, in: state, using: &dice)
        return agent.actor(memory.features(of: state!))
    }

    func selecting(_ rows: [Int]) -> StateMind {
        var mind = self
        mind.state = state?.selecting(rows)
        return mind
    }
}

/// States that nobody draws, and what the heads say of them.
struct StateWorld: InnerWorld {
    private let agent: StateAgent
    private var state: MemoryState
    private(set) var view: Tensor, scores: [Float]

    init(_ agent: StateAgent, _ state: MemoryState) {
        (self.agent, self.state) = (agent, state)
        view = Tensor.withoutGradients { agent.world.memory.features(of: state) }
        scores = StateWorld.scores(agent, view)
    }

    mutating func step(_ actions: [Int], using generator: inout SeededGenerator) {
        (state, view) = Tensor.withoutGradients {
            let next = agent.world.memory.imagined(after: actions, in: state, temperature: 1, using: &generator)
            return (next, agent.world.memory.features(of: next))
        }
        scores = StateWorld.scores(agent, view)
    }

    func goesOn(after actions: [Int], before: [Float]) -> [Float] { Tensor.withoutGradients { agent.goesOn(view).sigmoid().values } }

    private static func scores(_ agent: StateAgent, _ view: Tensor) -> [Float] {
        Tensor.withoutGradients { agent.reward(view).sigmoid().values }
    }
}

extension StateMemory {
    /// The state that has seen `frame` [B,D] after what led to it (nil, and no state before: it is the first), as a draw.
    func state(of frame: Tensor, after led: [Int]?, in before: MemoryState?, using generator: inout SeededGenerator) -> MemoryState {
        guard let led, let before else { return beginning(with: frame, temperature: 1, using: &generator) }
        return observed(frame, after: led, in: before, temperature: 1, using: &generator)
    }
}

extension RecurrentWorldModel {
    /// F, the numbers that a policy may read of a state.
    public var featureCount: Int {
        memory.features(of: memory.beginning(with: Tensor(repeating: 0, shape: [1, configuration.numbers]))).count
    }
}
