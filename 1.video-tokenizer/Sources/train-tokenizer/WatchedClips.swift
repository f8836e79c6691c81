// WatchedClips.swift - what does one look at while a model learns? The same few clips every time, and none that it learns from.

import Episodes
import Foundation
import Tensors
import Training

/// Four clips of validation episodes, far from each other, always the same: [4,T,H,W,3].
/// - Throws: `TrainingError` when there are none of this size and length.
func watchedClips(of data: URL, frames: Int, size: Int) throws -> Tensor {
    let episodes = try EpisodeSet(data, .validation)
    try episodes.check(size: size)
    let places = episodes.places(length: frames)
    guard !places.isEmpty else {
        throw TrainingError(
            "\(episodes.url.relativePath): no episode has the \(frames) frames of a clip; record or import longer ones")
    }
    let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 4)).prefix(4).map { places[$0] }
    return episodes.clips(at: chosen, length: frames).frames
}
