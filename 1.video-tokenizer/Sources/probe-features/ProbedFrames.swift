// ProbedFrames.swift - frames with what is true of them, and a probe's marks.

import Episodes
import Foundation
import JointEmbedding
import Tensors
import Training

struct ProbeScore { var bearing: Double, distance: Double, visible: Double }

/// Frames of one split.
struct ProbedFrames {
    let episodes: EpisodeSet, places: [ClipPlace]
    /// Degrees and log meters, NaN where the Kong is not visible; 1 where it is, else 0.
    let bearing: [Float], distance: [Float], visible: [Float]

    init(_ data: URL, _ split: Split, size: Int, every: Int) throws {
        episodes = try EpisodeSet(data, split)
        try episodes.check(size: size)
        guard episodes.hasTruth else {
            throw TrainingError(
                "\(episodes.url.relativePath): these episodes hold no truth about the Kong; record some with `episodes record`")
        }
        guard split != .train || episodes.episodes.count > 1 else {
            throw TrainingError(
                "\(episodes.url.relativePath): a probe needs two episodes, one to learn from and one to be chosen by; record more")
        }
        let all = episodes.places(length: 1)
        places = stride(from: 0, to: all.count, by: every).map { all[$0] }
        let episodes = episodes
        bearing = places.map { episodes.episodes[$0.episode].bearing![$0.start] * 180 / .pi }
        distance = places.map { logf(episodes.episodes[$0.episode].distance![$0.start]) }
        visible = bearing.map { $0.isNaN ? 0 : 1 }
        guard visible.contains(1), visible.contains(0) else {
            throw TrainingError(
                "\(episodes.url.relativePath): the Kong is visible in all frames, or in none; nothing can be asked about it")
        }
    }

    /// Which frames show the Kong.
    var seen: [Int] { visible.indices.filter { visible[$0] == 1 } }

    /// Frames in batches -> features [n,D].
    func features(_ eye: (Tensor) -> Tensor) -> Tensor {
        .concatenated(stride(from: 0, to: places.count, by: 64).map { start in
            eye(episodes.clips(at: Array(places[start ..< min(start + 64, places.count)]), length: 1).frames)
        }, axis: 0)
    }

    /// Probes fitted on these frames. Every eighth episode (of fewer, the last) chooses how much they shrink.
    func probe(_ eye: (Tensor) -> Tensor) -> Probes {
        let features = features(eye), turn = max(2, min(8, episodes.episodes.count))
        let isHeldOut = places.map { $0.episode % turn == turn - 1 }, seen = seen
        func some(_ values: [Float]) -> [Float] { seen.map { values[$0] } }
        return Probes(place: RidgeProbe(features.rows(at: seen), [some(bearing), some(distance)], isHeldOut: seen.map { isHeldOut[$0] }),
                      visibility: RidgeProbe(features, [visible], isHeldOut: isHeldOut))
    }

    /// The rival that looks at nothing.
    func scoreOfMean(on other: ProbedFrames) -> ProbeScore {
        func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
        let share = mean(visible), n = other.seen.count
        return other.score(bearing: Array(repeating: mean(seen.map { bearing[$0] }), count: n),
            distance: Array(repeating: mean(seen.map { distance[$0] }), count: n),
                           visible: Array(repeating: share, count: other.places.count))
    }

    /// Guesses for the frames that show the Kong, and of visibility for all.
    func score(bearing guesses: [Float], distance logs: [Float], visible odds: [Float]) -> ProbeScore {
        let seen = seen, truth = seen.map { distance[$0] }, mean = truth.reduce(0, +) / Float(truth.count)
        func sum(_ values: some Sequence<Float>) -> Double { values.reduce(0) { $0 + Double($1) } }
        return ProbeScore(
            bearing: sum(zip(seen, guesses).map { abs(bearing[$0] - $1) }) / Double(seen.count),
            distance: 1 - sum(zip(truth, logs).map { ($0 - $1) * ($0 - $1) }) / sum(truth.map { ($0 - mean) * ($0 - mean) }),
            visible: sum(zip(visible, odds).map { ($0 == 1) == ($1 > 0.5) ? 1 : 0 }) / Double(visible.count))
    }
}

struct Probes {
    let place: RidgeProbe, visibility: RidgeProbe

    func score(on frames: ProbedFrames, _ eye: (Tensor) -> Tensor) -> ProbeScore {
        let features = frames.features(eye), place = place(features.rows(at: frames.seen))
        return frames.score(bearing: place[0], distance: place[1], visible: visibility(features)[0])
    }
}
