// LabelFile.swift - what has a person said of which frames?
//
//   # of the episodes with fingerprint 5c2f91a0b7d34e18
//   episode,frame,reward
//   0003,17,0.7
//
// A table that any program opens. A label belongs to a frame and not to a number, so the file says which episodes it means: recorded
// anew, frame 17 of episode 0003 is another picture, and its label would be nonsense that nobody notices.

import Episodes
import Files
import Foundation

/// Labels of frames of one set of episodes, in the order in which they were given.
public struct LabelFile {
    public let url: URL
    let episodes: EpisodeSet
    /// By episode and frame.
    public private(set) var labels: [ClipPlace: Float] = [:]
    /// The labeled frames, first labeled first.
    public private(set) var places: [ClipPlace] = []

    /// Fewer cannot be divided into some to learn from and some to calibrate on.
    public static let fewest = 10
    /// Bytes; more is no table that a person filled.
    public static let largest = 10_000_000

    /// Opens the file, or begins one: it is written with the first label.
    /// - Throws: `EpisodeError` or `FileError`, one line that names the file and the row.
    public init(_ url: URL, of episodes: EpisodeSet) throws {
        (self.url, self.episodes) = (url, episodes)
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        guard let text = String(data: try readFile(url, atMost: LabelFile.largest), encoding: .utf8) else {
            throw EpisodeError("\(url.relativePath): not a text; labels are rows of episode,frame,reward")
        }
        var rows = try CSV.rows(of: text, in: url).filter { $0.cells != [""] }
        guard rows.first?.cells == ["# of the episodes with fingerprint \(episodes.fingerprint)"] else {
            throw EpisodeError("\(url.relativePath): its first line does not say that it is of the episodes in "
                + "\(episodes.url.relativePath); name others with --data, or another file with --labels")
        }
        rows.removeFirst()
        guard rows.first?.cells == ["episode", "frame", "reward"] else {
            throw EpisodeError("\(url.relativePath): its second line is not episode,frame,reward")
        }
        let numbers = Dictionary(uniqueKeysWithValues: episodes.episodes.enumerated().map { (LabelFile.name(of: $1), $0) })
        for row in rows.dropFirst() {
            func refuse(_ why: String) -> EpisodeError { EpisodeError(printable("\(url.relativePath), row \(row.number): \(why)")) }
            guard row.cells.count == 3 else { throw refuse("\(row.cells.count) cells in place of episode,frame,reward") }
            guard let episode = numbers[row.cells[0]] else { throw refuse("there is no episode '\(row.cells[0].prefix(40))'") }
            guard let frame = Int(row.cells[1]), (0 ..< episodes.episodes[episode].frameCount).contains(frame) else {
                throw refuse("episode \(row.cells[0]) has no frame '\(row.cells[1].prefix(40))'")
            }
            guard let reward = Float(row.cells[2]), (0 ... 1).contains(reward) else {
                throw refuse("a reward is 0 to 1, not '\(row.cells[2].prefix(40))'")
            }
            let place = ClipPlace(episode: episode, start: frame)
            guard labels.updateValue(reward, forKey: place) == nil else { throw refuse("this frame has a label already") }
            places.append(place)
        }
    }

    /// Gives a frame a label, or takes it away (nil), and writes the file, whole or not at all.
    /// - Throws: `FileError`; nothing has changed then.
    public mutating func label(_ place: ClipPlace, _ reward: Float?) throws {
        var next = self
        next.places.removeAll { $0 == place }
        next.labels[place] = reward
        if reward != nil { next.places.append(place) }
        let rows = next.places.map { place in
            let name = CSV.cell(LabelFile.name(of: episodes.episodes[place.episode]))
            return "\(name),\(place.start),\(String(format: "%g", next.labels[place]!))\n"
        }
        let head = "# of the episodes with fingerprint \(episodes.fingerprint)\nepisode,frame,reward\n"
        try writeAtomically(Data((head + rows.joined()).utf8), to: url)
        self = next
    }

    /// `0003` of `0003.safetensors`.
    static func name(of episode: EpisodeFile) -> String { episode.url.deletingPathExtension().lastPathComponent }
}
