// DataFolder.swift - how does a whole data set appear at once, or not at all?
//
// It is made under a temporary name beside its place and renamed when it is complete. Whoever pulls the plug finds
// the old data set, and a hidden folder that the next attempt clears away.

import Foundation

/// Makes the data folder `url`: calls `body` with an empty folder to fill, then puts it in place.
/// - Parameter overwrite: whether a data folder that exists is replaced; else that is an error. Folders that hold
///   anything but a data set are never replaced.
/// - Throws: `EpisodeError`, or whatever `body` throws; `url` is then as it was.
public func makeDataFolder(_ url: URL, overwrite: Bool, _ body: (URL) throws -> Void) throws {
    let files = FileManager.default
    try checkReplaceable(url, overwrite)
    let place = url.standardizedFileURL, parent = place.deletingLastPathComponent()
    let temporary = parent.appendingPathComponent(".\(place.lastPathComponent).partial")
    let old = parent.appendingPathComponent(".\(place.lastPathComponent).old")
    do {
        for leftover in [temporary, old] where files.fileExists(atPath: leftover.path) { try files.removeItem(at: leftover) }
        try files.createDirectory(at: temporary, withIntermediateDirectories: true)
    } catch {
        throw EpisodeError("\(url.relativePath): cannot make this folder (\(reason(error))); may you write there?")
    }
    do {
        try body(temporary)
        if files.fileExists(atPath: place.path) { try files.moveItem(at: place, to: old) }
        try files.moveItem(at: temporary, to: place)
    } catch {
        // Put back what stood there, unless a complete folder has taken its place.
        if !files.fileExists(atPath: place.path), files.fileExists(atPath: old.path) { try? files.moveItem(at: old, to: place) }
        try? files.removeItem(at: temporary)
        throw error is CocoaError ? EpisodeError("\(url.relativePath): cannot put this folder in place (\(reason(error)))") : error
    }
    try? files.removeItem(at: old)
}

/// Refuses early, before an hour of recording.
func checkReplaceable(_ url: URL, _ overwrite: Bool) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    guard url.standardizedFileURL.path != FileManager.default.currentDirectoryPath else {
        throw EpisodeError("\(url.relativePath): you are in this folder, so it cannot be replaced; choose one inside it")
    }
    let items = try naturallySorted(itemsIn: url).map(\.lastPathComponent)
    if items.isEmpty { return }
    // `--overwrite --data .` must not take the learner's own files with it. The tokens and actions that stage 3 keeps beside the
    // episodes are of these episodes: they go with them.
    func isPart(_ item: String) -> Bool {
        Split(rawValue: item) != nil || ["contact-sheet.png", "preview.gif"].contains(item)
            || item.hasPrefix("tokens-") || item.hasPrefix("actions-")
    }
    if let other = items.first(where: { !isPart($0) }) {
        throw EpisodeError("\(url.relativePath): '\(other)' in this folder is no part of a data set; choose another --data folder")
    }
    guard overwrite else {
        throw EpisodeError("\(url.relativePath): there is a data set already; choose another --data folder, or replace it with --overwrite")
    }
}

private func reason(_ error: Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return (underlying ?? error as NSError).localizedDescription
}
