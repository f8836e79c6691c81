// Numbers.swift - two long rows of numbers should be the same: where are they not?
//
// XCTest prints both whole, and a few frames are 100 kB. Where this library is imported these take XCTest's place for arrays of Float:
// "12 of 3072 differ, first [768]: 0.25, expected 0.5".

import XCTest

public func XCTAssertEqual(
    _ a: @autoclosure () throws -> [Float], _ b: @autoclosure () throws -> [Float], _ message: @autoclosure () -> String = "",
    file: StaticString = #filePath, line: UInt = #line
) rethrows {
    let (a, b) = (try a(), try b())
    guard a != b else { return }
    guard a.count == b.count else { return XCTFail("\(a.count) numbers, expected \(b.count). \(message())", file: file, line: line) }
    let differing = a.indices.filter { a[$0] != b[$0] }, first = differing[0]
    XCTFail("\(differing.count) of \(a.count) differ, first [\(first)]: \(a[first]), expected \(b[first]). \(message())", file: file, line: line)
}

public func XCTAssertNotEqual(
    _ a: @autoclosure () throws -> [Float], _ b: @autoclosure () throws -> [Float], _ message: @autoclosure () -> String = "",
    file: StaticString = #filePath, line: UInt = #line
) rethrows {
    let (a, b) = (try a(), try b())
    if a == b { XCTFail("all \(a.count) are the same. \(message())", file: file, line: line) }
}
