// Interrupt.swift - what if somebody has had enough, or the terminal is closed, or the machine is to go down?
//
// Ctrl-C (SIGINT), a polite kill (SIGTERM) and a terminal that is closed (SIGHUP) all ask the loop to save and stop. The second Ctrl-C ends
// the process. A pipe that nobody reads any more (`| head -1`) is no reason to stop: training goes on, unseen.

import ArgumentParser
import Foundation

public enum Interrupt {
    private nonisolated(unsafe) static var requested: sig_atomic_t = 0

    private nonisolated(unsafe) static var isWatching = false

    public static func watch() {
        guard !isWatching else { return }
        isWatching = true
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            // `nohup` wants its signal ignored.
            sigaction(number, nil, &action)
            if isIgnored(action) { continue }
            signal(number) { number in
                Interrupt.requested = sig_atomic_t(number)
                signal(number, SIG_DFL)
            }
        }
    }

    public static var isRequested: Bool { requested != 0 }

    /// As if the signal had ended the process: a script that was interrupted with it must not go on to the next stage.
    public static var exitCode: ExitCode { ExitCode(128 + Int32(requested)) }

    private static func isIgnored(_ action: sigaction) -> Bool {
        #if canImport(Glibc)
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        #else
        unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        #endif
    }
}
