// Import+Videos.swift - what is a video here?
//
// A GIF file, or a folder of PNG frames in natural order (frame-9 before frame-10). A folder may also hold several of either: then
// each is a video. Where it could be read in two ways nobody guesses, and what is left out is named.

import Foundation
import Pictures

/// A video that was found, not yet read.
struct Video {
    let url: URL
    /// The PNG frames in order; empty for a GIF.
    let pictures: [URL]
    /// Set when a GIF is read.
    private(set) var framesPerSecond: Double?

    /// A folder's name may have dots in it; of a GIF's only the kind is left away.
    var name: String { pictures.isEmpty ? url.deletingPathExtension().lastPathComponent : url.lastPathComponent }

    /// At most so many pixels in all frames of a video, after resizing (3 bytes each).
    private static let largestTotal = 1_000_000_000

    /// All videos at a path: a GIF file, a folder of PNGs, or a folder of GIFs and of such folders.
    static func find(at url: URL, say: (String) -> Void) throws -> [Video] {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        if isKind("gif", url), !(exists && isFolder.boolValue) { return [Video(url: url, pictures: [])] }
        if exists, !isFolder.boolValue {
            throw EpisodeError(
                "\(url.relativePath): neither a GIF file nor a folder; turn a video into PNG frames first, for example with ffmpeg")
        }
        let videos = try find(inFolder: url, say: say)
        guard !videos.isEmpty else {
            throw EpisodeError("\(url.relativePath): there are no PNG frames, no GIF files, and no folders of PNG frames in here")
        }
        return videos
    }

    private static func find(inFolder url: URL, say: (String) -> Void) throws -> [Video] {
        let items = try naturallySorted(itemsIn: url)
        func isFolder(_ url: URL) -> Bool {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
        }
        let folders = items.filter(isFolder), files = items.filter { !isFolder($0) }
        let pictures = files.filter { isKind("png", $0) }, others = files.filter { !isKind("png", $0) && !isKind("gif", $0) }
        if !others.isEmpty {
            say(
                "\(url.lastPathComponent): left out \(others.count) of its files, which are neither PNG nor GIF, "
                    + "such as \(others[0].lastPathComponent)"
            )
        }
        // In the order of their names, files and folders together.
        let videos = try items.flatMap { item -> [Video] in
            isFolder(item) ? try find(inFolder: item, say: say) : isKind("gif", item) ? [Video(url: item, pictures: [])] : []
        }
        if pictures.isEmpty {
            for folder in folders where !videos.contains(where: { "\($0.url.path)/".hasPrefix("\(folder.path)/") }) {
                say("\(folder.lastPathComponent): left out, there are no pictures in it")
            }
            return videos
        }
        guard videos.isEmpty else {
            throw EpisodeError(
                "\(url.relativePath): holds \(pictures.count) PNG(s), such as \(pictures[0].lastPathComponent), "
                    + "and \(videos.count) other video(s), such as "
                + "\(videos[0].url.lastPathComponent); which are meant? Name them one by one, or move the others elsewhere")
        }
        return [Video(url: url, pictures: pictures)]
    }

    /// Reads the frames, square and of the given size.
    mutating func read(size: Int) throws -> [Image] {
        var frames: [Image] = []
        func add(_ image: Image) throws {
            frames.append(image.square(size))
            guard frames.count * size * size <= Video.largestTotal else {
                throw EpisodeError(
                    "\(url.relativePath): too long to be read at once at \(size)x\(size); cut it into pieces, or choose a smaller --size")
            }
        }
        if pictures.isEmpty {
            var seconds = 0.0
            try Animation.forEachFrame(ofGIF: url) { frame, delay in
                try add(frame)
                seconds += delay
            }
            let range = EpisodeFile.frameRates
            framesPerSecond = min(max(Double(frames.count) / max(seconds, 0.01), range.lowerBound), range.upperBound)
        } else {
            var first: Image?
            for picture in pictures {
                let image = try Image(pngAt: picture)
                first = first ?? image
                guard image.width == first!.width, image.height == first!.height else {
                    throw EpisodeError(
                        "\(picture.relativePath): is \(image.width)x\(image.height), "
                            + "the frames before it are \(first!.width)x\(first!.height); "
                        + "a video has frames of one size")
                }
                try add(image)
            }
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
