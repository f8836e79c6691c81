// PyTorch.swift - who is the opponent? The same model in PyTorch, in a process of its own that waits for its turn.
//
// A script of this folder, which answers each line on its standard input with one line of JSON.

import Foundation

public final class PyTorch {
    private let process = Process(), input = Pipe(), output = Pipe()
    /// What it complains of goes here.
    private let errors = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    /// Starts `script` and waits for its first line; nil, and a line on standard error, when there is none: perhaps this Python
    /// has no PyTorch.
    public init?(python: String, script: String, _ arguments: [String]) {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, folder.appendingPathComponent(script).standardizedFileURL.path] + arguments
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle(forWritingAtPath: errors.path)
        signal(SIGPIPE, SIG_IGN)  // should it end, that must not end us
        guard (try? process.run()) != nil else { return nil }
        guard readLine() != nil else {
            complain("\(script) does not start")
            return nil
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.waitUntilExit() }
        try? FileManager.default.removeItem(at: errors)
    }

    /// Sends one line and reads the answer; nil, and a line on standard error, when the script has ended.
    public func ask<Answer: Decodable>(_ request: String, as _: Answer.Type) -> Answer? {
        try? input.fileHandleForWriting.write(contentsOf: Data((request + "\n").utf8))
        let answer = readLine().flatMap { try? JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
        if answer == nil { complain("no answer to '\(request)'") }
        return answer
    }

    /// The last line of what Python said is the reason.
    private func complain(_ what: String) {
        let reason = (try? String(contentsOf: errors, encoding: .utf8))?.split(separator: "\n").last ?? "it has ended"
        FileHandle.standardError.write(Data("PyTorch: \(what): \(reason)\n".utf8))
    }

    private func readLine() -> String? {
        var line = Data()
        while true {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            if byte.isEmpty { return nil }
            if byte[0] == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }
}
