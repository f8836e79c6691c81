// TrainingProgress.swift - what does a learner see while waiting?

import Foundation

/// One line that is written over itself on a terminal, or a plain line now and then when the output goes to a file.
public final class TrainingProgress {
    private let total: Int, tokensPerStep: Int
    private let begin = Date(), isTerminal = isatty(STDOUT_FILENO) == 1
    private let firstStep: Int
    private var lastWrite = Date.distantPast

    /// - Parameters:
    ///   - start: the step that the run begins with (not 0 when it was resumed).
    ///   - tokensPerStep: what the rate is counted in.
    public init(start: Int, total: Int, tokensPerStep: Int) {
        (firstStep, self.total, self.tokensPerStep) = (start, total, tokensPerStep)
    }

    /// Call after each step with the steps done so far.
    public func update(_ step: Int, loss: Double) {
        let interval = isTerminal ? 0.2 : 15
        guard Date().timeIntervalSince(lastWrite) > interval || step == total else { return }
        lastWrite = Date()
        let rate = Double(step - firstStep) / max(1e-9, Date().timeIntervalSince(begin))
        let line = String(
            format: "step %d/%d  loss %.5f  %.0f tokens/s  %@ left", step, total, loss,
            rate * Double(tokensPerStep), duration(Double(total - step) / max(rate, 1e-9)))
        if isTerminal {
            print("\r\u{1B}[K" + line, terminator: step == total ? "\n" : "")
        } else {
            print(line)
        }
        fflush(stdout)
    }

    /// A line of its own, above the progress line.
    public func note(_ text: String) {
        print(isTerminal ? "\r\u{1B}[K" + text : text)
        lastWrite = .distantPast
        fflush(stdout)
    }

    public var seconds: Double { Date().timeIntervalSince(begin) }
}

/// "42 s", "3 min 20 s", "1 h 5 min".
public func duration(_ seconds: Double) -> String {
    let s = Int(seconds.isFinite ? min(seconds.rounded(), 1e15) : 0)
    if s < 60 { return "\(s) s" }
    return s < 3600 ? "\(s / 60) min \(s % 60) s" : "\(s / 3600) h \(s / 60 % 60) min"
}
