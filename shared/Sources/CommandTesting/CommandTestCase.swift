// CommandTestCase.swift - what must hold for every command, of whatever stage?
//
// It succeeds and complains of nothing; or it refuses in one line, with an exit status that is no crash, and every file is as
// it was.

import Foundation
import SafeTensors
import XCTest

/// Tests of commands.
open class CommandTestCase: FolderTestCase {
    /// Starts a command in the test's folder.
    public func start(_ arguments: [String], output: Pipe? = nil) throws -> StartedCommand {
        try StartedCommand(arguments, in: folder, output: output)
    }

    /// Runs a command that must succeed; returns what it printed.
    @discardableResult
    public func succeed(_ arguments: [String], file: StaticString = #filePath, line: UInt = #line) throws -> String {
        let (status, output, errors) = try start(arguments).finish()
        XCTAssertEqual(status, 0, errors, file: file, line: line)
        XCTAssertEqual(errors, "", file: file, line: line)
        return output
    }

    /// Runs a command that must refuse: one line on standard error with all of `words`, an exit status that is no
    /// signal, and every file as it was.
    public func refuse(_ arguments: [String], _ words: String..., file: StaticString = #filePath, line: UInt = #line) throws {
        let before = contents()
        let (status, _, errors) = try start(arguments).finish()
        XCTAssertGreaterThan(status, 0, "no error, or a crash: \(errors)", file: file, line: line)
        // ArgumentParser adds lines on how the command is used.
        let additions = ["Help: ", "Usage: ", "  See "]
        let lines = errors.split(separator: "\n").filter { line in !additions.contains { line.hasPrefix($0) } }
        XCTAssertEqual(lines.count, 1, errors, file: file, line: line)
        for word in words { XCTAssertTrue(errors.contains(word), "'\(word)' is not in: \(errors)", file: file, line: line) }
        let after = contents()
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        XCTAssertEqual(changed.sorted(), [], "changed", file: file, line: line)
    }

    /// Runs a command on a disk that is full after `kilobytes` of a file: the nearest thing that a test may cause.
    public func runOnAFullDisk(_ arguments: [String], kilobytes: Int) throws -> (status: Int, output: String, errors: String) {
        let quoted = ([StartedCommand.program(arguments[0]).path] + arguments.dropFirst()).map {
            "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }
        // In blocks of 512 bytes; and a write beyond is an error, not a signal.
        return try start(["/bin/sh", "-c", "trap '' XFSZ; ulimit -f \(2 * kilobytes); exec " + quoted.joined(separator: " ")]).finish()
    }

    /// Interrupts a training that has begun, as Control-C does. It saves, says how to go on, and ends in a way that stops a script too.
    public func interrupt(
        _ arguments: [String], with signal: Int32 = SIGINT, says goOn: String, file: StaticString = #filePath, line: UInt = #line
    ) throws {
        let command = try start(arguments)
        command.wait { command.outputSoFar.contains("step 1/") }
        kill(command.process.processIdentifier, signal)
        let (status, output, errors) = command.finish()
        XCTAssertEqual(status, 128 + Int(signal), errors, file: file, line: line)
        XCTAssertTrue(output.contains("saved; go on with: \(goOn)\n"), output, file: file, line: line)
    }

    /// The step that a run's training state was saved at.
    public func savedStep(_ run: String = "default") throws -> Int {
        let state = try SafeTensorsFile(contentsOf: file("checkpoints/\(run)/training-state.safetensors"))
        return try XCTUnwrap(state.metadata["step"].flatMap { Int($0) })
    }

    /// Asserts that files of two runs are the same, byte for byte.
    public func assertSameFiles(
        _ names: [String], in run: String, and other: String, file: StaticString = #filePath, line: UInt = #line
    ) throws {
        for name in names {
            let both = try [run, other].map { try Data(contentsOf: self.file("checkpoints/\($0)/\(name)")) }
            XCTAssertTrue(both[0] == both[1], "\(name) of \(run) and \(other) differ", file: file, line: line)
        }
    }

    /// Every file below the folder.
    private func contents() -> [String: Data] {
        let paths = FileManager.default.enumerator(atPath: folder.path)!.compactMap { $0 as? String }
        return Dictionary(uniqueKeysWithValues: paths.compactMap { path in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: file(path).path, isDirectory: &isFolder)
            return isFolder.boolValue ? nil : (path, FileManager.default.contents(atPath: file(path).path) ?? Data())
        })
    }
}
