// Memory.swift - turn away, and back: is the kitchen still there?
//
// After k turns to the left and k to the right the robot looks where it looked before. Nothing that it sees then is new; whoever remembers,
// knows it. A model whose past is shorter than that must make it up. So: four true frames, 2k imagined ones, and the PSNR of the last
// against the frame that was left.

import FrameCoding
import Randomness
import Tensors
import WorldModels

/// How well the view that returns is the one that was left.
public struct MemoryMeasure {
    /// k
    public let turns: Int
    /// PSNR of the view after turning back, and of the one k turns away, both against the frame that was left: what a model has that
    /// remembers, and what one that stays away.
    public let returned: Double, away: Double
}

/// Nil where nobody could say "turn left" and "turn right" to this model.
public func memory(
    _ world: any WorldModel, _ clips: TrueClips, turns: Int, _ sampling: Sampling, atMost count: Int = 32
) throws -> MemoryMeasure? {
    guard let left = world.action(named: "turn left"), let right = world.action(named: "turn right") else { return nil }
    let b = min(count, clips.count), c = TrueClips.context, all = clips.frames.sliced(axis: 0, 0 ..< b)
    let shown = all.sliced(axis: 1, 0 ..< c), leaving = all.sliced(axis: 1, c - 1 ..< c)
    let own = clips.actions.map { actions in
        (0 ..< b).flatMap { i -> ArraySlice<Int> in actions[i * (TrueClips.length - 1) ..< i * (TrueClips.length - 1) + c - 1] }
    }
    let led = try world.actionReader.actions(of: shown, own: own)
    Memory.empty()
    return Tensor.withoutGradients {
        var dream = world.dream(from: shown, actions: led), generator = SeededGenerator(seed: 13)
        func psnrNow(after actions: Int, times: Int) -> Double {
            var frames = leaving
            for _ in 0 ..< times { frames = dream.step(Array(repeating: actions, count: b), sampling, using: &generator) }
            let psnrs = squaredErrors(frames.reshaped(leaving.shape), leaving).map(psnr)
            return psnrs.reduce(0, +) / Double(psnrs.count)
        }
        let away = psnrNow(after: left, times: turns), returned = psnrNow(after: right, times: turns)
        return MemoryMeasure(turns: turns, returned: returned, away: away)
    }
}
