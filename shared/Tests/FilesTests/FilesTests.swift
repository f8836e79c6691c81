// FilesTests.swift - do files come whole or not at all, and does nothing get lost that lay beside them?

import CommandTesting
import Files
import XCTest

final class FilesTests: FolderTestCase {
    private func text(_ name: String) -> String? { try? String(contentsOf: file(name), encoding: .utf8) }

    func testASetChangesNothingUntilAllOfItIsWritten() throws {
        for name in ["a", "b"] { try writeAtomically(Data("old".utf8), to: file(name)) }
        do {
            let set = FileSet()
            try set.add([Data("new".utf8)], to: file("a"))
            XCTAssertThrowsError(try set.add([Data("new".utf8)], to: file("no folder/b")))
            XCTAssertEqual(text("a"), "old")
        }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted(), ["a", "b"], "what was begun is gone")
        let set = FileSet()
        for name in ["a", "b"] { try set.add([Data("n".utf8), Data("ew".utf8)], to: file(name)) }
        try set.commit()
        XCTAssertEqual([text("a"), text("b")], ["new", "new"])
    }

    func testNobodyWritesThroughALink() throws {
        try Data("precious".utf8).write(to: file("precious"))
        try FileManager.default.createSymbolicLink(at: file(".a.partial"), withDestinationURL: file("precious"))
        try writeAtomically(Data("new".utf8), to: file("a"))
        XCTAssertEqual(text("precious"), "precious")
        XCTAssertEqual(text("a"), "new")
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted(), ["a", "precious"])
    }

    func testLeftoversOfTheDeadMakeRoomAndOthersDoNot() throws {
        let leftovers = [".a.safetensors.partial", ".samples.png.partial", ".a.safetensors.4711-1.partial"],
            others = [".notes.partial", "b.png.partial", ".git"]
        for name in leftovers + others { try Data("x".utf8).write(to: file(name)) }
        XCTAssertEqual(leftovers.map { isLeftover(file($0).path) }, [true, true, true])
        XCTAssertEqual(others.map { isLeftover(file($0).path) }, [false, false, false])
        try writeAtomically(Data("new".utf8), to: file("a.safetensors"))
        XCTAssertEqual(text("a.safetensors"), "new")
        XCTAssertNil(text(".a.safetensors.partial"))
        removeLeftovers(in: folder.path)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted(), (others + ["a.safetensors"]).sorted())
    }

    /// Two that write the same name at once: both succeed, and the last counts.
    func testTwoWritersOfOneName() throws {
        let one = FileSet(), other = FileSet()
        try one.add([Data("one".utf8)], to: file("a.png"))
        try other.add([Data("other".utf8)], to: file("a.png"))
        XCTAssertFalse(isLeftover(file(".a.png.partial").path), "it is being written")
        removeLeftovers(in: folder.path)
        try other.commit()
        XCTAssertEqual(text("a.png"), "other")
        try one.commit()
        XCTAssertEqual(text("a.png"), "one")
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["a.png"])
        DispatchQueue.concurrentPerform(iterations: 64) { i in
            try! writeAtomically(Data("writer \(i)".utf8), to: file("b.png"))
        }
        XCTAssertEqual(text("b.png")?.hasPrefix("writer "), true)
    }

    func testPipesAndDevicesAreNoFiles() throws {
        XCTAssertEqual(mkfifo(file("pipe").path, 0o600), 0)
        for url in [file("pipe"), URL(fileURLWithPath: "/dev/zero"), folder!] {
            XCTAssertThrowsError(try readFile(url)) { XCTAssertTrue("\($0)".contains("not a file"), "\($0)") }
        }
        try Data(count: 100).write(to: file("a"))
        XCTAssertEqual(try readFile(file("a")).count, 100)
        XCTAssertThrowsError(try readFile(file("a"), atMost: 99))
    }

    func testALockNamesWhoHoldsIt() throws {
        var first = try FileLock(file("lock"))
        XCTAssertNotNil(first)
        XCTAssertThrowsError(try FileLock(file("lock"))) {
            XCTAssertEqual(($0 as? FileLockHeld)?.process, getpid())
            XCTAssertEqual(($0 as? FileLockHeld)?.who, "process \(getpid())")
        }
        first = nil
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("lock").path))
        XCTAssertNotNil(try FileLock(file("lock")))
        // Left behind by a kill: nobody holds it.
        try Data("1\n".utf8).write(to: file("old"))
        XCTAssertNotNil(try FileLock(file("old")))
        try FileManager.default.createSymbolicLink(at: file("link"), withDestinationURL: file("lock"))
        XCTAssertNil(try FileLock(file("link")))
    }

    func testMessagesStayInOneLine() {
        XCTAssertEqual(printable("a red Kong, größer"), "a red Kong, größer")
        XCTAssertEqual(printable("a\u{1B}[2J\nb\r\u{9B}\u{202E}\u{7F}"), "a\\u{1b}[2J\\nb\\r\\u{9b}\\u{202e}\\u{7f}")
        XCTAssertEqual(shellQuoted("data/default"), "data/default")
        XCTAssertEqual(shellQuoted("my data"), "'my data'")
        XCTAssertEqual(shellQuoted("it's $(here)"), "'it'\\''s $(here)'")
        XCTAssertEqual(shellQuoted(""), "''")
    }
}
