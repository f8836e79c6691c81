// LatentEpisodes.swift - why should an eye look at the same frame a thousand times?
//
// It does not learn any more while a world model does, so every frame becomes latents once. They are kept in a file beside the episodes;
// the folder's name says which model made them, and the file which frames they are of: neither a tokenizer that was trained anew
// nor episodes that were replaced find the old ones.

import Episodes
import Foundation
import SafeTensors
import Tensors
import Training

/// All episodes of a split as latents.
public struct LatentEpisodes {
    /// Of each episode: [F,N,Z].
    public let latents: [Tensor]

    /// Reads them from the cache or makes them. `fingerprint` is the model file's (`TrainedModel`).
    /// - Throws: `TrainingError` or `FileError` when the cache cannot be written.
    public init(_ episodes: EpisodeSet, encoder: any FrameEncoder, fingerprint: String) throws {
        let (places, width) = encoder.latentShape
        let folder = episodes.url.deletingLastPathComponent().appendingPathComponent("latents-\(fingerprint)")
        let url = folder.appendingPathComponent(episodes.url.lastPathComponent).appendingPathExtension("safetensors")
        let names = episodes.episodes.map { $0.url.lastPathComponent }, data = episodes.fingerprint
        if let file = try? SafeTensorsFile(contentsOf: url), file.metadata["episodes"] == data, let read = try? names.map(file.floats),
           zip(read, episodes.episodes).allSatisfy({ $0.count == $1.frameCount * places * width && $0.allSatisfy(\.isFinite) }) {
            latents = zip(read, episodes.episodes).map { Tensor($0, shape: [$1.frameCount, places, width]) }
            return
        }
        print("encoding \(episodes.frameCount) frames of \(episodes.url.relativePath) into \(folder.lastPathComponent)")
        latents = names.indices.map { encoder.latents(ofEpisode: $0, in: episodes) }
        var writer = SafeTensorsWriter(metadata: ["kind": "episode-cache", "episodes": data])
        for (name, tensor) in zip(names, latents) { writer.add(name, shape: tensor.shape, floats: tensor.values) }
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw TrainingError("\(folder.relativePath): cannot make this folder (\(error.localizedDescription)); may you write there?")
        }
        try writer.write(to: url)
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
    public var statistics: (mean: [Float], deviation: [Float]) {
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
