// Import+Actions.swift - how are the actions of a video read, and how does an off-by-one come to light?
//
// A CSV with one action a row: its number, or its name. T-1 rows: row t takes frame t to frame t+1. T rows: row t is
// what was done at frame t, and the last one, with no frame after it, is dropped. Any other number is an error.

import Files
import Foundation

/// Reads the actions of a video of `frames` frames, [T-1].
///
/// A first row with the word `action` is a header, and picks its column; other words are never taken for a header,
/// for a mistyped first action would then shift all others by one. An empty row is an action that somebody forgot: left out, it
/// would shift the others too.
func readActions(_ url: URL, names: [String], frames: Int, of video: String, say: (String) -> Void) throws -> [Int] {
    guard FileManager.default.fileExists(atPath: url.path) else {
        throw EpisodeError("\(url.relativePath): there is no such file of actions; check the path")
    }
    guard let text = String(data: try readFile(url, atMost: 100_000_000), encoding: .utf8) else {
        throw EpisodeError("\(url.relativePath): this is not text in UTF-8; save it as plain CSV")
    }
    // A row keeps its number in the file, for the error messages.
    var rows = try CSV.rows(of: text, in: url)
    while rows.last?.isEmpty == true { rows.removeLast() }
    if let empty = rows.first(where: \.isEmpty) {
        throw EpisodeError("\(url.relativePath), row \(empty.number): empty; write the action that belongs there, or remove the row")
    }
    var column = 0, isNamed = false
    if let header = rows.first?.cells.firstIndex(where: { ["action", "actions"].contains($0.lowercased()) }) {
        (column, isNamed) = (header, true)
        rows.removeFirst()
    } else if let wide = rows.first(where: { $0.cells.count > 1 }) {
        throw EpisodeError("\(url.relativePath), row \(wide.number): several columns; name the right one 'action' in a header row")
    }
    var actions = try rows.map { row in
        try parse(column < row.cells.count ? row.cells[column] : "", names, "\(url.relativePath), row \(row.number)")
    }
    if actions.count == frames {
        say("\(video): one action a frame; the last has no frame after it and is not used")
        actions.removeLast()
    }
    // A column of time stamps, or of frame numbers, holds nothing but larger and larger numbers.
    if actions.count >= 6, zip(actions, actions.dropFirst()).allSatisfy({ $0 < $1 }) {
        throw EpisodeError("\(url.relativePath): each number is larger than the one before, as time stamps are; "
            + (isNamed ? "is 'action' the right name of this column?" : "name the column of actions 'action' in a header row"))
    }
    guard actions.count == frames - 1 else {
        throw EpisodeError(
            "\(url.relativePath): \(actions.count) actions for \(frames) frames; expected \(frames - 1), one between each two "
            + "frames, or \(frames), one a frame of which the last is not used")
    }
    return actions
}

/// The number of an action, from its number or name. `Int("0.13")` is nil: a motor value must not become action 0.
private func parse(_ cell: String, _ names: [String], _ place: String) throws -> Int {
    let number = names.firstIndex { $0.caseInsensitiveCompare(cell) == .orderedSame } ?? Int(cell)
    if let number, (0 ..< (names.isEmpty ? EpisodeFile.mostActions : names.count)).contains(number) { return number }
    let known = names.isEmpty
        ? "a whole number from 0 to \(EpisodeFile.mostActions - 1) was expected; give the names, in order, with --action-names"
        : "known are 0 to \(names.count - 1): \(names.joined(separator: ", "))"
    throw EpisodeError("\(place): unknown action '\(cell)'; \(known)")
}
