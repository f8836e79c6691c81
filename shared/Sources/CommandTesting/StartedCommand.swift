// StartedCommand.swift - how does a test run a command as a learner would, and see all that it did?
//
// The programs that SwiftPM built beside the tests, in a process of their own.

import Foundation

/// A command that was started.
public final class StartedCommand {
    public let process = Process()
    private let output: URL, errors: URL

    /// Starts `arguments[0]` in `folder`: one of our programs, or any by its whole path. It has no terminal.
    public init(_ arguments: [String], in folder: URL, output pipe: Pipe? = nil) throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        (output, errors) = (place.appendingPathExtension("out"), place.appendingPathExtension("err"))
        for url in [output, errors] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
        process.executableURL = arguments[0].hasPrefix("/") ? URL(fileURLWithPath: arguments[0]) : StartedCommand.program(arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.currentDirectoryURL = folder
        // A crash should be quick: no stack trace.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        if let pipe { process.standardOutput = pipe } else { process.standardOutput = try FileHandle(forWritingTo: output) }
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    deinit {
        if process.isRunning { kill() }
        for url in [output, errors] { try? FileManager.default.removeItem(at: url) }
    }

    public var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Waits until `condition`, or the end of the command.
    public func wait(until condition: () -> Bool) {
        while process.isRunning && !condition() { usleep(500) }
    }

    /// Waits for the end. `status` is negative after a signal.
    @discardableResult
    public func finish() -> (status: Int, output: String, errors: String) {
        process.waitUntilExit()
        let status = Int(process.terminationStatus), complaints = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        return (process.terminationReason == .exit ? status : -status, outputSoFar, complaints)
    }

    public func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Where one of our programs is.
    public static func program(_ name: String) -> URL { products.appendingPathComponent(name) }

    /// Where SwiftPM puts programs and tests.
    private static var products: URL {
        #if os(macOS)
        Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!.bundleURL.deletingLastPathComponent()
        #else
        Bundle.main.bundleURL
        #endif
    }
}
