// Import+Videos.swift - what is a video here?
//
// A GIF file, or a folder of PNG frames in natural order (frame-9 before frame-10). A folder may also hold several
// of either: then each is a video.

import Foundation
import Pictures

/// A video that was found, not yet read.
struct Video {
    let url: URL
    /// The PNG frames in order; empty for a GIF.
    let pictures: [URL]
    /// Set when a GIF is read.
    private(set) var framesPerSecond: Double?

    var name: String { url.deletingPathExtension().lastPathComponent }

    /// All videos at a path: a GIF file, a folder of PNGs, or a folder of GIFs and of such folders.
    static func find(at url: URL) throws -> [Video] {
        if isKind("gif", url) { return [Video(url: url, pictures: [])] }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue {
            throw EpisodeError("\(url.relativePath): neither a GIF file nor a folder; turn a video into PNG frames first, for example with ffmpeg")
        }
        let items = try naturallySorted(itemsIn: url)
        let pictures = items.filter { isKind("png", $0) }
        if !pictures.isEmpty { return [Video(url: url, pictures: pictures)] }
        let videos = items.flatMap { item -> [Video] in
            if isKind("gif", item) { return [Video(url: item, pictures: [])] }
            let pictures = (try? naturallySorted(itemsIn: item))?.filter { isKind("png", $0) } ?? []
            return pictures.isEmpty ? [] : [Video(url: item, pictures: pictures)]
        }
        guard !videos.isEmpty else {
            throw EpisodeError("\(url.relativePath): there are no PNG frames, no GIF files, and no folders of PNG frames in here")
        }
        return videos
    }

    /// Reads the frames, square and of the given size.
    mutating func read(size: Int) throws -> [Image] {
        let frames: [Image]
        if pictures.isEmpty {
            let animation = try Animation(gifAt: url)
            framesPerSecond = Double(animation.delays.count) / max(animation.delays.reduce(0, +), 0.01)
            frames = animation.frames.map { $0.square(size) }
        } else {
            frames = try pictures.map { try Image(pngAt: $0).square(size) }
        }
        guard frames.count >= 2 else {
            throw EpisodeError("\(url.relativePath): one frame is no video; at least 2 are needed")
        }
        return frames
    }

    private static func isKind(_ kind: String, _ url: URL) -> Bool { url.pathExtension.lowercased() == kind }
}

private extension Image {
    /// The square in the middle, resized.
    func square(_ size: Int) -> Image {
        let side = min(width, height)
        return cropped(x: (width - side) / 2, y: (height - side) / 2, width: side, height: side).resized(width: size, height: size)
    }
}
