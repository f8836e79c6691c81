// ConfigurationEdits.swift - is any number of a checkpoint's configuration believed?
//
// A configuration decides how much memory is set aside before a single weight is looked at. So every number of it is changed,
// one at a time, to numbers that no model has, to what is no number, and left out. Whoever opens the file refuses it in one line
// that names it, or makes something of it.

import Foundation
import XCTest

/// Opens the model at `url` with each number of its configuration changed; the file is as it was afterwards.
/// - Parameter open: opens it and, where that succeeds, uses it a little.
public func assertNoNumberIsBelieved(in url: URL, testFile: StaticString = #filePath, line: UInt = #line, open: () throws -> Void) throws {
    let whole = try Data(contentsOf: url), size = whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try XCTUnwrap(JSONSerialization.jsonObject(with: whole.dropFirst(8).prefix(size)) as? [String: Any])
    let metadata = try XCTUnwrap(header["__metadata__"] as? [String: String])
    let configuration = try JSONSerialization.jsonObject(with: Data(try XCTUnwrap(metadata["configuration"]).utf8))
    defer { try? whole.write(to: url) }
    try open()
    let edits = edits(of: configuration)
    XCTAssertGreaterThan(edits.count, 20)
    for (what, edited) in edits {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: edited ?? [:]), as: UTF8.self)
        let json = try JSONSerialization.data(
            withJSONObject: header.merging(["__metadata__": metadata.merging(["configuration": text]) { $1 }]) { $1 })
        try (Data((0 ..< 8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }) + json + whole.dropFirst(8 + size)).write(to: url)
        let begin = Date()
        do { try open() } catch {
            let line_ = "\(error)"
            XCTAssertTrue(
                line_.contains(url.deletingLastPathComponent().lastPathComponent) && !line_.contains("\n"), "\(what): \(line_)",
                file: testFile, line: line)
        }
        XCTAssertLessThan(Date().timeIntervalSince(begin), 10, what, file: testFile, line: line)
    }
    var usage = rusage()
    getrusage(.init(0), &usage)
    #if os(Linux)
    XCTAssertLessThan(usage.ru_maxrss, 2 << 20, "kilobytes in all", file: testFile, line: line)
    #endif
}

/// Every way to change one number in a JSON value, and what was changed; nil instead of a value that is left out.
private func edits(of value: Any) -> [(what: String, edited: Any?)] {
    switch value {
    case is NSNumber:
        let others: [Any] = [-1, 0, 1, 65_536, 2_147_483_648, 1_000_000_000, 4_611_686_018_427_387_904, 1e300, "nan", NSNull()]
        return others.map { (" = \($0)", $0) } + [(" left out", nil)]
    case let object as [String: Any]:
        return object.sorted { $0.key < $1.key }.flatMap { key, value in
            edits(of: value).map {
                ("\(key)\($0.what)", $0.edited.map { object.merging([key: $0]) { $1 } } ?? object.filter { $0.key != key })
            }
        }
    case let list as [Any]:
        // The elements of a list are alike.
        guard let first = list.first else { return [] }
        return edits(of: first).map { ("[0]\($0.what)", ($0.edited.map { [$0] } ?? []) + list.dropFirst()) }
    default: return []
    }
}
