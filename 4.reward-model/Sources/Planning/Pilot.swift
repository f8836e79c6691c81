// Pilot.swift - the futures are known: what now?
//
// The best sequence is not always the thing to do. Three cases:
//   follow  a toy is seen, and a future stands out from standing still: do its first action.
//   stop    none does, and what is seen, not dreamed, is good: this is the place.
//   look    none does, and what is seen is not good. The toy is behind the robot, or hidden, and all futures are alike: no
//           reason to stand still. Turn, and go on turning the same way, or two futures that differ by noise would send it
//           left and right for ever. And where no toy is seen, a dream that has one has made it up: the next dream makes up
//           another, on the other side. A hope says where to look first; it is no reason to turn back.

/// Makes decisions of plans, and remembers which way it was looking. One an episode.
public struct Pilot {
    public enum Reason: String { case follow, stop, look }

    public struct Decision: Equatable {
        public let action: Int
        public let reason: Reason

        public init(action: Int, reason: Reason) { (self.action, self.reason) = (action, reason) }
    }

    private let stop: Int, turns: [Int]
    /// A future stands out when it closes this share of the gap between standing still and a reward of 1. So it needs much where
    /// nothing is seen, and hopes are cheap, and little near the goal: at 10 degrees one more turn gains only 0.06.
    public var share: Float = 0.1
    /// And this at least: who stands at the goal, at 0.97, would else run after hundredths, and no two dreams are equal to a hundredth.
    public var least: Float = 0.03
    /// What is seen and worth less than this is no toy, or one at the very edge: a dream from here does not know where there is one.
    public var nothing: Float = 0.2
    /// What is seen must be worth this to be the goal, where no future stands out. Who has seen both sides and finds them worse is at the
    /// top, and half is enough: who can turn both ways, or has come here by following. Who can only turn on may have the toy on the other
    /// side: then the reward itself has to say so. 0.8 is a toy 13 degrees from the middle.
    var goodEnough: Float { turns.count > 1 || climbed ? 0.5 : 0.8 }
    /// Whether it has followed a future, and not looked around since.
    private var climbed = false
    /// The turn that it looks around with: the last one that it followed, for there the toy was; or the one that it hoped more of.
    public private(set) var looking: Int?

    /// - Parameters:
    ///   - stop: the action that stands still.
    ///   - turns: the actions that look elsewhere; with one motor there is only one.
    public init(stop: Int, turns: [Int]) {
        precondition(!turns.isEmpty, "a robot that cannot turn cannot look around")
        (self.stop, self.turns) = (stop, turns)
    }

    /// - Parameter seen: the reward of what is before the robot now. A dream of standing still is foggier than what it sees, and fog may
    ///   look like a goal; nil where nobody looks: then the dream of standing still says it.
    public mutating func decide(_ plan: Plan, seen: Float? = nil) -> Decision {
        guard let dreamed = plan.value(holding: stop) else {
            preconditionFailure("the plan does not say what standing still brings")
        }
        // Who stands goes on seeing what it sees. Where the dream of that is worth less, it is the dream that is foggy, and others may be.
        let standing = max(dreamed, seen ?? dreamed)
        // A plan that begins by waiting is put into practice from its first move on: the next plan would wait again.
        let best = plan.best, move = plan.sequences[best].first { $0 != stop }, isSeen = seen.map { $0 >= nothing } ?? true
        if isSeen, let move, plan.returns[best] > standing + max(least, share * (1 - standing)) {
            if turns.contains(move) { looking = move }
            climbed = true
            return Decision(action: move, reason: .follow)
        }
        if seen ?? standing >= goodEnough { return Decision(action: stop, reason: .stop) }
        climbed = false
        if looking == nil {
            // The side that seems a little better, be it by chance.
            let hopes = turns.map { plan.value(holding: $0) ?? 0 }
            looking = turns[hopes.firstIndex(of: hopes.max()!)!]
        }
        return Decision(action: looking!, reason: .look)
    }
}
