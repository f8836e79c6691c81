// LongDream.swift - does a dream of hundreds of frames stay a kitchen?
//
// Where the recording ends there is no truth to compare with, frame by frame. But a crowd of late frames can be held against one of true
// frames: are they as sharp, and do they look like any kitchen? A model whose mistakes feed on each other drifts away from both.

import FrameCoding
import Pictures
import Randomness
import Tensors
import WorldModels

/// Samples (means, where a model draws none) that were dreamed on and on, from the first four frames of each clip.
public struct LongDream {
    /// What the last frames look like, twelve of each dream, that end with frame number `frame`.
    public struct Window {
        public let frame: Int, sharpness: Double
        /// From the clips' true frames; nil without an eye.
        public let frechet: Double?
        /// [B,12,H,W,3]
        let frames: Tensor
    }
    public let windows: [Window]
    private let clips: TrueClips

    /// - Parameters:
    ///   - ends: which frames end a window, in order; each at least 12 after the one before.
    /// - Throws: `TrainingError` when the model needs recorded actions and there are none.
    public init(
        _ world: any WorldModel, _ clips: TrueClips, to ends: [Int], seenThrough eye: (any FrameEncoder)?, _ sampling: Sampling
    ) throws {
        let b = clips.count, c = TrueClips.context, length = TrueClips.horizon, bold = Sampling(steps: sampling.steps, temperature: 1)
        let actions = ClipGrid(try world.actionReader.actions(of: clips.frames, own: clips.actions), clips: b)
        Memory.empty()
        var generator = SeededGenerator(seed: 14), done = 0
        var dream = world.dream(from: clips.frames.sliced(axis: 1, 0 ..< c), actions: actions[frames: 0 ..< c - 1])
        windows = Tensor.withoutGradients {
            ends.map { end in
                precondition(end >= done + length, "windows \(ends) of \(length) frames overlap")
                var frames: [Tensor] = []
                for t in done ..< end {
                    // When the actions of its own clip are used up, a dream goes on with those of the next.
                    let next = (0 ..< b).flatMap { actions[clip: ($0 + t / length) % b, frame: c - 1 + t % length] }
                    let frame = dream.step(next, bold, using: &generator)
                    if t == 0 { Memory.empty() }
                    if t >= end - length { frames.append(frame.reshaped([b, 1, world.imageSize, world.imageSize, 3])) }
                }
                done = end
                let all = Tensor.concatenated(frames, axis: 1), truth = clips.future
                return Window(
                    frame: end, sharpness: Yardsticks.sharpness(all, of: truth),
                    frechet: eye.map { frechetDistance(all, truth, in: $0) }, frames: all)
            }
        }
        self.clips = clips
    }

    /// The last frame of each window, beside the last true one, for a few dreams.
    public func sheet(dreams: Int = 6) -> Image {
        let shown = (0 ..< min(dreams, clips.count)).map { $0 * max(1, clips.count / dreams) }
        return Image.sheet(
            rows: shown.map { b in
                [clips.image(b, TrueClips.context - 1)] + windows.map { Image($0.frames, frame: (b + 1) * TrueClips.horizon - 1) }
            },
            title: "the last true frame, and imagined frame number \(windows.map { String($0.frame) }.joined(separator: ", "))", scale: 2)
    }
}
