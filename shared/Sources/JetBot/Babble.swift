// Babble.swift - how does the robot move while nobody teaches it anything?
//
// Like an infant that kicks: it picks an action at random, holds it for a random time, picks the next. It never
// executes an action that something blocks, so every label of an episode shows in its pictures.

import Randomness

/// The random policy that records the training episodes.
public struct Babble {
    private var random: SeededGenerator
    private var action = Action.stop
    private var framesLeft = 0
    /// The longest time that an action is held.
    public var longestHold = 4

    public init(seed: UInt64) { random = SeededGenerator(seed: seed, stream: 3) }

    /// The action for the next frame of this world.
    public mutating func next(in world: World) -> Action {
        if framesLeft == 0 || world.isBlocked(action) {
            let free = Action.allCases.filter { !world.isBlocked($0) }
            action = free[random.integer(below: free.count)]
            framesLeft = 1 + random.integer(below: longestHold)
        }
        framesLeft -= 1
        return action
    }
}
