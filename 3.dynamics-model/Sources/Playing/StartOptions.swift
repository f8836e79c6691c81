// StartOptions.swift - the flags that `imagine` and `play` share: where to begin, and how to draw.

import ArgumentParser
import Episodes
import Foundation
import Pictures
import Recording
import Training
import WorldModels

public struct StartOptions: ParsableArguments {
    @Option(help: "Begin in this validation episode, counted from 0.")
    public var episode = 0

    @Option(help: "The first of the \(Start.context) frames of the episode that the model sees before it imagines.")
    public var start = 0

    @Option(help: "Begin with this PNG instead, of any size.")
    public var startPicture: String?

    @Option(help: "What is said of each frame to come, such as 'a red toy on the left' (for worlds that hear words).")
    public var words: String?

    @Option(help: "How much is made of --words: 1 as learned, more for more.")
    public var guidance = Sampling.usualGuidance

    @OptionGroup public var drawing: SamplingOptions

    @Option(help: "The seed of all chance: the same keys give the same frames.")
    public var seed: UInt64 = 1

    public init() {}

    public mutating func validate() throws {
        guard (0 ... 20).contains(guidance) else { throw ValidationError("--guidance is a number from 0 to 20, not \(guidance)") }
        if episode < 0 || start < 0 { throw ValidationError("--episode and --start count from 0") }
    }

    public var sampling: Sampling {
        var sampling = drawing.sampling
        (sampling.words, sampling.guidance) = (words, guidance)
        return sampling
    }

    /// The validation episodes, or nil when a picture is the start. Who has recorded none yet, and names none, gets the first that
    /// `episodes record` would write.
    public func episodes(of options: RunOptions, for world: any WorldModel) throws -> EpisodeSet? {
        guard startPicture == nil else { return nil }
        guard options.hasNoEpisodes else { return try EpisodeSet(options.dataFolder, .validation) }
        PretrainedWeights.say("note: there are no episodes in \(options.data); "
            + "\(StartOptions.recorded) of the simulator are recorded for this (name yours with --data)")
        return try Recorder(size: world.imageSize, framesPerSecond: Float(world.framesPerSecond)).episodes(
            StartOptions.recorded, of: .validation)
    }
    static let recorded = 6

    /// - Throws: `TrainingError`, `PictureError` or `EpisodeError`.
    public func first(of episodes: EpisodeSet?, for world: any WorldModel) throws -> Start {
        if let words { try world.check(words: words) }
        if let episodes { return try Start(episode: episode, at: start, in: episodes, for: world) }
        let url = URL(fileURLWithPath: startPicture ?? "")
        return Start(picture: try Image(pngAt: url), name: url.lastPathComponent, for: world)
    }
}
