// InWords.swift - what does a test say to somebody who has just written ten lines, and one of them is wrong?
//
// What was asked, what came out, what should have: in one line, with the first few numbers only. `shared/scripts/exercise` shows these
// lines and nothing else.

import XCTest

/// Fails unless the numbers are equal up to `tolerance` · max(1, |number|).
public func expect(
    _ found: [Float], _ wanted: [Float], within tolerance: Float = 1e-4, _ question: String,
    file: StaticString = #filePath, line: UInt = #line
) {
    guard found.count == wanted.count else {
        let complaint = "you give \(found.count) numbers \(start(found)), wanted are \(wanted.count) \(start(wanted))"
        return XCTFail("\(question): \(complaint)", file: file, line: line)
    }
    guard let i = found.indices.first(where: { !(abs(found[$0] - wanted[$0]) <= tolerance * max(1, abs(wanted[$0]))) }) else { return }
    let place = found.count == 1 ? "" : ", number \(i) of \(start(found))"
    XCTFail("\(question): you give \(found[i])\(place), wanted is \(wanted[i])", file: file, line: line)
}

/// The same for one number.
public func expect(
    _ found: Double, _ wanted: Double, within tolerance: Double = 1e-4, _ question: String,
    file: StaticString = #filePath, line: UInt = #line
) {
    if abs(found - wanted) <= tolerance * max(1, abs(wanted)) { return }
    XCTFail("\(question): you give \(found), wanted is \(wanted)", file: file, line: line)
}

public func expect(
    _ found: Float, _ wanted: Float, within tolerance: Float = 1e-4, _ question: String, file: StaticString = #filePath, line: UInt = #line
) {
    expect([found], [wanted], within: tolerance, question, file: file, line: line)
}

/// Fails unless both are the same: whole numbers, names, lists of them.
public func expect<Value: Equatable>(
    exactly found: Value, _ wanted: Value, _ question: String, file: StaticString = #filePath, line: UInt = #line
) {
    if found != wanted { XCTFail("\(question): you give \(found), wanted is \(wanted)", file: file, line: line) }
}

/// Fails with `complaint` unless it holds.
public func expect(_ holds: Bool, _ complaint: String, file: StaticString = #filePath, line: UInt = #line) {
    if !holds { XCTFail(complaint, file: file, line: line) }
}

private func start(_ numbers: [Float]) -> String {
    "[" + numbers.prefix(6).map { "\($0)" }.joined(separator: ", ") + (numbers.count > 6 ? ", ...]" : "]")
}
