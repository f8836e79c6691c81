// Driver.swift - who says what the robot does next, and what may it know?
//
// Four of them. The planner in the imagination knows pictures and its own actions. The planner in the true simulator may try
// things in copies of the world. The oracle sees the true bearing. The random one knows nothing: what it finds was luck.

import JetBot
import Randomness
import RewardModel

/// Where one robot is in its episode.
public struct Situation {
    /// Which of the episodes that are driven side by side this is.
    public let episode: Int
    /// The truth. Only the yardsticks look at it.
    public let world: World
    /// [H,W,3] bytes of each frame so far; empty for a driver that does not look.
    public let frames: [[UInt8]]
    /// What was done between them, one fewer than frames.
    public let actions: [Action]

    public init(episode: Int, world: World, frames: [[UInt8]], actions: [Action]) {
        (self.episode, self.world, self.frames, self.actions) = (episode, world, frames, actions)
    }
}

/// Decides for several robots at once.
public protocol Driver: AnyObject {
    /// Whether it needs pictures: rendering them takes time.
    var looks: Bool { get }
    /// Called before the first decision of `episodes` new episodes.
    func begin(episodes: Int)
    func decide(_ situations: [Situation]) -> [Action]
}

/// Plans, either in the imagination or in the simulator.
public final class PlanningDriver: Driver {
    public enum Place {
        case imagination(Imagination)
        /// The scorer, if there is one, rewards true pictures.
        case simulator(Objective, scorer: (any FrameScorer)?, camera: Camera?)
    }

    private let place: Place, planner: any Planner, turns: [Action], seed: UInt64
    private var generators: [SeededGenerator] = [], pilots: [Pilot] = [], batchGenerator: SeededGenerator
    /// Of the last decision, for pictures; futures only where one robot was driven alone.
    public private(set) var lastDecisions: [Pilot.Decision] = [], lastPlans: [Plan] = [], lastFutures: [Future] = []
    public let looks: Bool

    /// - Parameter actions: what the robot may do, standing still first.
    public init(_ place: Place, planner: any Planner, actions: [Action], seed: UInt64) {
        (self.place, self.planner, self.seed) = (place, planner, seed)
        turns = actions.filter { $0 == .turnLeft || $0 == .turnRight }
        if case .imagination = place { looks = true } else { looks = false }
        batchGenerator = SeededGenerator(seed: seed, stream: 5)
    }

    public func begin(episodes: Int) {
        generators = (0 ..< episodes).map { SeededGenerator(seed: batchGenerator.next(), stream: UInt64($0)) }
        pilots = Array(repeating: Pilot(stop: Action.stop.rawValue, turns: turns.map(\.rawValue)), count: episodes)
    }

    public func decide(_ situations: [Situation]) -> [Action] {
        var generators = situations.map { self.generators[$0.episode] }, seen: [Float]?
        switch place {
        case .imagination(let imagination):
            seen = imagination.rewardsNow(situations)
            let worlds = imagination.worlds(after: situations, generator: SeededGenerator(seed: batchGenerator.next()))
            lastPlans = planner.plans(using: &generators, trying: worlds.returns(of:))
            lastFutures = worlds.futures
        case .simulator(let objective, let scorer, let camera):
            let worlds = SimulatedWorlds(situations.map(\.world), objective: objective, scorer: scorer, camera: camera)
            lastPlans = planner.plans(using: &generators, trying: worlds.returns(of:))
            lastFutures = worlds.futures
        }
        lastDecisions = situations.indices.map { pilots[situations[$0].episode].decide(lastPlans[$0], seen: seen?[$0]) }
        for (situation, generator) in zip(situations, generators) { self.generators[situation.episode] = generator }
        return lastDecisions.map { Action(rawValue: $0.action)! }
    }
}

/// Knows the true bearing, in view or not, and turns the shorter way.
public final class OracleDriver: Driver {
    private let actions: [Action]
    public let looks = false

    public init(actions: [Action] = Action.allCases) { self.actions = actions }

    public func begin(episodes: Int) {}

    public func decide(_ situations: [Situation]) -> [Action] {
        situations.map { situation in
            let wish = situation.world.actionTowardsKong
            if wish == .stop || actions.contains(wish) { return wish }
            return wish == .turnLeft ? .turnRight : .turnLeft
        }
    }
}

/// Any action, at every step.
public final class RandomDriver: Driver {
    private let actions: [Action]
    private var generator: SeededGenerator
    public let looks = false

    public init(actions: [Action] = Action.allCases, seed: UInt64) {
        (self.actions, generator) = (actions, SeededGenerator(seed: seed, stream: 6))
    }

    public func begin(episodes: Int) {}

    public func decide(_ situations: [Situation]) -> [Action] {
        situations.map { _ in actions[generator.integer(below: actions.count)] }
    }
}
