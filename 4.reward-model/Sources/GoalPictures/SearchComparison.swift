// SearchComparison.swift - how near do guesses, and a slope, come to the best of all plans? On the same dreams, without driving.
//
// All plans cost the sum over their steps: it is what the descent goes down.

import JetBot
import LatentPrediction
import Planning
import Randomness
import Tensors

/// How one search went.
public struct SearchResult {
    public let name: String
    /// Mean cost of what it found, over that of the best plan there is: 1 is exact.
    public var cost: Double
    /// How often it begins with the action of the best plan. (Robots carry out no more of a plan.)
    public var sameBeginning: Double
}

/// Several searches from the same starts, beside the exact one. A plan's mean cost is named `best`, as the others are shares of it.
public func compareSearches(
    _ world: LatentWorld, from starts: [World], _ camera: Camera, horizon: Int, seed: UInt64
) throws -> (best: Double, results: [SearchResult]) {
    let actions = Action.allCases.map(\.rawValue), goals = LatentGoals(world)
    let modelAction = try world.numberByAction(Action.allCases)
    let planners: [(String, any Planner)] = [
        ("each action held: 5 plans", ConstantActions(actions: actions, horizon: horizon)),
        ("120 plans by chance", RandomShooting(actions: actions, horizon: horizon, candidates: 120)),
    ] + [1, 2, 3, 6].map { rounds in
        ("CEM, \(rounds) round\(rounds == 1 ? "" : "s") of 40",
         CrossEntropyMethod(actions: actions, horizon: horizon, candidates: 40, rounds: rounds))
    }
    var found = (planners.map(\.0) + ["gradient, as a mix", "gradient, largest parts"]).map {
        SearchResult(name: $0, cost: 0, sameBeginning: 0)
    }
    var best = 0.0
    for (i, start) in starts.enumerated() {
        let seen = cameraFrames(of: [start], camera), wanted = goals.compared([facingKong(start)], camera)
        let dream = world.latentDream(from: seen.reshaped([1] + seen.shape), actions: [])
        let futures = GoalFutures(dream, goals: wanted, cost: .sum, modelAction: modelAction)
        func plan(_ planner: some Planner) -> (actions: [Int], cost: Double) {
            var generator = [SeededGenerator(seed: seed, stream: UInt64(i))]
            let plan = planner.plans(using: &generator, trying: futures.returns(of:))[0]
            return (plan.sequences[plan.best], -Double(plan.returns[plan.best]))
        }
        let exact = plan(AllPlans(actions: actions, horizon: horizon))
        best += exact.cost
        func note(_ number: Int, _ cost: Double, beginsWith action: Int) {
            found[number].cost += cost
            found[number].sameBeginning += action == exact.actions[0] ? 1 : 0
        }
        for (number, planner) in planners.enumerated() {
            let it = plan(planner.1)
            note(number, it.cost, beginsWith: it.actions[0])
        }
        let slope = GradientPlans.descend(world, from: dream.latents, led: [], goals: wanted, horizon: horizon)
        let taken = slope.plans[0].map { number in modelAction.first { $0.value == number }!.key }
        note(planners.count, Double(slope.costs[0]), beginsWith: taken[0])
        note(planners.count + 1, -Double(futures.returns(of: [[taken]])[0][0]), beginsWith: taken[0])
    }
    for i in found.indices {
        found[i].cost /= max(best, 1e-12)
        found[i].sameBeginning /= Double(starts.count)
    }
    return (best / Double(starts.count), found)
}
