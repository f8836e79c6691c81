// FolderTestCase.swift - where may a test write, and how does an error read?

import Foundation
import XCTest

/// Tests that write: each has an empty folder.
open class FolderTestCase: XCTestCase {
    public private(set) var folder: URL!

    open override func setUpWithError() throws { folder = try makeTemporaryFolder() }

    public func file(_ path: String) -> URL { folder.appendingPathComponent(path) }
}

extension XCTestCase {
    /// An empty folder that is removed when the test ends.
    public func makeTemporaryFolder() throws -> URL {
        let folder = try newFolder()
        addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        return folder
    }

    /// `body` must throw one line that holds all of `words`.
    public func assertThrows<Value>(
        _ words: String..., file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Value
    ) {
        XCTAssertThrowsError(try body(), file: file, line: line) { error in
            let text = "\(error)"
            XCTAssertFalse(text.contains("\n"), text, file: file, line: line)
            for word in words { XCTAssertTrue(text.contains(word), "'\(word)' is not in: \(text)", file: file, line: line) }
        }
    }
}

/// A folder that several tests share, filled once and removed when the tests end.
public func makeSharedFolder(_ fill: (URL) throws -> Void) -> URL {
    let folder = try! newFolder()
    try! fill(folder)
    if removedAtExit.isEmpty { atexit { for url in removedAtExit { try? FileManager.default.removeItem(at: url) } } }
    removedAtExit.append(folder)
    return folder
}

private nonisolated(unsafe) var removedAtExit: [URL] = []

private func newFolder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
}
