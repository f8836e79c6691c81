// TrueClips.swift - what really happened, and what could have been known of it: clips that all models are asked about.
//
// Four true frames, then twelve to imagine. The same clips for every model, and the same two trivial answers: the last frame once more, and
// the four frames carried over by the simulator's own geometry.

import Episodes
import Foundation
import FrameCoding
import Pictures
import Tensors
import Training
import WorldModels

/// Clips of a split.
public struct TrueClips {
    public static let context = 4, horizon = 12
    static let length = context + horizon

    public let episodes: EpisodeSet
    public let places: [ClipPlace]
    /// [B,16,H,W,3]
    public let frames: Tensor
    /// B·15, nil where they were not recorded.
    public let actions: [Int]?
    /// PSNR of the copy of the last frame, at [step][clip].
    public let copyPSNR: [[Double]]
    /// [step][clip]: whether the picture changed from the frame before: where the copy of that one is below 33 dB, as in stage 2.
    public let moves: [[Bool]]

    /// At most `clips` clips, evenly over the episodes.
    /// - Throws: `TrainingError` when no episode is long enough.
    public init(_ episodes: EpisodeSet, atMost clips: Int) throws {
        let all = episodes.places(length: TrueClips.length), c = TrueClips.context
        guard !all.isEmpty else {
            throw TrainingError(
                "\(episodes.url.relativePath): no episode has the \(TrueClips.length) frames of a rollout; record or import longer ones")
        }
        self.episodes = episodes
        places = stride(from: 0, to: all.count, by: max(1, (all.count + clips - 1) / clips)).map { all[$0] }
        let read = episodes.clips(at: places, length: TrueClips.length), frames = read.frames
        (self.frames, actions) = (frames, read.actions)
        func psnrs(_ t: Int, of truth: Int) -> [Double] {
            squaredErrors(frames.sliced(axis: 1, t ..< t + 1), frames.sliced(axis: 1, truth ..< truth + 1)).map(psnr)
        }
        copyPSNR = (0 ..< TrueClips.horizon).map { psnrs(c - 1, of: c + $0) }
        moves = (0 ..< TrueClips.horizon).map { t in psnrs(c + t - 1, of: c + t).map { $0 < 33 } }
    }

    public var count: Int { places.count }

    /// PSNR of imagined frames [B,12,H,W,3], at [step][clip].
    public func psnrs(_ imagined: Tensor) -> [[Double]] {
        (0 ..< imagined.size(1)).map { t in
            let truth = TrueClips.context + t
            return squaredErrors(imagined.sliced(axis: 1, t ..< t + 1), frames.sliced(axis: 1, truth ..< truth + 1)).map(psnr)
        }
    }

    /// The mean of [step][clip] over the frames in which the robot moves.
    public func moving(_ psnrs: [[Double]]) -> Double {
        let chosen = zip(psnrs.joined(), moves.joined()).filter(\.1).map(\.0)
        return chosen.reduce(0, +) / Double(max(1, chosen.count))
    }

    /// The frames that are to be imagined, [B,12,H,W,3].
    public var future: Tensor { frames.sliced(axis: 1, TrueClips.context ..< TrueClips.length) }

    func image(_ clip: Int, _ frame: Int) -> Image { Image(frames, frame: clip * TrueClips.length + frame) }
}
