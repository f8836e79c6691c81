// Import.swift - how does any video become episodes?
//
// Read the frames, cut a square from their middle, resize, split, cut to episodes. What is for validation is decided
// before anything is cut: neighboring pieces of one video look alike, so a shuffle of pieces would leak.
// - Many videos: every tenth goes to validation whole.
// - Few: of each, the end goes to validation. One frame borders on training there, not every one.

import Files
import Foundation
import Pictures

/// Turns folders of PNG frames and GIF files into a data folder.
public struct VideoImport {
    /// Width and height of the frames to be.
    public var size = 64
    /// The most frames an episode has; a longer video is cut to pieces of equal length.
    public var length = 64
    public var validationShare = 0.1
    /// Frames a second of PNG folders; a GIF knows its own.
    public var framesPerSecond = 4.0
    /// A CSV file for a single video, or a folder with one CSV a video, named after it; nil when actions are unknown.
    public var actions: URL?
    /// In the order of their numbers; may be empty when the CSV holds numbers.
    public var actionNames: [String] = []

    public init() {}

    /// Reads everything in `sources` (GIF files, folders of them, folders of PNG frames) and writes `data`.
    /// - Parameter say: is told in a line a video what became of it.
    /// - Throws: `EpisodeError` or `PictureError`, one line that names the file; `data` is then as it was.
    public func run(_ sources: [URL], into data: URL, overwrite: Bool = false, say: (String) -> Void = { _ in }) throws {
        precondition(size >= 1 && length >= 4 && (0.01 ... 0.5).contains(validationShare),
                     "size \(size), length \(length), validation share \(validationShare)")
        try checkReplaceable(data, overwrite, sources + [actions].compactMap { $0 })
        let videos = try sources.flatMap { try Video.find(at: $0, say: say) }
        let labels = try labelFiles(for: videos)
        let every = Int((1 / validationShare).rounded())

        try makeDataFolder(data, overwrite: overwrite, readingFrom: sources + [actions].compactMap { $0 }) { folder in
            for split in [Split.train, .validation] {
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent(split.rawValue), withIntermediateDirectories: true)
            }
            for (number, found) in videos.enumerated() {
                var video = found
                let frames = try video.read(size: size)
                let actions = try labels.map {
                    try readActions($0[number], names: actionNames, frames: frames.count, of: video.name, say: say)
                }
                let heldOut = videos.count < every
                    ? try framesHeldOut(of: frames.count, video)
                    : (number + 1) % every == 0 ? frames.count : 0
                let parts = [(Split.train, 0 ..< frames.count - heldOut), (.validation, frames.count - heldOut ..< frames.count)]
                for (split, part) in parts where !part.isEmpty {
                    for (index, piece) in pieces(part).enumerated() {
                        let episode = makeEpisode(
                            frames[piece], actions.map { Array($0[piece.lowerBound ..< piece.upperBound - 1]) }, video)
                        let name = String(format: "%04d-%04d.safetensors", number, index)
                        try episode.write(to: folder.appendingPathComponent(split.rawValue).appendingPathComponent(name))
                    }
                }
                say("\(printable(video.name)): \(frames.count) frames, the last \(heldOut) for validation")
            }
        }
    }

    /// How many frames at the end of one of few videos are for validation: the share, but enough for a few clips.
    private func framesHeldOut(of count: Int, _ video: Video) throws -> Int {
        guard count >= 4 else {
            throw EpisodeError(
                "\(video.url.relativePath): \(count) frames cannot be split; at least 4 are needed, 2 to train and 2 to validate")
        }
        return max(Int(Double(count) * validationShare), min(16, count / 2))
    }

    /// Cuts a range into pieces of at most `length` frames, all about equally long.
    func pieces(_ range: Range<Int>) -> [Range<Int>] {
        let count = (range.count + length - 1) / length
        func cut(_ i: Int) -> Int { range.lowerBound + i * range.count / count }
        return (0 ..< count).map { cut($0) ..< cut($0 + 1) }
    }

    private func makeEpisode(_ frames: ArraySlice<Image>, _ actions: [Int]?, _ video: Video) -> Episode {
        var metadata = ["source": printable(video.name), "fps": String(format: "%g", video.framesPerSecond ?? framesPerSecond)]
        if actions != nil, !actionNames.isEmpty { metadata["action_names"] = actionNames.joined(separator: ",") }
        return Episode(frames: frames.flatMap(\.pixels), width: size, height: size, actions: actions, metadata: metadata)
    }

    /// The CSV of each video, in order; nil when there are none at all.
    private func labelFiles(for videos: [Video]) throws -> [URL]? {
        guard let actions else { return nil }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: actions.path, isDirectory: &isFolder) else {
            throw EpisodeError("\(actions.relativePath): there is no such file of actions; check the path")
        }
        if isFolder.boolValue {
            let urls = videos.map { actions.appendingPathComponent($0.name + ".csv") }
            if let twice = urls.indices.first(where: { urls[..<$0].contains(urls[$0]) }) {
                let first = urls.firstIndex(of: urls[twice])!
                throw EpisodeError(
                    "\(urls[twice].relativePath): would be of two videos, \(videos[first].url.relativePath) and "
                        + "\(videos[twice].url.relativePath); rename one, and its CSV"
                )
            }
            return urls
        }
        guard videos.count == 1 else {
            throw EpisodeError(
                "\(actions.relativePath): one file of actions for \(videos.count) videos; give a folder with a CSV a video instead, "
                    + "such as \(videos[0].name).csv"
            )
        }
        return [actions]
    }
}
