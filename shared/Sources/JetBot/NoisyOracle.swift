// NoisyOracle.swift - how does a person drive who shows how it is done, and whose mind is often elsewhere?
//
// For some frames it knows where the Kong is and turns to it; for some it babbles. So the recording shows how to find the toy, and also
// from where: a demonstrator who never errs never shows how to come back.

import Randomness

/// Drives well, and often not: what `episodes record --driver noisy-oracle` records.
public struct NoisyOracle {
    private var random: SeededGenerator, babble: Babble
    private var isAttentive = true, framesLeft = 0

    public init(seed: UInt64) { (random, babble) = (SeededGenerator(seed: seed, stream: 9), Babble(seed: seed)) }

    /// The action for the next frame of this world.
    public mutating func next(in world: World) -> Action {
        if framesLeft == 0 {
            isAttentive = random.uniform() < 0.6
            framesLeft = (isAttentive ? 4 : 1) + random.integer(below: 5)
        }
        framesLeft -= 1
        return isAttentive ? world.actionTowardsKong : babble.next(in: world)
    }
}

extension World {
    /// The shorter turn to the Kong, seen or not; stop where another turn would make it worse.
    public var actionTowardsKong: Action {
        let bearing = kongPolar.bearing
        if abs(bearing) <= Robot.turnRate / framesPerSecond / 2 { return .stop }
        return bearing > 0 ? .turnLeft : .turnRight
    }
}
