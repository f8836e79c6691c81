// Wishes.swift - which sentence would have asked for what happened?
//
// Nobody told the robot of the recording what to do. But every clip ends somewhere, and what its last frame shows can be said: "a toy on
// the left". So the clip is an example of what to do when somebody wishes for that (hindsight, arXiv 1707.01495, section 3).

import Captions
import Episodes
import Randomness
import RewardModel
import Tensors

/// Episodes whose frames can be put into words.
public struct Wishes {
    private let frames: EpisodeFacts

    /// - Throws: `TrainingError` when a recording does not say where its toy was.
    public init(_ episodes: EpisodeSet) throws { frames = try EpisodeFacts(episodes) }

    public func facts(at place: ClipPlace, length: Int) -> Facts { frames.facts[place.episode][place.start + length - 1] }

    /// A sentence that is true of the last frame of a clip: there is no toy, or where it is, and perhaps how far it is. That it is red goes
    /// without saying, here where all toys are; said, it is most of what the scorer hears.
    public func sentence(at place: ClipPlace, length: Int, using generator: inout SeededGenerator) -> String {
        var claims = facts(at: place, length: length)
        (claims.color, claims.floor) = (nil, nil)
        if generator.uniform() < 0.5 { claims.distance = nil }
        return Grammar.text(of: claims, using: &generator)
    }
}

extension Scorer {
    /// Sentences as the text transformer that the scorer learned with pictures hears them: [B,C], each number about 1.
    public func heard(_ sentences: [String]) -> Tensor {
        let width = Float(model.configuration.embeddingDimensions)
        return Tensor.withoutGradients { model.directions(of: sentences) * width.squareRoot() }
    }
}
