// GoalDriver.swift - the robot is given a picture, and drives until it sees it.
//
// Nobody tells it that it has arrived: it must choose to stop, at every step anew, because no other plan ends nearer.

import JetBot
import LatentPrediction
import Planning
import Randomness
import Tensors
import Training

/// Plans towards what a judge wants: a picture, or a word.
public final class GoalDriver: Driver {
    /// How a plan is found.
    public enum Search { case trying(any Planner), descending(horizon: Int) }
    /// Where a plan is to lead.
    public enum Goal {
        /// For each episode in its order its picture, [1,H,W,3].
        case pictures([Tensor])
        /// How far what lies before each row, [rows,..], is from what all robots want.
        case wish((Tensor) -> [Float])
    }

    private let world: any GoalWorld, search: Search, cost: GoalCost, goal: Goal, seed: UInt64, modelAction: [Int: Int]
    private var generators: [SeededGenerator] = [], first = 0
    /// What the episodes' pictures are compared by: [episodes,..].
    private var wanted: Tensor?
    /// A move must come nearer by this share of what is left when nothing is done, or the robot rocks
    /// back and forth before its goal for ever.
    public var share: Float = 0.2
    public let looks = true

    /// - Throws: `TrainingError` when the model does not know which of its actions is which.
    public init(_ world: any GoalWorld, _ search: Search, cost: GoalCost = .nearest, goal: Goal, seed: UInt64) throws {
        (self.world, self.search, self.cost, self.goal, self.seed) = (world, search, cost, goal, seed)
        modelAction = try world.model.numberByAction(Action.allCases)
    }

    /// Episodes come in the order of the goals.
    public func begin(episodes: Int) {
        first += generators.count
        generators = (0 ..< episodes).map { SeededGenerator(seed: seed, stream: UInt64(first + $0)) }
        guard case .pictures(let goals) = goal else { return }
        wanted = world.compared(Tensor.concatenated(Array(goals[first ..< first + episodes]), axis: 0))
    }

    /// The next episode is the first again.
    public func restart() { (generators, first) = ([], 0) }

    public func decide(_ situations: [Situation]) -> [Action] {
        let seen = situations.map(\.frames.count).min()!, L = min(world.model.contextFrames, seen)
        let frames = seenFrames(situations, last: L, size: world.model.imageSize)
        let led = situations.flatMap { $0.actions.suffix(L - 1).map { modelAction[$0.rawValue]! } }
        let wanted = wanted.map { $0.rows(at: situations.map(\.episode)) }, dream = world.goalDream(from: frames, actions: led)
        let stop = Action.stop.rawValue
        // A plan that begins by waiting is put into practice from its first move on, and a move must be worth it.
        func chosen(_ plan: [Int], _ value: Float, standing: Float) -> Action {
            Action(rawValue: value > standing * (1 - share) ? plan.first { $0 != stop } ?? stop : stop)!
        }
        if case .descending(let horizon) = search, let latents = dream as? LatentDream, let goals = wanted {
            let slopes = GradientPlans.descend(latents.world, from: latents.latents, led: led, goals: goals, horizon: horizon)
            let plans = slopes.plans.map { $0.map { number in modelAction.first { $0.value == number }!.key } }
            let still = Array(repeating: stop, count: horizon)
            let futures = GoalFutures(dream, goals: goals, cost: .sum, modelAction: modelAction)
            return zip(plans, futures.returns(of: plans.map { [$0, still] })).map { chosen($0, $1[0], standing: $1[1]) }
        }
        guard case .trying(let planner) = search else { preconditionFailure("a descent needs latents and a picture") }
        let futures: GoalFutures
        switch goal {
        case .pictures: futures = GoalFutures(dream, goals: wanted!, cost: cost, modelAction: modelAction)
        case .wish(let judge): futures = GoalFutures(dream, cost: cost, modelAction: modelAction) { compared, _ in judge(compared) }
        }
        var generators = situations.map { self.generators[$0.episode] }
        let plans = planner.plans(using: &generators, trying: futures.returns(of:))
        for (situation, generator) in zip(situations, generators) { self.generators[situation.episode] = generator }
        return plans.map { chosen($0.sequences[$0.best], $0.returns[$0.best], standing: $0.value(holding: stop) ?? -.infinity) }
    }
}

/// The yardstick that tells whose fault it is: holds each action in copies of the true world, and compares the true
/// pictures that would come with the goal's.
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
            let distances = squaredDistances(seen, Tensor.concatenated(Array(repeating: goal, count: moments.count), axis: 0))
            // Standing still wins a tie.
            let costs = Action.allCases.indices.map { GoalCost.nearest(Array(distances[$0 * horizon ..< ($0 + 1) * horizon])) }
            return Action.allCases[costs.indices.min { costs[$0] < costs[$1] }!]
        }
    }
}
