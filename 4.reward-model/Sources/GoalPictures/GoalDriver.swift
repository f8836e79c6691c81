// GoalDriver.swift - the robot is given a picture, and drives until it sees it.
//
// Nobody tells it that it has arrived: it must choose to stop, at every step anew, because no other plan ends nearer.

import JetBot
import LatentPrediction
import Planning
import Randomness
import Tensors
import Training

/// Plans towards a picture, in the latents of a world model.
public final class GoalDriver: Driver {
    /// How a plan is found.
    public enum Search { case trying(any Planner), descending(horizon: Int) }

    private let world: LatentWorld, search: Search, cost: GoalCost, seed: UInt64, modelAction: [Int: Int]
    private var goals: [Tensor] = [], generators: [SeededGenerator] = [], first = 0
    /// Steps of the model in the last decision, over all robots.
    public private(set) var steps = 0
    public let looks = true

    /// - Parameter goals: for each episode in its order, the latents [1,N,Z] of its picture.
    /// - Throws: `TrainingError` when the model does not know which of its actions is which.
    public init(_ world: LatentWorld, _ search: Search, cost: GoalCost = .sum, goals: [Tensor], seed: UInt64) throws {
        (self.world, self.search, self.cost, self.goals, self.seed) = (world, search, cost, goals, seed)
        modelAction = try Dictionary(uniqueKeysWithValues: Action.allCases.map { action in
            guard let number = world.action(named: action.name) else {
                throw TrainingError("the world model has no action for '\(action.name)'; train it on episodes that name their actions")
            }
            return (action.rawValue, number)
        })
    }

    /// Episodes come in the order of the goals.
    public func begin(episodes: Int) {
        if !generators.isEmpty { first += generators.count }
        generators = (0 ..< episodes).map { SeededGenerator(seed: seed, stream: UInt64(first + $0)) }
    }

    public func decide(_ situations: [Situation]) -> [Action] {
        let seen = situations.map(\.frames.count).min()!, L = min(world.contextFrames, seen), size = world.imageSize
        let frames = Tensor(situations.flatMap { $0.frames.suffix(L).flatMap { $0.map { Float($0) / 255 } } }, shape: [situations.count, L, size, size, 3])
        let led = situations.flatMap { $0.actions.suffix(L - 1).map { modelAction[$0.rawValue]! } }
        let wanted = Tensor.concatenated(situations.map { goals[first + $0.episode] }, axis: 0)
        let dream = world.latentDream(from: frames, actions: led)
        if case .descending(let horizon) = search {
            let plans = GradientPlans.descend(world, from: dream.latents, led: led, goals: wanted, horizon: horizon).plans
            return plans.map { plan in Action(rawValue: modelAction.first { $0.value == plan[0] }!.key)! }
        }
        guard case .trying(let planner) = search else { return [] }
        let futures = LatentFutures(dream, goals: wanted, cost: cost, modelAction: modelAction)
        var generators = situations.map { self.generators[$0.episode] }
        let plans = planner.plans(using: &generators, trying: futures.returns(of:))
        for (situation, generator) in zip(situations, generators) { self.generators[situation.episode] = generator }
        steps = futures.steps
        return plans.map { Action(rawValue: $0.sequences[$0.best][0])! }
    }
}

/// The yardstick that tells whose fault it is: holds each action in copies of the true world, and compares the true pictures that would come with the goal's.
public final class TrueFuturesDriver: Driver {
    private let camera: Camera, horizon: Int, features: (Tensor) -> Tensor, goals: [Tensor]
    private var first = 0, count = 0
    public let looks = false

    /// - Parameters:
    ///   - features: of frames [F,H,W,3] -> [F,..]: the pixels themselves, or what an eye makes of them.
    ///   - goals: for each episode the features [1,..] of its picture.
    public init(camera: Camera, horizon: Int, goals: [Tensor], features: @escaping (Tensor) -> Tensor) {
        (self.camera, self.horizon, self.goals, self.features) = (camera, horizon, goals, features)
    }

    public func begin(episodes: Int) { (first, count) = (first + count, episodes) }

    public func decide(_ situations: [Situation]) -> [Action] {
        situations.map { situation in
            var moments: [World] = []
            for action in Action.allCases {
                var copy = situation.world
                for _ in 0 ..< horizon {
                    copy.step(action)
                    moments.append(copy)
                }
            }
            let seen = features(cameraFrames(of: moments, camera)), goal = goals[first + situation.episode]
            let wanted = Tensor.concatenated(Array(repeating: goal, count: moments.count), axis: 0)
            let distances = LatentFutures.distances(seen, wanted)
            // The best moment of each action held; standing still wins a tie.
            let costs = Action.allCases.indices.map { i in distances[i * horizon ..< (i + 1) * horizon].enumerated().map { $1 * (1
                + 0.03 * Float($0)) }.min()! }
            return Action.allCases[costs.indices.min { costs[$0] < costs[$1] }!]
        }
    }
}

/// Turns left, always: what a robot finds that only turns.
public final class TurningDriver: Driver {
    public let looks = false
    public init() {}
    public func begin(episodes: Int) {}
    public func decide(_ situations: [Situation]) -> [Action] { situations.map { _ in .turnLeft } }
}
