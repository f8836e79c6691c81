// load-the-dice - which plans turned out well, and how does one guess more like those?
//
// The cross-entropy method has a die for each step of a plan, with a face an action. After a round of throws the best plans, the
// elites, say how often each face was right, and the dice go a part of the way there. Read section 10 of 4.reward-model/README.md;
// the house's own is `learn` in CrossEntropyMethod.swift.

/// dice[step][face] are probabilities; plans[n][step] are faces, and each turned out as good as `returns` says. The `elites` best
/// plans count (of equally good ones the first) -> dice with v ← α·w + (1 - α)·v, w the share of the elites that show this face at
/// this step.
public func loaded(_ dice: [[Float]], plans: [[Int]], returns: [Float], elites: Int, smoothing α: Float) -> [[Float]] {
    // hole: return dice.map { $0.map { _ in 0 } }
    let order = plans.indices.sorted { (returns[$0], $1) > (returns[$1], $0) }
    let best = order.prefix(elites).map { plans[$0] }
    return dice.enumerated().map { step, die in
        die.enumerated().map { face, v in
            let w = Float(best.filter { $0[step] == face }.count) / Float(best.count)
            return α * w + (1 - α) * v
        }
    }
    // end of hole
}

// hint 1: First the elites: sort the numbers of the plans by their returns, the largest first, and take a few.
// hint 2: plans.indices.sorted { (returns[$0], $1) > (returns[$1], $0) } compares returns, and for equal ones the places. Then for
//         each step and face: how many elites show it there?
// hint 3: w = Float(best.filter { $0[step] == face }.count) / Float(best.count), inside dice.enumerated().map { step, die in
//         die.enumerated().map { face, v in ... } }, gives α * w + (1 - α) * v.
