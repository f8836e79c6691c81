// LatentEpisodes.swift - why should an eye look at the same frame a thousand times?
//
// It does not learn any more while a world model does, so every frame becomes latents once, and they are kept beside the episodes.

import Episodes
import SafeTensors
import Tensors

/// All episodes of a split as latents.
public struct LatentEpisodes {
    /// Of each episode: [F,N,Z].
    public let latents: [Tensor]

    /// Reads them from the cache or makes them. `fingerprint` is the model file's (`TrainedModel`).
    /// - Throws: `EpisodeError` or `FileError` when the cache cannot be written.
    public init(_ episodes: EpisodeSet, encoder: any FrameEncoder, fingerprint: String) throws {
        let (places, width) = encoder.latentShape
        latents = try episodes.cached("latents-\(fingerprint)") { file, name, episode in
            let values = try file.floats(name)
            guard values.count == episode.frameCount * places * width, values.allSatisfy(\.isFinite) else { return nil }
            return Tensor(values, shape: [episode.frameCount, places, width])
        } make: {
            encoder.latents(ofEpisode: $0, in: episodes)
        } write: { writer, name, tensor in
            writer.add(name, shape: tensor.shape, floats: tensor.values)
        }
    }

    /// The latents of clips, [B,length,N,Z].
    public func clips(at places: [ClipPlace], length: Int) -> Tensor { LatentEpisodes.clips(of: latents, at: places, length: length) }

    /// The same of anything that is [F,N,Z] for each episode.
    public static func clips(of latents: [Tensor], at places: [ClipPlace], length: Int) -> Tensor {
        let size = latents[0].count / latents[0].size(0)
        let result = Tensor(uninitialized: [places.count, length] + latents[0].shape.dropFirst())
        for (i, place) in places.enumerated() {
            precondition(place.start >= 0 && place.start + length <= latents[place.episode].size(0), "\(length) frames from \(place)")
            (result.pointer + i * length * size).update(from: latents[place.episode].pointer + place.start * size, count: length * size)
        }
        return result
    }

    /// Mean and standard deviation of each of Z numbers over all frames and places. Many models of latents want them near 0 and 1.
    public var statistics: (mean: [Float], deviation: [Float]) { LatentEpisodes.statistics(of: latents) }

    /// The same of anything that is [F,N,Z] for each episode.
    public static func statistics(of latents: [Tensor]) -> (mean: [Float], deviation: [Float]) {
        let width = latents[0].size(2)
        var (sums, squares, count) = (Array(repeating: 0.0, count: width), Array(repeating: 0.0, count: width), 0.0)
        for episode in latents {
            for row in 0 ..< episode.count / width {
                for z in 0 ..< width {
                    let value = Double(episode.pointer[row * width + z])
                    sums[z] += value
                    squares[z] += value * value
                }
            }
            count += Double(episode.count / width)
        }
        let means = sums.map { $0 / count }
        return (means.map(Float.init), zip(squares, means).map { Float(max(1e-12, $0 / count - $1 * $1).squareRoot()) })
    }
}
