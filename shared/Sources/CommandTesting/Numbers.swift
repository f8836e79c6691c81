// Numbers.swift - two long rows of numbers should be the same: where are they not?
//
// XCTest prints both whole, and a few frames are 100 kB. Where this library is imported these take XCTest's place for arrays of Float:
// "12 of 3072 differ, first [768]: 0.25, expected 0.5".

import XCTest

public func XCTAssertEqual(
    _ a: @autoclosure () throws -> [Float], _ b: @autoclosure () throws -> [Float], _ message: @autoclosure () -> String = "",
    file: StaticString = #filePath, line: UInt = #line
) {
    compare(a, b, file, line) { a, b in
        guard a != b else { return nil }
        guard a.count == b.count else { return "\(a.count) numbers, expected \(b.count). \(message())" }
        let differing = a.indices.filter { a[$0] != b[$0] }, first = differing[0]
        return "\(differing.count) of \(a.count) differ, first [\(first)]: \(a[first]), expected \(b[first]). \(message())"
    }
}

public func XCTAssertNotEqual(
    _ a: @autoclosure () throws -> [Float], _ b: @autoclosure () throws -> [Float], _ message: @autoclosure () -> String = "",
    file: StaticString = #filePath, line: UInt = #line
) {
    compare(a, b, file, line) { a, b in a == b ? "all \(a.count) are the same. \(message())" : nil }
}

/// Fails with the complaint, if there is one, or with the error of whoever could not make the numbers.
private func compare(
    _ a: () throws -> [Float], _ b: () throws -> [Float], _ file: StaticString, _ line: UInt, _ complaint: ([Float], [Float]) -> String?
) {
    do {
        if let complaint = complaint(try a(), try b()) { XCTFail(complaint, file: file, line: line) }
    } catch { XCTFail("\(error)", file: file, line: line) }
}
