// SimulatedWorlds.swift - planning as if one knew the world: sequences are tried in copies of the simulator.
//
// No robot can do this. It is the yardstick: where a planner fails here, the planner is to blame; where it succeeds here and
// fails in the imagination, the model or the reward is. With a scorer, the future is true and only its reward is learned: that
// tells which.

import JetBot
import Pictures
import RewardModel
import Tensors
import Training

/// The true futures of several worlds; actions are the raw values of `Action`.
public final class SimulatedWorlds: PlannedWorlds {
    private let worlds: [World], objective: Objective
    private let scorer: (any FrameScorer)?, camera: Camera?
    /// What was tried, with pictures: only for one world, and with a camera.
    public private(set) var futures: [Future] = []

    /// - Parameters:
    ///   - scorer: what rewards the pictures of the camera; nil takes the simulator's own reward.
    ///   - camera: needed for a scorer, and for `futures`.
    public init(_ worlds: [World], objective: Objective = .best, scorer: (any FrameScorer)? = nil, camera: Camera? = nil) {
        precondition(scorer == nil || camera != nil, "a scorer needs a camera")
        (self.worlds, self.objective, self.scorer, self.camera) = (worlds, objective, scorer, camera)
    }

    public func returns(of sequences: [[[Int]]]) -> [[Float]] {
        zip(worlds, sequences).map { world, sequences in
            sequences.map { sequence in
                var copy = world
                let moments = sequence.map { action -> World in
                    copy.step(Action(rawValue: action)!)
                    return copy
                }
                let pictures = camera.map { camera in cameraFrames(of: moments, camera) }
                let rewards = scorer?.rewards(of: pictures!) ?? moments.map(\.reward)
                if worlds.count == 1, let pictures {
                    let frames = moments.indices.map { Image(pictures, frame: $0) }
                    futures.append(Future(sequence: sequence, rewards: rewards, frames: frames))
                }
                return objective(rewards)
            }
        }
    }
}

/// One sequence that was tried, and what it would look like.
public struct Future {
    public let sequence: [Int]
    public let rewards: [Float]
    public let frames: [Image]
}

/// What the camera sees in each of the worlds: [worlds,H,W,3] in 0...1.
public func cameraFrames(of worlds: [World], _ camera: Camera) -> Tensor {
    let size = camera.height * camera.width * 3
    let result = Tensor(uninitialized: [worlds.count, camera.height, camera.width, 3])
    Workers.split(worlds.count) { _, range in
        for i in range {
            for (j, byte) in camera.pixels(of: worlds[i]).enumerated() { result.pointer[i * size + j] = Float(byte) / 255 }
        }
    }
    return result
}
