// TerminalTests.swift - does `play` draw in a terminal, listen to keys, and leave the terminal as it found it, whichever way it
// ends?

import CommandTesting
import XCTest

final class TerminalTests: XCTestCase {
    func testWithoutATerminalItSaysSo() throws {
        let (status, output, errors) = try StartedCommand(["play", "--data", "data"]).finish()
        XCTAssertGreaterThan(status, 0)
        XCTAssertEqual(output, "")
        XCTAssertEqual(errors, "Error: play: input or output is not a terminal; start it in one, or play in a browser with --web\n")
    }

    func testKeysAndTheWaysOut() throws {
        let tmux = try Tmux()
        defer { tmux.end() }
        try tmux.play()
        let start = tmux.screen
        XCTAssertTrue(start.contains("▀") && start.contains("38;2;"), "no true color half blocks")
        XCTAssertEqual(tmux.ask("#{cursor_flag} #{alternate_on}"), "0 1")
        try tmux.press("Left", expecting: "frame 1   turn left")
        let left = tmux.screen
        XCTAssertNotEqual(picture(left), picture(start))
        try tmux.press("Space", expecting: "frame 2   stop")
        try tmux.press("r", expecting: "frame 0   start: episode 0")
        XCTAssertEqual(picture(tmux.screen), picture(start))
        try tmux.press("Right", expecting: "frame 1   turn right")
        XCTAssertNotEqual(picture(tmux.screen), picture(left))
        try tmux.press("c", expecting: "blue: unsure")
        try tmux.press("c", expecting: "orange: filled in late")
        try tmux.press("c", expecting: "q quit")
        try tmux.press("s", expecting: "frame 1")
        try tmux.press("n", expecting: "start: episode 1")
        try tmux.run("resize-window", "-x", "60", "-y", "16")
        try waitUntil("the smaller window is drawn") { picture(tmux.screen).count == 14 && tmux.screen.contains("episode 1") }
        try tmux.press("Up", expecting: "frame 1   forward")
        // q and Ctrl-C are keys; two signals that others send; and a crash.
        let signals = ["TERM": SIGTERM, "HUP": SIGHUP, "SEGV": SIGSEGV]
        for (way, status) in [("q", "0"), ("C-c", "0"), ("TERM", "143"), ("HUP", "129"), ("SEGV", "139")] {
            if way != "q" { try tmux.play() }
            if let signal = signals[way] { kill(try tmux.process(), signal) } else { try tmux.run("send-keys", way) }
            XCTAssertEqual(try tmux.read("status"), status, way)
            // Without the first line: the window has been resized.
            let settings = try ["after", "before"].map { try tmux.read($0).split(separator: "\n").dropFirst().joined(separator: "\n") }
            XCTAssertEqual(settings[0], settings[1], "\(way): the settings of the terminal")
            try waitUntil("the terminal is given back after \(way)") { tmux.ask("#{cursor_flag} #{alternate_on}") == "1 0" }
        }
        // Stopped by a signal, or by Ctrl-Z, it gives the terminal back; `fg` takes it again, and draws.
        try tmux.play()
        for way in ["TSTP", "C-z"] {
            if way == "TSTP" { kill(try tmux.process(), SIGTSTP) } else { try tmux.run("send-keys", way) }
            try waitUntil("the terminal is given back after \(way)") { tmux.ask("#{cursor_flag} #{alternate_on}") == "1 0" }
            try tmux.run("send-keys", "fg", "Enter")
            try waitUntil("it is taken again after \(way)") {
                tmux.ask("#{cursor_flag} #{alternate_on}") == "0 1" && tmux.screen.contains("▀")
            }
        }
    }

    /// The lines of half blocks.
    private func picture(_ screen: String) -> [Substring] { screen.split(separator: "\n").filter { $0.contains("▀") } }
}

/// A terminal that a test can type into and look at.
private final class Tmux {
    private let server = Process()
    private let program: String, name = "workbook-\(UUID().uuidString)", folder = Sample.folder.appendingPathComponent(UUID().uuidString)

    init() throws {
        guard let program = findProgram("tmux") else { throw XCTSkip("no tmux here; install it to test `play` in a terminal") }
        self.program = program
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // The server in the foreground, as a child of this process: one that a first command left behind would hold that command's files
        // open, and nobody would hear that it has ended.
        server.executableURL = URL(fileURLWithPath: program)
        server.arguments = ["-u", "-L", name, "-f", "/dev/null", "-D"]
        server.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]) { $1 }
        server.currentDirectoryURL = Sample.folder
        server.standardInput = FileHandle.nullDevice
        try server.run()
        let socket = "\(ProcessInfo.processInfo.environment["TMUX_TMPDIR"] ?? "/tmp")/tmux-\(getuid())/\(name)"
        try waitUntil("tmux listens") { FileManager.default.fileExists(atPath: socket) }
        try run("new-session", "-d", "-x", "80", "-y", "30", "sh")
    }

    func end() { try? run("kill-server") }

    @discardableResult
    func run(_ arguments: String...) throws -> String {
        let process = Process(), answer = folder.appendingPathComponent("answer")
        _ = FileManager.default.createFile(atPath: answer.path, contents: nil)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-u", "-L", name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.currentDirectoryURL = Sample.folder
        process.standardOutput = try FileHandle(forWritingTo: answer)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let output = try Data(contentsOf: answer)
        XCTAssertEqual(process.terminationStatus, 0, "tmux \(arguments)")
        return String(decoding: output, as: UTF8.self)
    }

    /// What is to be seen, with colors.
    var screen: String { (try? run("capture-pane", "-e", "-p")) ?? "" }
    func ask(_ format: String) -> String { ((try? run("display-message", "-p", format)) ?? "").trimmingCharacters(in: .newlines) }

    /// Starts the game, and asks the shell to note the terminal's settings before and after.
    func play() throws {
        for file in ["status", "before", "after", "process"] {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(file))
        }
        let there = folder.lastPathComponent, game = StartedCommand.program("play").path
        let line =
            "clear; stty -a > \(there)/before; sh -c 'echo $$ > \(there)/process; exec \(game) --data data --start 2 --sampling-steps 2'; "
            + "echo $? > \(there)/status; stty -a > \(there)/after.new; mv \(there)/after.new \(there)/after"
        try run("send-keys", line, "Enter")
        try waitUntil("the game is drawn", seconds: 120) { ask("#{alternate_on}") == "1" && screen.contains("frame 0") }
    }

    func press(_ key: String, expecting text: String) throws {
        try run("send-keys", key)
        try waitUntil("\(key) leads to '\(text)'") { screen.contains(text) }
    }

    /// What the shell wrote into a file after the game.
    func read(_ file: String) throws -> String {
        try waitUntil("the game has ended") { FileManager.default.fileExists(atPath: folder.appendingPathComponent("after").path) }
        return try text(file)
    }

    func process() throws -> Int32 { try XCTUnwrap(Int32(try text("process"))) }

    private func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}
