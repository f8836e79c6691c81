// ActionReader.swift - who says what was done: stage 2's codes, or the recording?

import Episodes
import Foundation
import InverseDynamics
import Tensors
import Training

/// The actions of a world model.
public struct ActionReader {
    /// A
    public let count: Int
    /// Names the transitions of real frames; nil where actions are the recorded ones.
    public let model: LatentActionModel?

    public init(codesOf model: LatentActionModel) { (count, self.model) = (model.configuration.codes, model) }
    public init(recorded count: Int) { (self.count, model) = (count, nil) }

    /// What the actions of clips [B,T,H,W,3] were: B·(T-1). `own` are the recorded ones.
    /// - Throws: `TrainingError` when those are needed and there are none.
    public func actions(of frames: Tensor, own: [Int]?) throws -> [Int] {
        if let model {
            // A clip at a time, and of that as many frames as it takes; the last of one part is the first of the next.
            let (all, most) = (frames.size(1), model.configuration.frames)
            return (0 ..< frames.size(0)).flatMap { b in
                stride(from: 0, to: all - 1, by: most - 1).flatMap { start in
                    model.codes(of: frames.sliced(axis: 0, b ..< b + 1).sliced(axis: 1, start ..< min(start + most, all)))
                }
            }
        }
        guard let own else {
            throw TrainingError("the model was trained on true actions, and these episodes have none; label them with `label-actions`")
        }
        return own
    }

    /// What was done in an episode, [frames - 1].
    /// - Throws: `TrainingError` when recorded actions are needed and there are none, or others than the model knows.
    public func actions(ofEpisode index: Int, in episodes: EpisodeSet) throws -> [Int] {
        if let model { return model.codes(ofEpisode: index, in: episodes) }
        let file = episodes.episodes[index]
        guard let own = file.actions, own.allSatisfy({ $0 < count }) else {
            throw TrainingError("\(file.url.relativePath): has not the actions that the model was trained with; "
                + "name other --data, or label it with `label-actions`")
        }
        return own
    }

    /// - Throws: `TrainingError` when recorded actions are needed, and an episode has none, or one that is none of the model's.
    public func check(_ episodes: EpisodeSet) throws { if model == nil { try episodes.check(actions: count) } }
}

extension EpisodeFile {
    /// - Throws: `TrainingError` when there are none.
    func recordedActions() throws -> [Int] {
        guard let actions else {
            throw TrainingError(
                "\(url.relativePath): has no actions; train with --actions latent, or label the episodes with `label-actions`")
        }
        return actions
    }
}

extension EpisodeSet {
    /// - Throws: `TrainingError` when an episode has no actions, or one that is none of the model's A.
    public func check(actions count: Int) throws {
        for episode in episodes {
            guard let unknown = try episode.recordedActions().first(where: { $0 >= count }) else { continue }
            throw TrainingError("\(episode.url.relativePath): there is an action \(unknown), the model has 0 to \(count - 1); "
                + "record or import all episodes with the same actions")
        }
    }
}
