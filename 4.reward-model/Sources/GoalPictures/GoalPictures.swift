// GoalPictures.swift - where does a goal come from, and how good is the ruler that measures the way to it?

import Foundation
import JetBot
import LatentPrediction
import Planning
import RewardModel
import Tensors

/// The same place, turned to where the Kong is in the middle: somebody stood there and took a picture.
public func facingKong(_ world: World) -> World {
    var goal = world
    goal.heading += goal.kongPolar.bearing
    return goal
}

/// The Kong in the middle, and the rest of another room: the views of those `others` that are in other rooms than each start, the Kong
/// as far away as possible as it is there. Where all are in one room there is no such view.
public func facingKongElsewhere(_ starts: [World], among others: [World]) -> [World]? {
    let views = starts.map { start in
        others.filter { $0.room.seed != start.room.seed }.min {
            abs($0.kongPolar.distance - start.kongPolar.distance) < abs($1.kongPolar.distance - start.kongPolar.distance)
        }.map(facingKong)
    }
    return views.contains { $0 == nil } ? nil : views.map { $0! }
}

extension GoalWorld {
    /// What the view of a camera in each world is compared by: [B,..].
    public func compared(_ worlds: [World], _ camera: Camera) -> Tensor { compared(cameraFrames(of: worlds, camera)) }
}

/// What can be said of latents, or of pixels, as a ruler, and of one step of the model, without driving.
public struct Ruler {
    /// Of five actions, how often the one that the ruler holds to be nearest to the goal is truly the one that ends nearest to its
    /// direction. By chance 0.2 to 0.4: of several that are equally good each is right.
    public let bestOfFive: Double
    /// The same, where the next frame is the true one: what is missing from 1 is the eye's fault, the rest is the model's.
    public let bestOfFiveTrue: Double
    /// Rank correlation of the latents' distance to the goal with the true angle to it.
    public let spearman: Double

    public init(_ world: any GoalWorld, _ starts: [World], _ camera: Camera, modelAction: (Action) -> Int) {
        let goals = world.compared(starts.map(facingKong), camera), B = starts.count
        let distances = squaredDistances(world.compared(starts, camera), goals)
        spearman = RewardModel.spearman(distances, starts.map { abs($0.kongPolar.bearing) })
        let frames = cameraFrames(of: starts, camera)
        var dream = world.goalDream(from: frames.reshaped([B, 1] + frames.shape.dropFirst()), actions: [])
        dream = dream.selecting((0 ..< 5 * B).map { $0 / 5 })
        let wanted = goals.rows(at: (0 ..< 5 * B).map { $0 / 5 })
        let guessed = squaredDistances(dream.advance((0 ..< 5 * B).map { modelAction(Action.allCases[$0 % 5]) }), wanted)
        let next = (0 ..< 5 * B).map { i -> World in
            var copy = starts[i / 5]
            copy.step(Action.allCases[i % 5])
            return copy
        }
        let true_ = squaredDistances(world.compared(next, camera), wanted)
        let angles = next.map { abs($0.kongPolar.bearing) }
        func right(_ costs: [Float]) -> Double {
            let hits = (0 ..< B).filter { b in
                let chosen = (0 ..< 5).min { costs[5 * b + $0] < costs[5 * b + $1] }!, best = (0 ..< 5).map { angles[5 * b + $0] }.min()!
                return angles[5 * b + chosen] < best + 2 * .pi / 180
            }
            return Double(hits.count) / Double(B)
        }
        (bestOfFive, bestOfFiveTrue) = (right(guessed), right(true_))
    }
}
