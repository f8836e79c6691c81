// DataFolder+Ownership.swift - is this folder a data set of ours, and nothing but that?
//
// Before a folder is replaced every item in it is looked at, hidden ones too: episodes are safetensors files with frames, caches
// are safetensors files with a list for each episode, and our pictures say that they are ours. A folder called `train` that holds
// somebody's photos is somebody's.

import Files
import Foundation
import Pictures
import SafeTensors

enum FolderContent: Equatable {
    case nothing, dataSet
    /// The path, inside the folder, of something that is not ours.
    case others(String)
}

/// Looks at everything in a folder.
/// - Throws: `EpisodeError` when it is no folder that can be read.
func content(of url: URL) throws -> FolderContent {
    guard !isLink(url) || isFolder(url) else { throw EpisodeError("\(url.relativePath): this is not a folder; check the path") }
    guard let items = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
        throw EpisodeError("\(url.relativePath): this is not a folder that can be read; check the path")
    }
    for item in items.sorted() {
        let file = url.appendingPathComponent(item)
        if isLeftover(file.path) { continue }
        if isLink(file) { return .others(item) }
        if isFolder(file) {
            if item.hasPrefix(".") { return .others(item) }
            let isSplit = Split(rawValue: item) != nil
            for inner in ((try? FileManager.default.contentsOfDirectory(atPath: file.path)) ?? [item]).sorted() {
                let url = file.appendingPathComponent(inner)
                if isLeftover(url.path) { continue }
                guard !inner.hasPrefix("."), !isLink(url), isSplit ? isEpisode(url) : isCache(url) else {
                    return .others("\(item)/\(inner)")
                }
            }
            // And it is called as ours are, be it empty.
            if !isSplit, !EpisodeSet.cacheKinds.contains(where: item.hasPrefix) { return .others(item) }
        } else if !(["contact-sheet.png", "preview.gif"].contains(item) && isMadeHere(file, by: "episodes inspect")) {
            return .others(item)
        }
    }
    return items.isEmpty ? .nothing : .dataSet
}

/// Whether a file is an episode; its numbers may be wrong, but frames are frames.
private func isEpisode(_ url: URL) -> Bool {
    guard url.pathExtension == "safetensors", let file = try? SafeTensorsFile(contentsOf: url), let frames = file.entries["frames"] else {
        return false
    }
    return frames.dtype == .u8 && frames.shape.count == 4 && frames.shape[3] == 3
}

/// Whether a file was made of episodes: a tensor for each, under its name.
private func isCache(_ url: URL) -> Bool {
    guard url.pathExtension == "safetensors", let file = try? SafeTensorsFile(contentsOf: url) else { return false }
    return !file.names.isEmpty && file.names.allSatisfy { $0.hasSuffix(".safetensors") } || file.metadata["kind"] == "episode-cache"
}

func isLink(_ url: URL) -> Bool {
    var status = stat()
    // A slash at the end would make lstat follow the link.
    return lstat(url.standardizedFileURL.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
}

private func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
}

/// Where a path really leads, as far as it exists.
func realPath(_ url: URL) -> String { url.standardizedFileURL.resolvingSymlinksInPath().path }
