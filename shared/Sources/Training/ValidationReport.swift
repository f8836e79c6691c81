// ValidationReport.swift - is the number good? A metric never stands alone: beside it, what to expect and what a trivial guess gets.

import Files
import Foundation

/// The metrics of a validation, in the order in which they are added.
public struct ValidationReport {
    private struct Row { var name: String, value: Double, expected: String, baseline: String }
    private var rows: [Row] = []

    public init() {}

    /// Adds a metric; nil where there is no such number. `expected` and `baseline` are for the reader of the table, for example "28 to 31"
    /// and "14.2 (mean frame)".
    public mutating func add(_ name: String, _ value: Double?, expected: String = "", baseline: String = "") {
        rows.append(Row(name: name, value: value ?? .nan, expected: expected, baseline: baseline))
    }

    /// Adds all rows of another report.
    public mutating func add(_ other: ValidationReport) { rows += other.rows }

    /// Prints the table, and writes `url`, one flat JSON object of name to number (null where there is none), and beside it the
    /// table as printed: `validation.txt` beside `validation.json`.
    /// - Throws: `FileError`.
    public func finish(writing url: URL) throws {
        print(table)
        let object = Dictionary(rows.map { ($0.name, $0.value.isFinite ? $0.value : nil as Double?) }, uniquingKeysWith: { $1 })
        let set = FileSet()
        try set.add([Data((json(object) + "\n").utf8)], to: url)
        try set.add([Data((table + "\n").utf8)], to: url.deletingPathExtension().appendingPathExtension("txt"))
        try set.commit()
    }

    private var table: String {
        let header = ["metric", "value", "expected", "baseline"]
        let cells = rows.map { [$0.name, format($0.value), $0.expected, $0.baseline] }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max()! }
        let lines = [header, widths.map { String(repeating: "-", count: $0) }] + cells
        return lines.map { line in
            let padded = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
            return padded.replacingOccurrences(of: " +$", with: "", options: .regularExpression)
        }.joined(separator: "\n")
    }

    private func format(_ value: Double) -> String {
        guard !value.isNaN else { return "none" }
        return value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(format: abs(value) < 10 ? "%.3f" : "%.2f", value)
    }
}
