// TokenEpisodes.swift - why should the tokenizer look at the same frame a thousand times?
//
// It does not learn any more, so every frame of every episode becomes tokens once, and every transition a latent action once. Training then
// reads 64 small numbers a frame instead of 12,288. Both are kept in a file beside the episodes; its name says which models made it, and
// the file of which episodes: a tokenizer that was trained anew finds no old tokens, and neither do episodes that were recorded anew.

import Episodes
import Foundation
import FrameCoding
import InverseDynamics
import Tensors
import Training
import VideoTokenizer
import WorldModels

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
        let n = tokenizer.model.configuration.patches
        patches = n
        // Actions first: nobody should wait for tokens and then read that there are none.
        actions = try EpisodeCache.actions(episodes, namedBy: actionModel)
        let eyes = tokenizer.model, vocabulary = eyes.quantizer.vocabulary
        tokens = try EpisodeCache.integers("tokens-\(tokenizer.fingerprint)", episodes, below: vocabulary, count: { $0 * n }) {
            eyes.tokens(ofEpisode: $0, in: episodes)
        }
    }

    /// The tokens and actions of clips: B·T·N and B·(T-1).
    public func clips(at places: [ClipPlace], length: Int) -> (tokens: [Int], actions: [Int]) {
        (places.flatMap { tokens[$0.episode][$0.start * patches ..< ($0.start + length) * patches] },
         places.flatMap { actions[$0.episode][$0.start ..< $0.start + length - 1] })
    }

    /// What the loss counts each of V codes: the more, the rarer it is, and the more unusual the colors that it stands for are in their
    /// frames; eight times as much at most. A Kong is one token among 64, and in many pictures none: a model that draws floor in its place
    /// is nearly always right.
    public func weights(vocabulary: Int, of episodes: EpisodeSet) -> [Float] {
        var counts = Array(repeating: Float(0), count: vocabulary), colors = counts
        for (episode, tokens) in self.tokens.enumerated() {
            let frames = episodes.clips(at: [ClipPlace(episode: episode, start: 0)], length: tokens.count / patches).frames   // [1,F,H,W,3]
            let width = frames.size(3), side = Int(Double(patches).squareRoot()), patch = width / side
            let unusual = colorWeights(of: frames)                                                      // [1,F,H,W,1]
                .reshaped([tokens.count / side, patch, width]).mean(axis: 1)                            // over the rows of a patch
                .reshaped([tokens.count, patch]).mean(axis: 1)                                          // and over its columns: [F·N]
            for (token, color) in zip(tokens, unusual.values) {
                counts[token] += 1
                colors[token] += color
            }
        }
        let mean = counts.reduce(0, +) / Float(vocabulary)
        return zip(counts, colors).map { count, color in count == 0 ? 1 : min(8, (mean / count).squareRoot() * color / count) }
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
