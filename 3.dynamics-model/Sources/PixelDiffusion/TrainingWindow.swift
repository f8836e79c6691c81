// TrainingWindow.swift - what does the model see of a clip while it learns?
//
// The true past, at first; with some noise on it, and the noise is named; later, what it made of the last frames itself. In a dream its
// past is its own work, with errors that no true frame has. Whoever has seen only true frames adds to an error; who has seen frames with
// errors has learned to take them out (DIAMOND, CS:GO version; GameNGen, arXiv 2408.14837, section 3.2).

import Episodes
import Randomness
import Tensors

public struct TrainingWindow {
    /// Frames of B clips one after the other, [B,H,W,3], -1...1.
    public private(set) var frames: [Tensor]
    /// B·(T-1)
    private var actions: [Int]
    private let configuration: PixelDiffusionConfiguration
    private var batch: Int { frames[0].size(0) }

    public init(_ clips: Clips, _ configuration: PixelDiffusionConfiguration) {
        let unnamed = Array(repeating: 0, count: clips.frames.size(0) * (clips.frames.size(1) - 1))
        self.init(clips.frames, actions: clips.actions ?? unnamed, configuration)
    }

    /// [B,T,H,W,3] in 0...1, and what led from each frame to the next: B·(T-1).
    init(_ clips: Tensor, actions: [Int], _ configuration: PixelDiffusionConfiguration) {
        let (batch, side) = (clips.size(0), configuration.imageSize)
        frames = (0 ..< clips.size(1)).map { t in clips.sliced(axis: 1, t ..< t + 1).reshaped([batch, side, side, 3]) * 2 - 1 }
        (self.actions, self.configuration) = (actions, configuration)
    }

    /// What is known before frame K + i, as it is.
    public func past(at i: Int) -> PixelDiffusion.Past {
        let K = configuration.pastFrames, transitions = frames.count - 1
        // actions[t] leads from frame t to frame t+1: the last of these leads to frame K + i.
        let known = (0 ..< batch).flatMap { b -> [Int?] in (i ..< i + K).map { actions[b * transitions + $0] } }
        return .init(frames: Array(frames[i ..< i + K]), actions: known, noise: Array(repeating: 0, count: batch))
    }

    /// The same, with noise on half of the rows; and in one of eight the past is shorter, as when a dream begins with few frames.
    public func past(at i: Int, using generator: inout SeededGenerator) -> PixelDiffusion.Past {
        var past = past(at: i)
        let K = configuration.pastFrames, size = past.frames[0].count / batch
        past.frames = past.frames.map { Tensor($0.values, shape: $0.shape) }
        for b in 0 ..< batch {
            if K > 1 && generator.integer(below: 8) == 0 {
                let first = 1 + generator.integer(below: K - 1)  // the first frame that is known
                for t in 0 ..< first {
                    (past.frames[t].pointer + b * size).update(from: past.frames[first].pointer + b * size, count: size)
                    past.actions[b * K + t] = nil
                }
            }
            guard configuration.pastNoise > 0, generator.integer(below: 2) == 0 else { continue }
            past.noise[b] = generator.uniform(0, configuration.pastNoise)
            for frame in past.frames {
                let row = frame.pointer + b * size
                for j in 0 ..< size { row[j] += past.noise[b] * generator.normal() }
            }
        }
        return past
    }

    /// Frame K + i of the following pasts is what the model made of it.
    public mutating func replace(at i: Int, by frame: Tensor) {
        frames[configuration.pastFrames + i] = Tensor.withoutGradients { frame.clamped(-1, 1) }
    }

    /// Each clip with the actions of the next: what a model that listens to them must mind.
    public mutating func shiftActions() {
        let transitions = frames.count - 1
        actions = Array(actions[transitions...] + actions[..<transitions])
    }
}
