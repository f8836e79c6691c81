// DataFolder.swift - how does a whole data set appear at once, or not at all, and never in the place of anything else?
//
// It is made under a temporary name beside its place and renamed when it is complete. Whoever pulls the plug finds the old data
// set, if need be under a hidden name from which the next attempt puts it back. What is replaced is ours by what is in it
// (DataFolder+Ownership.swift), not by what it is called.

import Files
import Foundation

/// Makes the data folder `url`: calls `body` with an empty folder to fill, then puts it in place.
/// - Parameters:
///   - overwrite: whether a data folder that exists is replaced; else that is an error. Folders that hold anything but a data set are
///     never replaced.
///   - sources: what the data set is made from, which must not lie where it is to be.
/// - Throws: `EpisodeError`, or whatever `body` throws; `url` is then as it was.
public func makeDataFolder(_ url: URL, overwrite: Bool, readingFrom sources: [URL] = [], _ body: (URL) throws -> Void) throws {
    let files = FileManager.default
    // A link to a folder stays one: the data set comes to lie in the folder that it leads to.
    let place = url.standardizedFileURL.resolvingSymlinksInPath(), parent = place.deletingLastPathComponent()
    if isLink(url), !files.fileExists(atPath: url.path) {
        throw EpisodeError("\(url.relativePath): a link to nothing; make the folder that it leads to, or remove it")
    }
    func beside(_ kind: String, process: Int32 = getpid()) -> URL {
        parent.appendingPathComponent(".\(place.lastPathComponent).\(process).\(kind)")
    }
    do { try files.createDirectory(at: parent, withIntermediateDirectories: true) } catch {
        throw EpisodeError("\(url.relativePath): cannot make this folder (\(reason(error))); may you write there?")
    }
    let lock: FileLock?
    do { lock = try FileLock(parent.appendingPathComponent(".\(place.lastPathComponent).lock")) } catch let error as FileLockHeld {
        throw EpisodeError("\(url.relativePath): \(error.who) is making this data set; wait for it, or choose another --data folder")
    }
    defer { withExtendedLifetime(lock) {} }
    restore(place)
    try checkReplaceable(url, overwrite, sources)
    clearLeftovers(of: place)

    let temporary = beside("partial"), old = beside("old")
    do { try files.createDirectory(at: temporary, withIntermediateDirectories: false) } catch {
        throw EpisodeError("\(url.relativePath): cannot make this folder (\(reason(error))); may you write there?")
    }
    do {
        try body(temporary)
        // Hours may have passed: is it still ours?
        try checkReplaceable(url, overwrite, sources)
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
func checkReplaceable(_ url: URL, _ overwrite: Bool, _ sources: [URL] = []) throws {
    let place = realPath(url)
    for source in sources.map(realPath) where source == place || source.hasPrefix(place + "/") {
        throw EpisodeError(
            "\(url.relativePath): holds \(source == place ? "what" : "'\(source.dropFirst(place.count + 1))', which") the data set is to "
                + "be made from; choose another --data folder"
        )
    }
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    let here = realPath(URL(fileURLWithPath: FileManager.default.currentDirectoryPath))
    guard here != place, !here.hasPrefix(place + "/") else {
        throw EpisodeError("\(url.relativePath): you are in this folder, so it cannot be replaced; choose one inside it")
    }
    switch try content(of: url) {
    case .nothing: return
    case .others(let item):
        throw EpisodeError("\(url.relativePath): '\(item)' in this folder is no part of a data set; choose another --data folder")
    case .dataSet:
        guard overwrite else {
            throw EpisodeError(
                "\(url.relativePath): there is a data set already; choose another --data folder, or replace it with --overwrite")
        }
    }
}

/// A kill between the two renames leaves the old data set under its hidden name: it gets its place back before anything else happens.
private func restore(_ place: URL) {
    guard !FileManager.default.fileExists(atPath: place.path) else { return }
    // The last one that was there. (Once it was called .NAME.old, without a number.)
    let olds = leftovers(of: place).filter { $0.pathExtension == "old" }.filter {
        if case .dataSet? = try? content(of: $0) { true } else { false }
    }
    func date(_ url: URL) -> Date {
        (try? url.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate ?? .distantPast
    }
    if let old = olds.max(by: { date($0) < date($1) }) { try? FileManager.default.moveItem(at: old, to: place) }
}

/// Removes what attempts that were killed have left, if it is theirs by content.
private func clearLeftovers(of place: URL) {
    for url in leftovers(of: place) {
        switch try? content(of: url) {
        case .nothing, .dataSet: try? FileManager.default.removeItem(at: url)
        default: break
        }
    }
}

/// Hidden folders beside a data set that look like leftovers: `.NAME.PROCESS.old`, `.NAME.PROCESS.partial`, and without the process.
private func leftovers(of place: URL) -> [URL] {
    let parent = place.deletingLastPathComponent(), name = "." + place.lastPathComponent + "."
    return ((try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []).filter { item in
        guard item.hasPrefix(name) else { return false }
        let parts = item.dropFirst(name.count).split(separator: ".", omittingEmptySubsequences: false)
        return ["old", "partial"].contains(parts.last) && (parts.count == 1 || parts.count == 2 && Int32(parts[0]) != nil)
    }.map(parent.appendingPathComponent)
}

private func reason(_ error: Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return (underlying ?? error as NSError).localizedDescription
}
