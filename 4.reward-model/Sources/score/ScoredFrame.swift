// ScoredFrame.swift - which pictures are in a file?

import Episodes
import Files
import Foundation
import Pictures
import Training

/// A picture, what to call it in the table, and what the simulator says of it.
struct ScoredFrame {
    let image: Image, name: String
    /// The true reward, 0...1; nil where nobody knows.
    let truth: Float?

    /// The pictures of a PNG file, a GIF or an episode, in order.
    /// - Throws: `PictureError`, `EpisodeError`, `FileError` or `TrainingError`, each one line that names the file.
    static func read(_ url: URL, keepsHidden: Bool) throws -> [ScoredFrame] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw TrainingError("\(url.relativePath): there is no such file; check the path")
        }
        guard !isFolder.boolValue else {
            throw TrainingError("\(url.relativePath): a folder; name the pictures in it, for example \(url.relativePath)/*.png")
        }
        let name = printable(url.lastPathComponent)
        switch url.pathExtension.lowercased() {
        case "png":
            return [ScoredFrame(image: try Image(pngAt: url, background: keepsHidden ? nil : .white), name: name, truth: nil)]
        case "gif":
            return try Animation(gifAt: url, background: keepsHidden ? .black : .white).frames.enumerated().map {
                ScoredFrame(image: $1, name: "\(name) \($0)", truth: nil)
            }
        case "safetensors":
            let episode = try EpisodeFile(contentsOf: url)
            return (0 ..< episode.frameCount).map { t in
                ScoredFrame(image: episode.image(t), name: "\(name) \(t)", truth: episode.reward?[t])
            }
        default:
            throw TrainingError("\(url.relativePath): neither PNG, GIF nor episode (.safetensors); convert it to PNG")
        }
    }
}
