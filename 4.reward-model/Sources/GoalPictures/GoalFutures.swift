// GoalFutures.swift - how far from the goal does each plan come?
//
// The goal is a picture. The eye turns it into latents z_g, the model dreams ẑ on from what the robot sees, and a
// plan is as good as its dream comes near:
//
//   cost of a plan = |ẑ_H - z_g|² at its last step (DINO-WM, arXiv 2411.04983, section 3.2), the mean
//   over its steps (EB-JEPA, arXiv 2602.03604),
//                    or its nearest moment, since at every step there is a new plan (stage 4's README, "best")
//
// Plans that begin alike share their beginning: all 625 plans of four steps are 5 + 25 + 125 + 625 = 780 steps of the model, not 2,500.

import Planning
import Tensors

/// Which moments of a plan count.
public enum GoalCost: String, CaseIterable {
    case last, sum, nearest

    /// h distances in their order -> one cost. The nearest moment counts a little less the later it comes, or
    /// the robot would put off what it can do now.
    public func callAsFunction(_ distances: [Float]) -> Float {
        switch self {
        case .last: return distances.last ?? 0
        case .sum: return distances.reduce(0, +) / Float(distances.count)
        case .nearest: return distances.enumerated().map { $1 * (1 + 0.03 * Float($0)) }.min() ?? 0
        }
    }
}

/// The dreamed futures of B robots, each with a goal.
public final class GoalFutures: PlannedWorlds {
    /// How far what lies before each row, [rows,..], is from what its robot wants; the rows' robots.
    public typealias Judge = (_ compared: Tensor, _ robots: [Int]) -> [Float]

    private let dreams: any GoalDream, judge: Judge, cost: GoalCost, modelAction: [Int: Int]
    /// Steps of the model that were taken.
    private(set) var steps = 0

    public init(_ dreams: any GoalDream, cost: GoalCost, modelAction: [Int: Int], judge: @escaping Judge) {
        (self.dreams, self.judge, self.cost, self.modelAction) = (dreams, judge, cost, modelAction)
    }

    /// Towards pictures: what they are compared by, [B,..].
    public convenience init(_ dreams: any GoalDream, goals: Tensor, cost: GoalCost, modelAction: [Int: Int]) {
        precondition(goals.size(0) == dreams.batch, "\(goals.shape) goals for \(dreams.batch) robots")
        self.init(dreams, cost: cost, modelAction: modelAction) { squaredDistances($0, goals.rows(at: $1)) }
    }

    /// [robots][sequences][steps] of actions -> minus the cost of each.
    public func returns(of sequences: [[[Int]]]) -> [[Float]] {
        let horizon = sequences.first { !$0.isEmpty }?.first?.count ?? 0
        var dream = dreams, robots = Array(sequences.indices)
        // Which row of the dream each plan has come to, and how far from its goal it was on the way.
        var rowOf = sequences.indices.map { robot in Array(repeating: robot, count: sequences[robot].count) }
        var distances = sequences.map { Array(repeating: [Float](), count: $0.count) }
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
            robots = rows.map { robots[$0] }
            dream = dream.selecting(rows)
            let far = judge(dream.advance(actions), robots)
            steps += rows.count
            for robot in sequences.indices { for i in sequences[robot].indices { distances[robot][i].append(far[rowOf[robot][i]]) } }
        }
        return distances.map { $0.map { -cost($0) } }
    }
}

/// Mean squared differences of rows [B,..]: B numbers.
public func squaredDistances(_ a: Tensor, _ b: Tensor) -> [Float] {
    let size = a.count / a.size(0)
    return Tensor.withoutGradients { ((a - b).squared().reshaped([a.size(0), size]).sum(axis: 1) / Float(size)).values }
}
