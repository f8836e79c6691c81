// CSV.swift - where does one cell end and the next begin?
//
// At a comma, unless it stands between quotes; a row ends with the line, unless the quotes are still open; and two quotes inside of
// quotes are one (RFC 4180, section 2).

import Foundation

/// Rows and cells of a table.
public enum CSV {
    public struct Row {
        /// The line on which it begins, counted from 1.
        public let number: Int
        public var cells: [String]
        var isEmpty: Bool { cells == [""] }
    }

    /// A cell as it is written: in quotes where it needs them.
    public static func cell(_ text: String) -> String {
        text.contains { ",\"\n\r".contains($0) } ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
    }

    /// All rows of a text; spaces around cells are left away.
    /// - Throws: `EpisodeError` when a quote is never closed.
    public static func rows(of text: String, in url: URL) throws -> [Row] {
        // Programs on Windows turn each line end into two of which one is "\r\n": that is no empty row.
        let scalars = Array(text.replacingOccurrences(of: "\r\r\n", with: "\n").replacingOccurrences(of: "\r\n", with: "\n").unicodeScalars)
        var rows: [Row] = [], cells: [String] = [], cell = String.UnicodeScalarView(), line = 1, begin = 1, isQuoted = false,
            wasQuoted = false
        func endCell() {
            cells.append(String(cell).trimmingCharacters(in: CharacterSet(charactersIn: " \t\u{FEFF}")))
            (cell, wasQuoted) = (String.UnicodeScalarView(), false)
        }
        func endRow() {
            endCell()
            rows.append(Row(number: begin, cells: cells))
            cells = []
            begin = line + 1
        }
        var i = scalars.first == "\u{FEFF}" ? 1 : 0
        while i < scalars.count {
            let scalar = scalars[i]
            if isQuoted {
                if scalar == "\"" {
                    if i + 1 < scalars.count, scalars[i + 1] == "\"" { cell.append(scalar); i += 1 } else { isQuoted = false }
                } else { cell.append(scalar) }
            } else if scalar == "\"", !wasQuoted, String(cell).allSatisfy({ $0 == " " || $0 == "\t" }) {
                (isQuoted, wasQuoted, cell) = (true, true, String.UnicodeScalarView())
            } else if scalar == "," {
                endCell()
            } else if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) {
                endRow()
            } else { cell.append(scalar) }
            if scalar == "\n" || scalar == "\r" { line += 1 }
            i += 1
        }
        guard !isQuoted else { throw EpisodeError("\(url.relativePath), row \(begin): a quote is opened and never closed") }
        if !cell.isEmpty || !cells.isEmpty { endRow() }
        return rows
    }
}
