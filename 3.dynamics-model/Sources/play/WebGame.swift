// WebGame.swift - what does the page ask, and what is it told?
//
//   GET  /          the page                 GET  /session   what can be done, and what there is to see
//   POST /step      {"action": "forward", "temperature": 1}  POST /restart   {}, or {"episode": 3}
//   POST /worlds    {"runs": ["default", "pretrained"]}: one world, or two side by side
//
// Two worlds begin with the same frames and are driven by the same keys: what does one make of a command, and what the other? The answer
// about the first holds the other's.
//
// Each answer but the page is JSON, frames as PNG in data URLs. One is answered after the other: two pages that are open at once drive
// the same dream and cannot tear it apart.

import Episodes
import Foundation
import LocalPages
import Playing
import Training
import WorldModels

final class WebGame: LocalPage {
    private let shelf: Shelf, episodes: EpisodeSet?, beginning: StartOptions
    /// The dreams that are driven, one or two, and the runs that they are of.
    private var sessions: [Session], runs: [String]
    /// Where they begin: an episode, or the picture of the command line.
    private var episode: Int?

    init(_ shelf: Shelf, _ run: String, _ start: Start, _ episodes: EpisodeSet?, _ beginning: StartOptions) throws {
        (self.shelf, self.episodes, self.beginning, runs) = (shelf, episodes, beginning, [run])
        episode = episodes == nil ? nil : beginning.episode
        sessions = [Session(try shelf.world(run), from: start, beginning.sampling, seed: beginning.seed)]
    }

    func answer(_ method: String, _ path: String, _ body: Data) throws -> HTTPAnswer {
        switch (path, method) {
        case ("/", "GET"):
            return HTTPAnswer(Data(PackageResources.page_html), type: "text/html; charset=utf-8")
        case ("/session", "GET"):
            return try .json(session())
        case ("/step", "POST"):
            struct Question: Decodable { var action: String, temperature: Float? }
            let question = try read(Question.self, body, example: #"{"action": "forward"}"#)
            guard let command = sessions[0].world.commands.first(where: { $0.name == question.action }) else {
                let names = sessions[0].world.commands.map(\.name).joined(separator: ", ")
                throw Refusal(400, "no action is called '\(question.action.prefix(80))'; there are \(names)")
            }
            // The mean (0), samples (1), or what lies between: the page says it with each step.
            if let temperature = question.temperature, !(0 ... 2).contains(temperature) {
                throw Refusal(400, "a temperature is 0 to 2, not \(temperature)")
            }
            for session in sessions {
                if let temperature = question.temperature { session.sampling.temperature = session.world.drawsSamples ? temperature : 0 }
                session.step(session.world.commands.first { $0.name == command.name }!)
            }
            return try .json(moment())
        case ("/restart", "POST"):
            struct Question: Decodable { var episode: Int? }
            let question = try read(Question.self, body, example: #"{"episode": 3}"#)
            if let episode = question.episode {
                guard episodes != nil else { throw Refusal(400, "this dream begins with a picture; there are no episodes") }
                let starts = try sessions.map { try start(of: $0.world, in: episode) }     // all, before any session moves
                for (session, start) in zip(sessions, starts) { session.begin(at: start) }
                self.episode = episode
            } else { sessions.forEach { $0.restart() } }
            return try .json(session())
        case ("/worlds", "POST"):
            struct Question: Decodable { var runs: [String] }
            let question = try read(Question.self, body, example: #"{"runs": ["default"]}"#)
            guard (1 ... 2).contains(question.runs.count) else { throw Refusal(400, "one world, or two side by side") }
            try choose(question.runs)
            return try .json(session())
        case ("/", _), ("/session", _): throw Refusal(405, "\(path) takes GET")
        case ("/step", _), ("/restart", _), ("/worlds", _): throw Refusal(405, "\(path) takes POST")
        default: throw Refusal(404, "there is nothing at \(path.prefix(80))")
        }
    }

    /// Other worlds, at the same start.
    private func choose(_ names: [String]) throws {
        let worlds: [any WorldModel]
        do { worlds = try names.map(shelf.world) } catch { throw Refusal(400, "\(error)") }
        let commands = worlds.map { Set($0.commands.map(\.name)) }
        guard commands[0].isSubset(of: commands.last!) else {
            let unknown = commands[0].subtracting(commands[1]).sorted().joined(separator: ", ")
            throw Refusal(400, "'\(names[1])' does not know what '\(names[0])' is asked: \(unknown)")
        }
        let sampling = sessions[0].sampling
        sessions = try worlds.map { world in
            var own = sampling
            // Beside a world that hears words there may be one that does not.
            own.words = beginning.words.flatMap { (try? world.check(words: $0)) == nil ? nil : $0 }
            return Session(world, from: try start(of: world, in: episode), own, seed: beginning.seed)
        }
        runs = names
    }

    private func start(of world: any WorldModel, in episode: Int?) throws -> Start {
        do {
            if let episode, let episodes { return try Start(episode: episode, at: beginning.start, in: episodes, for: world) }
            return try beginning.first(of: nil, for: world)
        } catch { throw Refusal(400, "\(error)") }
    }

    private func moment() throws -> MomentAnswer {
        try MomentAnswer(sessions[0].moment, others: sessions.dropFirst().map { try MomentAnswer($0.moment) })
    }

    private func session() throws -> SessionAnswer {
        SessionAnswer(sessions[0], runs: runs, of: shelf.names, episodes: episodes?.episodes.count ?? 0, moment: try moment())
    }
}
