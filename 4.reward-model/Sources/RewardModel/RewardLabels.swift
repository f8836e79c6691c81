// RewardLabels.swift - what does a person say who looks at a few frames?
//
// "0.7", where 0.64 would be right: people see roughly and answer in tenths. And they get tired: a budget is 50, 200 or 1,000 frames. All
// that training may know of rewards is in this object; the other rewards of the episodes might as well not exist.

import Episodes
import Foundation
import Randomness
import Tensors

/// n labeled frames of a set of episodes.
public struct RewardLabels {
    public let episodes: EpisodeSet
    public let places: [ClipPlace]
    /// 0...1, in tenths.
    public let labels: [Float]

    /// Draws `count` frames, all equally likely, none twice, and asks for their reward. The same seed gives the same frames and answers,
    /// and the first 50 of 200 are those of 50.
    /// - Throws: `EpisodeError` when there is no truth to make answers from, or there are fewer than `count` frames.
    public init(_ episodes: EpisodeSet, count: Int, seed: UInt64) throws {
        guard episodes.hasTruth else {
            throw EpisodeError("\(episodes.url.relativePath): not every episode has rewards, so there is nothing to fine-tune on; "
                + "label some frames with `label-rewards` and train with --labels, record some with `episodes record`, "
                + "or score with published CLIP weights")
        }
        let order = RewardLabels.order(of: episodes, seed: seed)
        guard count <= order.count else {
            throw EpisodeError("\(episodes.url.relativePath): \(order.count) frames, \(count) labels were asked for; record more episodes")
        }
        var person = SeededGenerator(seed: seed, stream: 7)
        self.episodes = episodes
        places = Array(order.prefix(count))
        labels = places.map { place in
            let episode = episodes.episodes[place.episode]
            return RewardLabels.answer(
                reward: episode.reward![place.start], isVisible: !episode.bearing![place.start].isNaN, using: &person)
        }
    }

    /// The labels that a person gave (`label-rewards`).
    /// - Throws: `EpisodeError` when there are fewer than ten.
    public init(_ file: LabelFile, seed: UInt64) throws {
        guard file.places.count >= LabelFile.fewest else {
            throw EpisodeError("\(file.url.relativePath): \(file.places.count) labels, and \(LabelFile.fewest) are the fewest; "
                + "give some more with `label-rewards`")
        }
        // Whatever the order in which they were given: a fifth of them is for the calibration, and should not be the last that somebody
        // was tired of.
        var order = SeededGenerator(seed: seed, stream: 6)
        episodes = file.episodes
        places = order.permutation(file.places.count).map { file.places[$0] }
        labels = places.map { file.labels[$0]! }
    }

    /// All frames, in the order in which somebody is asked about them.
    public static func order(of episodes: EpisodeSet, seed: UInt64) -> [ClipPlace] {
        let all = episodes.episodes.indices.flatMap { episode in
            (0 ..< episodes.episodes[episode].frameCount).map { ClipPlace(episode: episode, start: $0) }
        }
        var order = SeededGenerator(seed: seed, stream: 6)
        return order.permutation(all.count).map { all[$0] }
    }

    /// What a person says: off by a tenth or so, in tenths. Nobody takes an empty floor for a Kong.
    static func answer(reward: Float, isVisible: Bool, using person: inout SeededGenerator) -> Float {
        let error = 0.1 * person.normal()
        return isVisible ? max(0, min(1, ((reward + error) * 10).rounded() / 10)) : 0
    }

    private init(_ whole: RewardLabels, _ range: Range<Int>) {
        (episodes, places, labels) = (whole.episodes, Array(whole.places[range]), Array(whole.labels[range]))
    }

    /// The first four fifths, to train on.
    public var training: RewardLabels { RewardLabels(self, 0 ..< labels.count * 4 / 5) }
    /// The last fifth, to calibrate on: what was trained on would look better than it is.
    public var heldOut: RewardLabels { RewardLabels(self, labels.count * 4 / 5 ..< labels.count) }

    /// All of the frames, [n,H,W,3].
    public var frames: Tensor { frames(at: places) }

    /// Random frames [batch,H,W,3], half of them mirrored (the reward is the same), and their labels [batch].
    public func next(batch: Int, using generator: inout SeededGenerator) -> (frames: Tensor, labels: Tensor) {
        let chosen = (0 ..< batch).map { _ in generator.integer(below: places.count) }
        let frames = self.frames(at: chosen.map { places[$0] })
        mirror(frames, where: (0 ..< batch).map { _ in generator.uniform() < 0.5 })
        return (frames, Tensor(chosen.map { labels[$0] }, shape: [batch]))
    }

    private func frames(at places: [ClipPlace]) -> Tensor {
        episodes.clips(at: places, length: 1).frames.reshaped([places.count, episodes.height, episodes.width, 3])
    }
}
