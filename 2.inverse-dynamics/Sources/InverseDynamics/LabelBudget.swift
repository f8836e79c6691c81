// LabelBudget.swift - what can be learned from n labels?
//
// A budget is honest when nothing but its n labels can reach the model. So the labels are taken out of the episodes once, here, and
// training sees this object alone: the other actions might as well not exist.

import Episodes
import Randomness
import Tensors

/// n labeled transitions of a set of episodes.
public struct LabelBudget {
    public let episodes: EpisodeSet
    /// Where the first frame of each transition is, and the action to the second: the only labels there are.
    public let places: [ClipPlace], actions: [Int]

    /// Draws `count` transitions, all equally likely, none twice; nil takes all. The same seed gives the same ones,
    /// and the first 50 of 200 are those of 50.
    /// - Throws: `EpisodeError` when there are no actions, or fewer than `count`.
    public init(_ episodes: EpisodeSet, count: Int?, seed: UInt64) throws {
        guard episodes.hasActions else {
            throw EpisodeError(
                "\(episodes.url.relativePath): not every episode has actions, so there is nothing to learn labels from; "
                    + "train the latent model: --model latent"
            )
        }
        let all = episodes.episodes.indices.flatMap { episode in
            (0 ..< episodes.episodes[episode].frameCount - 1).map { ClipPlace(episode: episode, start: $0) }
        }
        guard (count ?? 1) <= all.count else {
            throw EpisodeError(
                "\(episodes.url.relativePath): \(all.count) transitions, \(count!) labels were asked for; record more episodes")
        }
        var generator = SeededGenerator(seed: seed, stream: 5)
        self.episodes = episodes
        places = generator.permutation(all.count).prefix(count ?? all.count).map { all[$0] }
        actions = places.map { episodes.episodes[$0.episode].actions![$0.start] }
    }

    /// Random pairs of frames [batch,2,H,W,3] and their actions, each transition equally likely.
    public func next(batch: Int, using generator: inout SeededGenerator) -> (pairs: Tensor, actions: [Int]) {
        let chosen = (0 ..< batch).map { _ in generator.integer(below: places.count) }
        return (episodes.clips(at: chosen.map { places[$0] }, length: 2).frames, chosen.map { actions[$0] })
    }
}

extension EpisodeSet {
    /// A, the number of actions: those that have names, or the largest number there is.
    public var actionCount: Int {
        max(actionNames.count, (episodes.compactMap { $0.actions?.max() }.max() ?? -1) + 1)
    }

    /// The names of the A actions; their numbers where nobody named them.
    public var allActionNames: [String] { (0 ..< actionCount).map { $0 < actionNames.count ? actionNames[$0] : "\($0)" } }
}
