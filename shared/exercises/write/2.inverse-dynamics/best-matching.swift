// best-matching - what if every action may be the name of one code only?
//
// In name-the-codes eight codes may all be called "forward". A stricter judge wants each action to name one code at most, and takes the
// assignment with the most transitions right. With few codes one may try them all. Read section 5 of 2.inverse-dynamics/README.md.

/// counts[code][action], with at least as many codes as actions -> for each action the code that it names, all different, such that the
/// sum of counts[code][action] is the largest possible.
public func bestMatching(_ counts: [[Int]]) -> [Int] {
    // hole: return counts[0].indices.map { _ in 0 }
    var best: (sum: Int, codes: [Int]) = (-1, [])
    func extend(_ chosen: [Int], _ sum: Int) {
        if chosen.count == counts[0].count {
            if sum > best.sum { best = (sum, chosen) }
            return
        }
        for code in counts.indices where !chosen.contains(code) {
            extend(chosen + [code], sum + counts[code][chosen.count])
        }
    }
    extend([], 0)
    return best.codes
    // end of hole
}

// hint 1: Take the actions one after the other, and for each try every code that is not taken yet. What must be remembered on the
//         way?
// hint 2: A function that calls itself: it gets the codes chosen so far and their sum. When there is a code for every action,
//         compare with the best so far; else call itself once for each free code.
// hint 3: func extend(_ chosen: [Int], _ sum: Int): the next action is number chosen.count; for code in counts.indices where
//         !chosen.contains(code) { extend(chosen + [code], sum + counts[code][chosen.count]) }. Begin with extend([], 0).
