// EpisodeLabels.swift - from a model of clips to one label for every transition of an episode.

import Episodes
import Tensors

/// Clips that together hold every transition of an episode once: neighbors share a frame. The last is moved back to end with
/// the episode, and `fresh` says how many of its transitions are new.
func coveringPlaces(frames: Int, length: Int) -> [(start: Int, fresh: Int)] {
    let step = length - 1
    return stride(from: 0, to: frames - 1, by: step).map { start in
        let fresh = min(step, frames - 1 - start)
        return (max(0, min(start, frames - length)), fresh)
    }
}

extension LatentActionModel {
    /// The code of every transition of an episode, [frames - 1].
    public func codes(ofEpisode index: Int, in episodes: EpisodeSet) -> [Int] {
        let frames = episodes.episodes[index].frameCount, length = min(configuration.frames, frames)
        return coveringPlaces(frames: frames, length: length).flatMap { start, fresh in
            codes(of: episodes.clips(at: [ClipPlace(episode: index, start: start)], length: length).frames).suffix(fresh)
        }
    }
}

extension InverseDynamicsModel {
    /// The action of every transition of an episode, [frames - 1].
    public func actions(ofEpisode index: Int, in episodes: EpisodeSet) -> [Int] {
        let starts = Array(0 ..< episodes.episodes[index].frameCount - 1)
        return stride(from: 0, to: starts.count, by: 64).flatMap { first in
            actions(
                of: episodes.clips(
                    at: starts[first ..< min(first + 64, starts.count)].map { ClipPlace(episode: index, start: $0) }, length: 2
                ).frames)
        }
    }
}
