// DreamStarts.swift - where does a dream begin?
//
// After some frames of a recording. Half of the clips end with a frame that shows the toy, in the scorer's eyes: babble meets it too
// seldom, and where nothing is seen there is little to learn.

import Episodes
import Foundation
import JetBot
import Planning
import Randomness
import RewardModel
import Tensors
import Training

/// Episodes with what the scorer says of each of their frames.
public struct DreamStarts {
    public let episodes: EpisodeSet
    /// Of each episode's frames.
    public let scores: [[Float]]

    /// Scores all frames, or reads what was kept of that beside them.
    /// - Throws: `TrainingError` when an episode has not the robot's actions; what the cache throws.
    public init(_ episodes: EpisodeSet, scorer: any FrameScorer, fingerprint: String) throws {
        try episodes.checkRobot()
        self.episodes = episodes
        scores = try episodes.cached("scores-of-both-sides-\(fingerprint)", verb: "scoring") { file, name, episode in
            let scores = try file.floats(name)
            return scores.count == episode.frameCount && scores.allSatisfy((0 ... 1).contains) ? scores : nil
        } make: { index in
            let frames = episodes.clips(at: [ClipPlace(episode: index, start: 0)], length: episodes.episodes[index].frameCount).frames
            return scorer.rewards(of: frames.reshaped(Array(frames.shape.dropFirst())))
        } write: { writer, name, scores in
            writer.add(name, shape: [scores.count], floats: scores)
        }
    }

    /// Places of clips of `length` frames, half of which end with the toy in view, if chance finds enough.
    /// - Precondition: every episode has that many frames.
    public func places(_ count: Int, length: Int, using generator: inout SeededGenerator) -> [ClipPlace] {
        let places = (0 ..< 4 * count).map { _ -> ClipPlace in
            let episode = generator.integer(below: scores.count)
            return ClipPlace(episode: episode, start: generator.integer(below: scores[episode].count - length + 1))
        }
        return places.balanced(count) { scores[$0.episode][$0.start + length - 1] > 0.3 }
    }

    /// What was scored there, one clip after the other.
    public func scores(at places: [ClipPlace], length: Int) -> [Float] {
        places.flatMap { scores[$0.episode][$0.start ..< $0.start + length] }
    }
    /// What was done there, `length - 1` a clip.
    public func actions(at places: [ClipPlace], length: Int) -> [Int] {
        places.flatMap { episodes.episodes[$0.episode].actions![$0.start ..< $0.start + length - 1] }
    }

    /// - Throws: `TrainingError` when an episode is too short for clips of `length` frames.
    public func check(length: Int) throws {
        guard let short = episodes.episodes.first(where: { $0.frameCount < length }) else { return }
        throw TrainingError("\(short.url.relativePath): has \(short.frameCount) frames, a clip takes \(length); record longer episodes")
    }
}
