// DreamTrials.swift - how well does a controller do in a dream, and how well on the floor?
//
// A trial begins at one true frame and lasts some steps; its score is the mean reward of the frames that follow, less a little for each
// step in which the wheels turned: without that, a robot that looks straight at its toy has no reason to stand. The same score is taken in
// the dream, from imagined latents, and on the floor, from the simulator's truth.

import JetBot
import Planning
import Randomness
import RecurrentMemory
import Tensors

public enum Trials {
    /// What a step of turning wheels costs.
    public static let wheelCost: Float = 0.05

    /// The scores of several controllers from the same `starts` [S frames], in one batch of dreams: one mean a controller.
    public static func inDream(
        _ controllers: [LinearController], from starts: RecurrentDream, reads: Features, readout: RewardReadout, steps: Int,
        temperature: Float,
        wheelCost: Float = Trials.wheelCost, using generator: inout SeededGenerator
    ) -> [Float] {
        let S = starts.batch, P = controllers.count
        var dream = starts.selecting((0 ..< P * S).map { $0 % S }), sums = [Float](repeating: 0, count: P)      // rows: (controller, start)
        for _ in 0 ..< steps {
            let features = reads.of(dream), width = features.size(1)
            let actions = (0 ..< P * S).map { LinearController.action(features.pointer + $0 * width, controllers[$0 / S].weights) }
            dream.advance(actions.map(\.rawValue), temperature: temperature, using: &generator)
            for (row, reward) in readout.rewards(of: dream.state.frame).enumerated() {
                sums[row / S] += reward - (actions[row] == .stop ? 0 : wheelCost)
            }
        }
        return sums.map { $0 / Float(S * steps) }
    }

    /// The same on the floor, for any driver, with the simulator's own reward.
    public static func onFloor(_ driver: any Driver, from starts: [World], steps: Int, camera: Camera) -> Float {
        rewardOnFloor(driver, from: starts, steps: steps, camera: camera, wheelCost: wheelCost)
    }
}

/// What a controller reads: the frame alone, or what the memory has made of the past as well.
public enum Features: String, Codable, CaseIterable {
    case frame, all

    func of(_ dream: RecurrentDream) -> Tensor { self == .frame ? dream.state.frame : dream.features }
    public func count(_ world: RecurrentWorldModel) -> Int {
        let frame = Tensor(repeating: 0, shape: [1, world.configuration.numbers]), state = world.memory.beginning(with: frame)
        return self == .frame ? frame.count : world.memory.features(of: state).count
    }
}
