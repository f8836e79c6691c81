// TokenEpisodes.swift - why should the tokenizer look at the same frame a thousand times?
//
// It does not learn any more, so every frame of every episode becomes tokens once, and every transition a latent action once. Training then
// reads 64 small numbers a frame instead of 12,288. Both are kept in a file beside the episodes; its name says which models made it,
// so that a tokenizer that was trained anew finds no old tokens.

import Episodes
import Foundation
import InverseDynamics
import SafeTensors
import Training
import VideoTokenizer

/// All episodes of a split as tokens and actions.
public struct TokenEpisodes {
    /// Of each episode: F·N tokens.
    public let tokens: [[Int]]
    /// Of each episode: F-1 actions of the model.
    public let actions: [[Int]]
    /// N
    public let patches: Int

    /// Reads them from the cache or makes them. With an `actionModel` actions are its codes, without one the episodes' own.
    /// - Throws: `TrainingError` when actions are missing, `FileError` when the cache cannot be written.
    public init(_ episodes: EpisodeSet, tokenizer: TrainedModel<VideoTokenizer>, actionModel: TrainedModel<LatentActionModel>?) throws {
        patches = tokenizer.model.configuration.patches
        let folder = episodes.url.deletingLastPathComponent(), split = episodes.url.lastPathComponent
        tokens = try TokenEpisodes.cached(folder.appendingPathComponent("tokens-\(tokenizer.fingerprint)/\(split).safetensors"), episodes) { i in
            tokenizer.model.tokens(ofEpisode: i, in: episodes)
        }
        guard let actionModel else {
            actions = try episodes.episodes.map { episode in
                guard let actions = episode.actions else {
                    throw TrainingError("\(episode.url.relativePath): has no actions; train with --actions latent, or label the episodes with `label-actions`")
                }
                return actions
            }
            return
        }
        actions = try TokenEpisodes.cached(folder.appendingPathComponent("actions-\(actionModel.fingerprint)/\(split).safetensors"), episodes) { i in
            actionModel.model.codes(ofEpisode: i, in: episodes)
        }
    }

    /// The tokens and actions of clips: B·T·N and B·(T-1).
    public func clips(at places: [ClipPlace], length: Int) -> (tokens: [Int], actions: [Int]) {
        (places.flatMap { tokens[$0.episode][$0.start * patches ..< ($0.start + length) * patches] },
         places.flatMap { actions[$0.episode][$0.start ..< $0.start + length - 1] })
    }

    /// What the loss counts each of V codes: a code that is c times as rare as the mean one √c times as much, and eight times at most. A Kong is one
    /// token among 64, and in many pictures none: a model that draws floor in its place is nearly always right.
    public func weights(vocabulary: Int) -> [Float] {
        var counts = Array(repeating: Float(0), count: vocabulary)
        for token in tokens.joined() { counts[token] += 1 }
        let mean = counts.reduce(0, +) / Float(vocabulary)
        return counts.map { min(8, (mean / max($0, 1)).squareRoot()) }
    }

    /// One list of integers for each episode, from the file, or made and written to it.
    private static func cached(_ url: URL, _ episodes: EpisodeSet, make: (Int) -> [Int]) throws -> [[Int]] {
        let names = episodes.episodes.map { $0.url.lastPathComponent }
        if let file = try? SafeTensorsFile(contentsOf: url), Set(file.names) == Set(names), let lists = try? names.map(file.integers) {
            return lists
        }
        print("encoding \(episodes.frameCount) frames of \(episodes.url.relativePath) into \(url.deletingLastPathComponent().lastPathComponent)")
        var writer = SafeTensorsWriter()
        let lists = names.indices.map(make)
        for (name, list) in zip(names, lists) { writer.add(name, shape: [list.count], integers: list) }
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try writer.write(to: url)
        return lists
    }
}

extension VideoTokenizer {
    /// The tokens of an episode, F·N, T frames at a time.
    func tokens(ofEpisode index: Int, in episodes: EpisodeSet) -> [Int] {
        let count = episodes.episodes[index].frameCount, length = configuration.frames
        return stride(from: 0, to: count, by: length).flatMap { start in
            tokens(of: episodes.clips(at: [ClipPlace(episode: index, start: start)], length: min(length, count - start)).frames)
        }
    }
}
