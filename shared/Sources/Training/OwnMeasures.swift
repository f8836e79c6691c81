// OwnMeasures.swift - what can only one family of models say of itself?
//
// Every family is measured with the same yardsticks by commands that do not know which it is. Beside those a tokenizer with a codebook can
// say how much of it is in use, and a masked model in which order it fills a frame.

import Pictures

/// Rows for the table of a validation, and pictures under the names of their files.
public struct OwnMeasures {
    public var rows = ValidationReport()
    public var pictures: [(name: String, picture: Image)] = []
    /// What the family's default run brings of what all are measured by: the text of the column "expected", by metric.
    public var expected: [String: String] = [:]

    public init() {}

    /// More rows and pictures.
    public mutating func add(_ more: OwnMeasures) {
        rows.add(more.rows)
        pictures += more.pictures
    }
}
