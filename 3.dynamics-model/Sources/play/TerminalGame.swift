// TerminalGame.swift - the terminal: read keys, imagine, draw, again.

import Episodes
import Foundation
import Pictures
import Playing
import Training
import WorldModels

struct TerminalGame {
    private let session: Session, episodes: EpisodeSet?, first: Int, keys: [String: Command]
    private var episode: Int
    private var overlay = Overlay.none, showsSimulator = false
    /// What went wrong with the last key, if anything.
    private var complaint = ""

    init(_ session: Session, _ episodes: EpisodeSet?, _ beginning: StartOptions) {
        (self.session, self.episodes, episode, first) = (session, episodes, beginning.episode, beginning.start)
        let commands = session.world.commands
        let pairs = zip(Keys.keys(for: commands), commands).compactMap { key, command in key.map { ($0, command) } }
        keys = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    mutating func run() throws {
        try Terminal.take()
        defer { Terminal.giveBack() }
        var typed: [UInt8] = [], size = Terminal.size
        draw()
        while let bytes = Terminal.read(waiting: 0.25) {
            typed += bytes
            let taken = Keys.take(from: &typed)
            if taken.contains("q") { return }
            if taken.contains("stop") { Terminal.stop() }
            taken.forEach { handle($0) }
            // A key that is held sends faster than the model imagines: of the driving keys that came meanwhile, the last counts.
            if let command = taken.last(where: { keys[$0] != nil }).flatMap({ keys[$0] }) { session.step(command) }
            if !taken.isEmpty || size != Terminal.size || Terminal.needsDrawing {
                (size, Terminal.needsDrawing) = (Terminal.size, false)
                draw()
            }
        }
    }

    private mutating func handle(_ key: String) {
        complaint = ""
        switch key {
        case "r": session.restart()
        case "c": overlay = overlay.next
        case "s": showsSimulator.toggle()
        case "m": session.sampling.temperature = session.sampling.temperature == 0 ? 1 : 0
        case "n":
            guard let episodes else { break }
            episode = (episode + 1) % episodes.episodes.count
            do { session.begin(at: try Start(episode: episode, at: first, in: episodes, for: session.world)) } catch {
                complaint = "\(error)"
            }
        default: break
        }
    }

    /// The picture as large as the terminal allows, and two lines below it.
    private func draw() {
        let (columns, rows) = Terminal.size, moment = session.moment
        let simulated = showsSimulator ? moment.simulated : nil
        let gap = 2, width = simulated == nil ? columns : (columns - gap) / 2
        let side = max(2, min(width, 2 * (rows - 2)) / 2 * 2)
        var picture = moment.picture(with: overlay).resized(width: side, height: side)
        if let simulated { picture = picture.beside(simulated.resized(width: side, height: side), gap: gap, background: .black) }

        var parts = ["frame \(moment.number)"]
        if let action = moment.action { parts.append(action.name) }
        if let sure = moment.meanConfidence {
            parts.append(String(format: "%.1f frames/s, confidence %.2f", moment.framesPerSecond, sure))
        }
        if moment.number == 0 { parts.append("start: " + session.start.name) }
        if moment.isBlocked && showsSimulator { parts.append("simulator: blocked") }
        if showsSimulator && simulated == nil { parts.append("no simulator for this start") }
        if overlay != .none { parts.append(overlay.caption) }
        if session.world.drawsSamples { parts.append(session.sampling.temperature == 0 ? "the mean" : "samples") }
        let help =
            (keys["ArrowUp"] == nil ? "1-9 act" : "arrows, space") + "  r again  n next start  c overlay  s simulator"
            + (session.world.drawsSamples ? "  m sample" : "") + "  q quit"
        let words = [complaint.isEmpty ? parts.joined(separator: "   ") : complaint, help].map { String($0.prefix(columns)) }
        let lines = picture.halfBlocks() + words

        // Each line at its own place: no line feed, no scrolling. ESC [ K clears the rest of the line, ESC [ J the rest of the
        // screen.
        let placed = lines.prefix(rows).enumerated().map { row, line in "\u{1B}[\(row + 1);1H" + line + "\u{1B}[K" }
        Terminal.write(placed.joined() + "\u{1B}[J")
    }
}
