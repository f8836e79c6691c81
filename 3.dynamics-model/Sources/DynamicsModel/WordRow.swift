// WordRow.swift - how do words come into a stream of frames?
//
// GAIA-1 (arXiv 2309.17080, section 2) writes one text of three languages: what is to be seen in words, the tokens of the frame, what is
// done; and again. So here: a row of words stands above each frame, as many places as the frame has columns. Whatever is written below
// hears them, as it hears the row of tokens above it, and frames to come hear them at the same place in time. Nobody asks for a word: like
// actions, they are told.

import Captions
import Episodes
import Randomness
import Tensors
import Training
import WorldModels

extension DynamicsConfiguration {
    /// w, the words that stand above a frame; 0 for a model that is told nothing.
    public var wordPlaces: Int { words == nil ? 0 : side }
}

extension MaskedDynamics {
    /// w numbers: a sentence and then nothing. Of nil: nothing is said of the frame.
    public func row(of sentence: String?) -> [Int] {
        let length = configuration.wordPlaces
        guard length > 0 else { return [] }
        let said = sentence.map { wordTokenizer.tokens(of: $0, length: length) } ?? []
        return said + Array(repeating: WordTokenizer.end, count: length - said.count)
    }

    /// The same said of `count` frames: count·w.
    public func rows(of sentence: String?, count: Int) -> [Int] {
        let row = row(of: sentence)
        return (0 ..< count).flatMap { _ in row }
    }

    /// Whether there is room for all of a sentence.
    func fits(_ sentence: String) -> Bool { wordTokenizer.tokens(of: sentence, length: .max).count <= configuration.wordPlaces }

    /// - Throws: `TrainingError` when a model that hears words cannot be told these.
    public func check(words sentence: String) throws {
        let unknown = wordTokenizer.unknownWords(in: sentence)
        guard unknown.isEmpty else {
            let named = unknown.map { "\"\($0)\"" }.joined(separator: ", ")
            throw TrainingError(
                "\"\(sentence)\": this world does not know \(named); its words are: \(configuration.words!.joined(separator: " "))")
        }
        guard fits(sentence) else {
            throw TrainingError("\"\(sentence)\" is too long; this world has room for \(configuration.wordPlaces - 1) words")
        }
    }
}

/// What can be said of the frames of clips.
public struct Sayings {
    let frames: EpisodeFacts

    /// - Throws: as `EpisodeFacts`.
    public init(_ episodes: EpisodeSet) throws { frames = try EpisodeFacts(episodes) }

    /// B·T·w: a true caption of each frame, or nothing.
    ///
    /// Of some clips much is said and of others hardly anything: in use there may be a word for one frame and none for those before it, and
    /// a model that is always told would not know what silence means. GAIA-1 leaves out words and actions of part of its clips, too.
    public func words(
        at places: [ClipPlace], length T: Int, for model: MaskedDynamics, using generator: inout SeededGenerator
    ) -> [Int] {
        places.flatMap { place -> [Int] in
            let silence = generator.uniform()
            return (0 ..< T).flatMap { t in
                model.row(of: generator.uniform() < silence ? nil : sentence(place.episode, place.start + t, for: model, using: &generator))
            }
        }
    }

    /// A true sentence about a frame for which there is room; nil when fifty were too long.
    func sentence(_ episode: Int, _ frame: Int, for model: MaskedDynamics, using generator: inout SeededGenerator) -> String? {
        for _ in 0 ..< 50 {
            let text = Grammar.caption(of: frames.facts[episode][frame], using: &generator).text
            if model.fits(text) { return text }
        }
        return nil
    }
}
