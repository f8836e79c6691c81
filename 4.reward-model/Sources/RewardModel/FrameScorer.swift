// FrameScorer.swift - what does a planner need to know of a reward?
//
// Only this: pictures in, one number each out. A regressor, our small scorer and the published CLIP all answer in this way, so
// whoever plans, draws or measures does not ask which of them it has.

import Tensors

/// Something that says how good a picture is.
public protocol FrameScorer {
    /// The reward of each frame: [B,H,W,3] in 0...1 -> B numbers in 0...1.
    func rewards(of frames: Tensor) -> [Float]
}
