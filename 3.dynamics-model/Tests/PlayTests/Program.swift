// Program.swift - a program of this package, started as a learner would start it.

import CommandTesting
import Foundation
import XCTest

final class Program {
    private let process = Process(), output: URL, errors: URL

    /// Starts `arguments[0]` in the sample's folder; it has no terminal.
    init(_ arguments: [String], in folder: URL = Sample.folder) throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        (output, errors) = (place.appendingPathExtension("out"), place.appendingPathExtension("err"))
        for url in [output, errors] { FileManager.default.createFile(atPath: url.path, contents: nil) }
        process.executableURL = Program.folder.appendingPathComponent(arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    deinit {
        if process.isRunning { stop() }
        for url in [output, errors] { try? FileManager.default.removeItem(at: url) }
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var isRunning: Bool { process.isRunning }
    var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    func finish() -> (status: Int, output: String, errors: String) {
        process.waitUntilExit()
        let status = Int(process.terminationStatus)
        return (
            process.terminationReason == .exit ? status : -status, outputSoFar, (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        )
    }

    /// The address of the page, once it is served.
    func address() throws -> URL {
        try waitUntil("the page is served", seconds: 120) { !isRunning || outputSoFar.contains("in a browser") }
        let word = outputSoFar.split(separator: " ").first { $0.hasPrefix("http://") }
        return try XCTUnwrap(word.flatMap { URL(string: String($0)) }, finishedErrors)
    }

    private var finishedErrors: String { isRunning ? "" : finish().errors }

    /// Where SwiftPM puts programs and tests.
    static let folder: URL = {
        #if os(macOS)
        Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!.bundleURL.deletingLastPathComponent()
        #else
        Bundle.main.bundleURL
        #endif
    }()
}
