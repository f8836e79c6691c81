// Session.swift - what is it to play inside a model?
//
// Each key is an action, each action one more imagined frame, and what was imagined is the past of the next. A dream is a value:
// the one that has just seen the start is kept, and to begin again is to copy it. The seed begins again too, so the same keys
// give the same frames.

import Foundation
import Pictures
import Randomness
import Recording
import Tensors
import Training
import WorldModels

/// What there is to see after a step.
public struct Moment {
    /// Frames imagined since the start.
    public var number = 0
    /// The last action; nil at the start.
    public var action: Command?
    /// The imagined frame; at the start, the last real one.
    public var picture: Image
    /// Of the frame's N tokens, row by row: how sure the model was, and in which decoding step each was filled in. Empty at the
    /// start.
    public var confidences: [Float] = [], filledAt: [Int] = []
    /// What the simulator's camera sees after the same actions, and whether the robot ran into something.
    public var simulated: Image?, isBlocked = false
    /// What this frame took; and frames a second over the last ten.
    public var seconds = 0.0, framesPerSecond = 0.0

    public var meanConfidence: Float? { confidences.isEmpty ? nil : confidences.reduce(0, +) / Float(confidences.count) }
}

/// One dream that is driven, with the simulator beside it where the start has one.
public final class Session {
    public let world: any WorldModel
    public private(set) var start: Start
    public private(set) var moment: Moment

    /// How the next frame is drawn: it may change from frame to frame.
    public var sampling: Sampling
    private let seed: UInt64
    private var fresh: any Dream, dream: any Dream
    private var simulator: Simulator?
    private var generator: SeededGenerator
    private var times: [Double] = []

    public init(_ world: any WorldModel, from start: Start, _ sampling: Sampling, seed: UInt64) {
        (self.world, self.start, self.sampling, self.seed) = (world, start, sampling, seed)
        fresh = world.dream(from: start.frames, actions: start.actions)
        (dream, simulator, generator) = (fresh, start.simulator, SeededGenerator(seed: seed))
        moment = Moment(picture: start.pictures.last!, simulated: start.simulator?.picture)
    }

    /// Goes to another start.
    public func begin(at start: Start) {
        self.start = start
        fresh = world.dream(from: start.frames, actions: start.actions)
        restart()
    }

    /// Goes back to the start.
    public func restart() {
        (dream, simulator, generator) = (fresh, start.simulator, SeededGenerator(seed: seed))
        moment = Moment(picture: start.pictures.last!, simulated: simulator?.picture)
    }

    /// Imagines the frame that comes of a command.
    public func step(_ command: Command) {
        let begin = DispatchTime.now().uptimeNanoseconds
        let frame = dream.step([command.action], sampling, using: &generator)              // [1,H,W,3]
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        times = times.suffix(9) + [seconds]
        let isClear = simulator?.step(command.name) ?? true
        moment = Moment(
            number: moment.number + 1, action: command, picture: Image(frame, frame: 0),
            confidences: dream.confidences, filledAt: dream.filledAt, simulated: simulator?.picture, isBlocked: !isClear,
            seconds: seconds, framesPerSecond: Double(times.count) / times.reduce(0, +))
    }
}
