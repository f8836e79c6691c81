// LatentFutures.swift - how far from the goal does each plan end, without drawing a single picture?
//
// The goal is a picture. The eye turns it into latents z_g, the model dreams ẑ on from what the robot sees, and a plan is as good as its dream comes near:
//
//   cost of a plan = |ẑ_H - z_g|²  at its last step, or the mean over its steps        (DINO-WM, arXiv 2411.04983, section 3.2; EB-JEPA sums)
//
// Plans that begin alike share their beginning: all 625 plans of four steps are 5 + 25 + 125 + 625 = 780 steps of the model, not 2,500.

import LatentPrediction
import Planning
import Tensors

/// Which moments of a plan count.
public enum GoalCost: String, CaseIterable { case last, sum }

/// The dreamed futures of B robots, each with a goal.
public final class LatentFutures: PlannedWorlds {
    private let dreams: LatentDream, goals: Tensor, cost: GoalCost, modelAction: [Int: Int]
    /// Steps of the model that were taken.
    public private(set) var steps = 0

    /// - Parameter goals: standardized latents [B,N,Z].
    public init(_ dreams: LatentDream, goals: Tensor, cost: GoalCost, modelAction: [Int: Int]) {
        precondition(goals.size(0) == dreams.batch, "\(goals.shape) goals for \(dreams.batch) robots")
        (self.dreams, self.goals, self.cost, self.modelAction) = (dreams, goals, cost, modelAction)
    }

    /// [robots][sequences][steps] of actions -> minus the cost of each.
    public func returns(of sequences: [[[Int]]]) -> [[Float]] {
        let horizon = sequences.first { !$0.isEmpty }?.first?.count ?? 0
        var dream = dreams, goalRows = Array(sequences.indices)
        // Which row of the dream each plan has come to, and what it has cost so far.
        var rowOf = sequences.indices.map { robot in Array(repeating: robot, count: sequences[robot].count) }
        var costs = sequences.map { Array(repeating: Float(0), count: $0.count) }
        for step in 0 ..< horizon {
            // One row for each different pair of (row so far, action).
            var rows: [Int] = [], actions: [Int] = [], number: [Int: Int] = [:]
            for robot in sequences.indices { for i in sequences[robot].indices {
                let action = modelAction[sequences[robot][i][step]]!, key = rowOf[robot][i] << 8 | action
                if number[key] == nil {
                    number[key] = rows.count
                    rows.append(rowOf[robot][i])
                    actions.append(action)
                }
                rowOf[robot][i] = number[key]!
            } }
            goalRows = rows.map { goalRows[$0] }
            dream = dream.selecting(rows)
            let distances = LatentFutures.distances(dream.advance(actions), goals.rows(at: goalRows))
            steps += rows.count
            for robot in sequences.indices { for i in sequences[robot].indices where cost == .sum || step == horizon - 1 {
                costs[robot][i] += distances[rowOf[robot][i]] / (cost == .sum ? Float(horizon) : 1)
            } }
        }
        return costs.map { $0.map { -$0 } }
    }

    /// Mean squared differences of latents [B,N,Z].
    public static func distances(_ a: Tensor, _ b: Tensor) -> [Float] {
        let size = a.count / a.size(0)
        return Tensor.withoutGradients { ((a - b).squared().reshaped([a.size(0), size]).sum(axis: 1) / Float(size)).values }
    }
}
