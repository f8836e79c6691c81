// EpisodeSet.swift - which episodes may a model learn from, and on which is it judged?
//
// A data folder has a folder for each purpose ("split"). Splits are whole episodes: frames a second apart look
// alike, so a model judged on the other half of an episode that it was trained on is not judged at all.

import Foundation
import SafeTensors
import Tensors

/// The folders of a data folder.
public enum Split: String, CaseIterable, Sendable {
    case train
    /// The rooms of training, other episodes.
    case validation
    /// Rooms that no training episode shows.
    case unseenRooms = "unseen-rooms"
}

/// All episodes of one split, mapped; frames of one size.
public final class EpisodeSet {
    public let url: URL
    public let episodes: [EpisodeFile]
    public let width, height: Int

    /// Opens every `.safetensors` file of a split, in natural order of their names.
    /// - Throws: `EpisodeError` when the folder is missing or empty, or frames differ in size; else what `EpisodeFile` throws.
    public convenience init(_ data: URL, _ split: Split) throws {
        try self.init(episodesIn: data.appendingPathComponent(split.rawValue))
    }

    public init(episodesIn folder: URL) throws {
        let files = try naturallySorted(itemsIn: folder).filter { $0.pathExtension == "safetensors" }
        guard !files.isEmpty else {
            throw EpisodeError(
                "\(folder.relativePath): there are no episodes; make some with `episodes record`, or `episodes import` your own")
        }
        url = folder
        episodes = try files.map(EpisodeFile.init(contentsOf:))
        (width, height) = (episodes[0].width, episodes[0].height)
        if let other = episodes.first(where: { $0.width != width || $0.height != height }) {
            throw EpisodeError("\(other.url.relativePath): frames of \(other.width)x\(other.height) among others of \(width)x\(height); "
                + "record or import all with one --size")
        }
    }

    /// Whether a data folder has a split at all: imported videos have no unseen rooms.
    public static func exists(_ data: URL, _ split: Split) -> Bool {
        FileManager.default.fileExists(atPath: data.appendingPathComponent(split.rawValue).path)
    }

    /// - Throws: `EpisodeError` when frames are not `size` pixels wide and high, as a model needs them.
    public func check(size: Int) throws {
        guard width == size && height == size else {
            throw EpisodeError(
                "\(url.relativePath): frames are \(width)x\(height), the model takes \(size)x\(size); record or import with --size \(size)")
        }
    }

    /// Sixteen digits that change when an episode does, or its name, or one comes or goes: what is made of these episodes belongs to it.
    public private(set) lazy var fingerprint: String = {
        var each = [String](repeating: "", count: episodes.count)
        each.withUnsafeMutableBufferPointer { each in
            nonisolated(unsafe) let each = each
            Workers.split(episodes.count) { _, range in for i in range { each[i] = episodes[i].fingerprint() } }
        }
        return SafeTensors.fingerprint(of: zip(episodes, each).map { $0.url.lastPathComponent + " " + $1 + "\n" }.joined())
    }()

    public var frameCount: Int { episodes.reduce(0) { $0 + $1.frameCount } }
    /// Whether every episode knows its actions.
    public var hasActions: Bool { episodes.allSatisfy { $0.actions != nil } }
    /// Whether every episode knows the truth about the Kong.
    public var hasTruth: Bool { episodes.allSatisfy { $0.bearing != nil && $0.distance != nil && $0.reward != nil } }
    public var actionNames: [String] { episodes[0].actionNames }
}

/// The visible items of a folder; `frame-9` before `frame-10`.
/// - Throws: `EpisodeError` when there is no such folder.
func naturallySorted(itemsIn folder: URL) throws -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
        throw EpisodeError("\(folder.relativePath): there is no such folder; check the path, or make episodes with `episodes record`")
    }
    guard isFolder.boolValue, let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
        throw EpisodeError("\(folder.relativePath): this is not a folder that can be read; check the path")
    }
    return names.filter { !$0.hasPrefix(".") }.sorted(by: naturallyPrecedes).map(folder.appendingPathComponent)
}

/// Compares names piece by piece, runs of digits as numbers.
func naturallyPrecedes(_ a: String, _ b: String) -> Bool {
    func pieces(_ name: String) -> [Substring] {
        name.indices.reduce(into: []) { pieces, i in
            if let last = pieces.last?.last, last.isASCIIDigit == name[i].isASCIIDigit {
                pieces[pieces.count - 1] = name[pieces.last!.startIndex ... i]
            } else {
                pieces.append(name[i ... i])
            }
        }
    }
    for (x, y) in zip(pieces(a), pieces(b)) where x != y {
        // More digits, after leading zeros, is the larger number: no run of digits is too long for that.
        if x.first!.isASCIIDigit, y.first!.isASCIIDigit {
            let (m, n) = (x.drop { $0 == "0" }, y.drop { $0 == "0" })
            if m.count != n.count { return m.count < n.count }
            if m != n { return m < n }
        }
        return x < y
    }
    return a.count < b.count
}

private extension Character {
    var isASCIIDigit: Bool { ("0" ... "9").contains(self) }
}
