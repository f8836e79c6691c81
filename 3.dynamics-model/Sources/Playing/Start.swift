// Start.swift - where does a dream begin?
//
// With a few real frames and what was done between them, from an episode that the model was not trained on; or with one picture,
// of anything.

import Episodes
import Foundation
import Pictures
import Recording
import Tensors
import Training
import WorldModels

/// What the model sees before it begins to imagine.
public struct Start {
    /// L real frames, oldest first, and the same as a tensor [1,L,H,W,3].
    public let pictures: [Image], frames: Tensor
    /// L-1 actions of the model.
    public let actions: [Int]
    /// For people, such as "episode 3, frames 0 to 3".
    public let name: String
    /// The real world at the last of the frames, where it is known.
    public let simulator: Simulator?
    /// The episode, and the number in it of the first frame that is to be imagined.
    public let episode: (file: EpisodeFile, next: Int)?

    /// How many frames of an episode the model sees: enough to tell how fast things move.
    public static let context = 4

    /// Frames `first ..< first + context` of an episode.
    /// - Throws: `TrainingError` or `EpisodeError` when there are no such frames, or they do not fit the model.
    public init(episode index: Int, at first: Int, in episodes: EpisodeSet, for world: any WorldModel) throws {
        try episodes.check(size: world.imageSize)
        guard episodes.episodes.indices.contains(index) else {
            let last = episodes.episodes.count - 1
            throw TrainingError("\(episodes.url.relativePath): there is no episode \(index); --episode is 0 to \(last)")
        }
        let file = episodes.episodes[index], last = file.frameCount - Start.context
        guard last >= 0, (0 ... last).contains(first) else {
            throw TrainingError(last < 0
                ? "\(file.url.relativePath): a start takes \(Start.context) frames, it has \(file.frameCount); name another --episode"
                : "\(file.url.relativePath): has \(file.frameCount) frames; --start is 0 to \(last), not \(first)")
        }
        let shown = first ..< first + Start.context
        pictures = shown.map(file.image)
        frames = episodes.clips(at: [ClipPlace(episode: index, start: first)], length: Start.context).frames
        actions = Array(try world.actionReader.actions(ofEpisode: index, in: episodes)[shown.dropLast()])
        name = "episode \(index), frames \(first) to \(shown.upperBound - 1)"
        simulator = Simulator.knows(world.commands.map(\.name)) ? Simulator(replaying: file, to: shown.upperBound - 1) : nil
        episode = (file, shown.upperBound)
    }

    /// The square in the middle of a picture, at the model's size.
    public init(picture: Image, name: String, for world: any WorldModel) {
        let side = min(picture.width, picture.height), size = world.imageSize
        let square = picture.cropped(x: (picture.width - side) / 2, y: (picture.height - side) / 2, width: side, height: side)
            .resized(width: size, height: size)
        pictures = [square]
        frames = Tensor(square.pixels.map { Float($0) / 255 }, shape: [1, 1, size, size, 3])
        (actions, self.name, simulator, episode) = ([], name, nil, nil)
    }
}
