// Commands.swift - how does a test run a command as a learner would, and see all that it did?
//
// The programs that SwiftPM built beside the tests, in a folder of their own, on a data set that is recorded once.

import Foundation
import XCTest

/// A command that was started.
final class Command {
    let process = Process()
    private let output: URL, errors: URL

    /// Starts `arguments[0]` in `folder`.
    init(_ arguments: [String], in folder: URL, output pipe: Pipe? = nil) throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        (output, errors) = (place.appendingPathExtension("out"), place.appendingPathExtension("err"))
        for url in [output, errors] { FileManager.default.createFile(atPath: url.path, contents: nil) }
        process.executableURL = Command.products.appendingPathComponent(arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.currentDirectoryURL = folder
        // A crash should be quick: no stack trace.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        if let pipe { process.standardOutput = pipe } else { process.standardOutput = try FileHandle(forWritingTo: output) }
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    deinit { for url in [output, errors] { try? FileManager.default.removeItem(at: url) } }

    var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Waits until `condition`, or the end of the command.
    func wait(until condition: () -> Bool) {
        while process.isRunning && !condition() { usleep(500) }
    }

    /// Waits for the end. `status` is negative after a signal.
    @discardableResult
    func finish() -> (status: Int, output: String, errors: String) {
        process.waitUntilExit()
        let status = Int(process.terminationStatus)
        return (process.terminationReason == .exit ? status : -status, outputSoFar, (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Where SwiftPM puts programs and tests.
    private static var products: URL {
        #if os(macOS)
        Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!.bundleURL.deletingLastPathComponent()
        #else
        Bundle.main.bundleURL
        #endif
    }
}

/// Tests of commands: each has an empty folder.
class CommandTestCase: XCTestCase {
    var folder: URL!

    override func setUpWithError() throws { folder = try makeTemporaryFolder() }
    override func tearDownWithError() throws { try FileManager.default.removeItem(at: folder) }

    /// Four training episodes of 16 frames, two of each other split, 64x64. Never changed; `copyData` makes one to damage.
    static let data: URL = {
        let folder = try! makeTemporaryFolder()
        let record = try! Command(["episodes", "record", "--data", "data", "--rooms", "2", "--episodes", "4",
                                   "--validation-episodes", "2", "--frames", "16"], in: folder)
        precondition(record.finish().status == 0, "recording failed")
        removedAtExit = folder
        atexit { _ = removedAtExit.map { try? FileManager.default.removeItem(at: $0) } }
        return folder.appendingPathComponent("data")
    }()

    func copyData() throws -> URL {
        let copy = file("data")
        try FileManager.default.copyItem(at: Self.data, to: copy)
        return copy
    }

    func file(_ path: String) -> URL { folder.appendingPathComponent(path) }

    /// Training as small as it gets: two clips a step.
    func train(_ more: String..., data: URL = CommandTestCase.data) -> [String] {
        ["train-tokenizer", "--data", data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1"] + more
    }

    /// Runs a command that must succeed; returns what it printed.
    @discardableResult
    func succeed(_ arguments: [String], file: StaticString = #filePath, line: UInt = #line) throws -> String {
        let (status, output, errors) = try Command(arguments, in: folder).finish()
        XCTAssertEqual(status, 0, errors, file: file, line: line)
        XCTAssertEqual(errors, "", file: file, line: line)
        return output
    }

    /// Runs a command that must refuse: one line on standard error with all of `words`, an exit status that is no
    /// signal, and every file as it was.
    func refuse(_ arguments: [String], _ words: String..., file: StaticString = #filePath, line: UInt = #line) throws {
        let before = contents()
        let (status, _, errors) = try Command(arguments, in: folder).finish()
        XCTAssertGreaterThan(status, 0, "no error, or a crash: \(errors)", file: file, line: line)
        // ArgumentParser adds two lines on how the command is used.
        let lines = errors.split(separator: "\n").filter { !$0.hasPrefix("Usage: ") && !$0.hasPrefix("  See ") }
        XCTAssertEqual(lines.count, 1, errors, file: file, line: line)
        for word in words { XCTAssertTrue(errors.contains(word), "'\(word)' is not in: \(errors)", file: file, line: line) }
        let after = contents()
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        XCTAssertEqual(changed.sorted(), [], "changed", file: file, line: line)
    }

    /// Every file below the folder.
    private func contents() -> [String: Data] {
        let paths = FileManager.default.enumerator(atPath: folder.path)!.compactMap { $0 as? String }
        return Dictionary(uniqueKeysWithValues: paths.compactMap { path in
            var isFolder: ObjCBool = false
            FileManager.default.fileExists(atPath: file(path).path, isDirectory: &isFolder)
            return isFolder.boolValue ? nil : (path, FileManager.default.contents(atPath: file(path).path) ?? Data())
        })
    }
}

private nonisolated(unsafe) var removedAtExit: URL?

func makeTemporaryFolder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
}
