// Terminal.swift - how does a program take a whole terminal, and give it back as it was?
//
// Take: keys one by one and unseen instead of lines ("raw"), the other screen of the two that a terminal has, no cursor. Give
// back: whatever happens. A signal that ends the process gives back first, and so does a crash: else the learner's shell would
// type blindly. A signal that stops it (Ctrl-Z, SIGTSTP) gives back too, and `fg` takes again.

import Foundation
import SafeTensors
import Training

enum Terminal {
    private nonisolated(unsafe) static var original = termios()
    private nonisolated(unsafe) static var isTaken = false
    /// Set when the screen was lost and taken again: what was on it must be drawn anew.
    nonisolated(unsafe) static var needsDrawing = false

    /// - Throws: `TrainingError` when there is no terminal to play in.
    static func check() throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw TrainingError("play: input or output is not a terminal; start it in one, or play in a browser with --web")
        }
        let kind = ProcessInfo.processInfo.environment["TERM"] ?? ""
        guard !["", "dumb"].contains(kind) else {
            throw TrainingError("play: a terminal of TERM='\(kind)' shows no pictures; use another, or --web for a browser")
        }
    }

    static func take() throws {
        guard tcgetattr(STDIN_FILENO, &original) == 0 else {
            let reason = String(cString: strerror(errno))
            throw TrainingError("play: cannot read the settings of the terminal (\(reason)); play in a browser with --web")
        }
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGFPE] {
            signal(number) { number in
                Terminal.giveBack()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        // SIGBUS has its last words already (SafeTensors/MappedFiles.swift); they belong on the learner's screen.
        beforeLastWords = { Terminal.giveBack() }
        signal(SIGTSTP) { _ in
            Terminal.giveBack()
            signal(SIGTSTP, SIG_DFL)
            raise(SIGTSTP)      // waits until this handler has ended, and then stops the process
        }
        signal(SIGCONT) { _ in Terminal.isLost = true }
        enter()
    }

    /// The process was stopped and goes on: true until the terminal is taken again.
    private nonisolated(unsafe) static var isLost = false

    /// Takes the terminal again after `fg`.
    private static func takeAgain() {
        isLost = false
        // In the background nobody may touch it; the next SIGCONT comes with `fg`.
        guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return }
        signal(SIGTSTP) { _ in
            Terminal.giveBack()
            signal(SIGTSTP, SIG_DFL)
            raise(SIGTSTP)
        }
        enter()
        needsDrawing = true
    }

    private static func enter() {
        isTaken = true
        var raw = original
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
        write("\u{1B}[?1049h\u{1B}[?25l")      // the other screen, cursor off
    }

    /// As the terminal would have done it for a program that had not taken it (Ctrl-Z).
    static func stop() { raise(SIGTSTP) }

    /// May be called twice, and from a signal handler: it uses nothing but system calls.
    static func giveBack() {
        guard isTaken else { return }
        isTaken = false
        let end: StaticString = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"
        _ = Foundation.write(STDOUT_FILENO, end.utf8Start, end.utf8CodeUnitCount)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &original)
    }

    /// In character cells.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress!, $0.count) }
            if count < 0 && errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }

    /// What was typed, after waiting at most `seconds` for it; nil when nothing will ever come again.
    static func read(waiting seconds: Double) -> [UInt8]? {
        if isLost { takeAgain() }
        var file = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&file, 1, Int32(seconds * 1000)) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Foundation.read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0 { return errno == EINTR ? [] : nil }
        return count == 0 ? nil : Array(bytes.prefix(count))
    }
}
