// EpisodeCache.swift - what was once found out about an episode is kept beside it.

import Episodes
import InverseDynamics
import SafeTensors
import Training

public enum EpisodeCache {
    /// The actions of every episode of a split: an action model's codes, or the recorded ones.
    /// - Throws: `TrainingError` when recorded ones are needed and missing, `FileError` when the cache cannot be written.
    public static func actions(_ episodes: EpisodeSet, namedBy model: TrainedModel<LatentActionModel>?) throws -> [[Int]] {
        guard let model else { return try episodes.episodes.map { try $0.recordedActions() } }
        return try integers("actions-\(model.fingerprint)", episodes, below: model.model.configuration.codes, count: { $0 - 1 }) {
            model.model.codes(ofEpisode: $0, in: episodes)
        }
    }

    /// One list of integers for each episode, from the file of the split in the folder `name` beside the episodes, or made and written to
    /// it. A file that is damaged, or of other episodes, is made anew: `count` says how many numbers F frames have, all below `limit`.
    public static func integers(
        _ name: String, _ episodes: EpisodeSet, below limit: Int, count: (_ frames: Int) -> Int, make: (Int) -> [Int]
    ) throws -> [[Int]] {
        try episodes.cached(name) { file, name, episode in
            let list = try file.integers(name)
            return list.count == count(episode.frameCount) && list.allSatisfy { (0 ..< limit).contains($0) } ? list : nil
        } make: {
            make($0)
        } write: { writer, name, list in
            writer.add(name, shape: [list.count], integers: list)
        }
    }
}
