// FirstTurns.swift - of a robot that sees its toy aside, does the first move turn to it?
//
// A whole drive is a dozen decisions, and one rate of a hundred drives says little (WilsonInterval.swift). One decision from each of many
// starts says sooner which model is the better; and with true next frames in place of dreams, and with true ones as the model's own eye
// draws them, who is to blame.

import JetBot
import RewardModel
import Tensors
import WorldModels

/// How often a driver's first move from these starts turns to the toy; asked only where that is more than 12 degrees aside. Nil where it is
/// so in no start.
public func firstTurns(of driver: any Driver, from starts: [World], camera: Camera) -> SuccessRate? {
    let aside = starts.filter { abs($0.kongPolar.bearing) * 180 / .pi > 12 }
    let right = stride(from: 0, to: aside.count, by: 32).map { first in
        let worlds = Array(aside[first ..< min(first + 32, aside.count)])
        driver.begin(episodes: worlds.count)
        let moves = driver.decide(worlds.enumerated().map { number, world in
            Situation(episode: number, world: world, frames: driver.looks ? [camera.pixels(of: world)] : [], actions: [])
        })
        return zip(worlds, moves).filter { $1 == $0.actionTowardsKong }.count
    }
    return aside.isEmpty ? nil : SuccessRate(successes: right.reduce(0, +), of: aside.count)
}

/// Judges pictures as a world model's eye would have drawn them.
public struct ScorerThroughEye: FrameScorer {
    let model: any WorldModel, scorer: any FrameScorer

    public init(_ model: any WorldModel, _ scorer: any FrameScorer) { (self.model, self.scorer) = (model, scorer) }

    public func rewards(of frames: Tensor) -> [Float] {
        let clips = frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst())
        return scorer.rewards(of: Tensor.withoutGradients { model.reconstructed(clips) }.reshaped(frames.shape))
    }
}
