// ClipSampler.swift - which clips does a training step see?
//
// Any clip of any episode, each equally likely, drawn with a generator of its own. Put the generator's state back,
// and the very next batch comes again: a resumed run sees what the interrupted one would have seen.

import Randomness

/// Draws random clips from a set of episodes.
public struct ClipSampler {
    public let episodes: EpisodeSet
    /// T, frames a clip.
    public let length: Int
    /// Frames of the recording from one frame of a clip to the next.
    public let stride: Int
    /// The only state: store it in a checkpoint, set it on resuming.
    public var generator: SeededGenerator

    /// `ends[i]`: how many clips begin in the episodes 0...i.
    private let ends: [Int]

    /// - Throws: `EpisodeError` when no episode is long enough for a clip.
    public init(_ episodes: EpisodeSet, length: Int, stride: Int = 1, seed: UInt64) throws {
        precondition(length >= 1 && stride >= 1, "clips of \(length) frames with a stride of \(stride)")
        let span = (length - 1) * stride + 1
        var total = 0
        ends = episodes.episodes.map { total += max(0, $0.frameCount - span + 1); return total }
        guard total > 0 else {
            let longest = episodes.episodes.map(\.frameCount).max()!
            throw EpisodeError(
                "\(episodes.url.relativePath): a clip takes \(span) frames, the longest episode has \(longest); "
                    + "use longer episodes or shorter clips"
            )
        }
        (self.episodes, self.length, self.stride) = (episodes, length, stride)
        generator = SeededGenerator(seed: seed)
    }

    /// How many different clips there are.
    public var clipCount: Int { ends.last! }

    /// The next `batch` clips.
    public mutating func next(batch: Int) -> Clips {
        episodes.clips(at: nextPlaces(batch), length: length, stride: stride)
    }

    /// The same as bytes, [B,T,H,W,3].
    public mutating func nextBytes(batch: Int) -> [UInt8] {
        episodes.bytes(at: nextPlaces(batch), length: length, stride: stride)
    }

    /// Draws the places only.
    public mutating func nextPlaces(_ count: Int) -> [ClipPlace] {
        (0 ..< count).map { _ in
            let clip = generator.integer(below: clipCount)
            // The first episode whose clips end after this one (binary search).
            var low = 0, high = ends.count - 1
            while low < high {
                let middle = (low + high) / 2
                if ends[middle] > clip { high = middle } else { low = middle + 1 }
            }
            return ClipPlace(episode: low, start: clip - (low == 0 ? 0 : ends[low - 1]))
        }
    }
}
