// WebGame.swift - what does the page ask, and what is it told?
//
//   GET  /          the page                 GET  /session   what can be done, and what there is to see
//   POST /step      {"action": "forward", "sample": true}  POST /restart   {}, or {"episode": 3}
//   POST /worlds    {"runs": ["default", "pretrained"]}: one world, or two side by side
//
// Two worlds begin with the same frames and are driven by the same keys: what does one make of a command, and what the other? The answer about the
// first holds the other's.
//
// Each answer but the page is JSON, frames as PNG in data URLs. A request that makes no sense gets one line of text that says
// why. One is answered after the other: two pages that are open at once drive the same dream and cannot tear it apart. And no
// page but ours is obeyed: any page in the browser may send to this machine, but the browser says where it came from.

import Episodes
import Foundation
import Playing
import Training
import WorldModels

final class WebGame {
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

    /// A request that makes no sense.
    private struct Refusal: Error {
        let status: Int, reason: String
        init(_ status: Int, _ reason: String) { (self.status, self.reason) = (status, reason) }
    }

    func answer(_ request: HTTPRequest) -> HTTPAnswer {
        do {
            try checkSender(request)
            return try answer(request.method, request.path, request.body)
        } catch let refusal as Refusal {
            return HTTPAnswer(refusal.status, refusal.reason)
        } catch { return HTTPAnswer(400, "\(error)") }
    }

    private func checkSender(_ request: HTTPRequest) throws {
        // Another site's script could use a name of its own that leads to this machine. It would send that name.
        let host = request.headers["host"] ?? ""
        guard isLoopback(host) else { throw Refusal(403, "this page is at 127.0.0.1, not at '\(host.prefix(80))'") }
        // Or send straight to this machine, without being able to read the answer. Then the browser says whose script it is.
        if let origin = request.headers["origin"] {
            guard origin.lowercased() == "http://" + host.lowercased() else { throw Refusal(403, "only the page itself may ask, not '\(origin.prefix(80))'") }
        }
        if let site = request.headers["sec-fetch-site"], !["same-origin", "none"].contains(site), request.method != "GET" {
            throw Refusal(403, "only the page itself may ask")
        }
        // And what it may send without asking first is never JSON.
        let type = (request.headers["content-type"] ?? "").lowercased().split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        let isForm = type == "application/x-www-form-urlencoded" && request.headers["origin"] != nil
        guard request.method != "POST" || !(type == "text/plain" || type.hasPrefix("multipart/") || isForm) else {
            throw Refusal(415, "a question is application/json, not \(type.prefix(80))")
        }
    }

    /// "127.0.0.1:8080", "[::1]:8080", "LocalHost".
    private func isLoopback(_ host: String) -> Bool {
        let end = host.hasPrefix("[") ? host.firstIndex(of: "]").map(host.index(after:)) : host.firstIndex(of: ":")
        let name = host[..<(end ?? host.endIndex)], rest = host[(end ?? host.endIndex)...]
        return ["127.0.0.1", "localhost", "[::1]"].contains(name.lowercased()) && (rest.isEmpty || rest.hasPrefix(":") && UInt16(rest.dropFirst()) != nil)
    }

    private func answer(_ method: String, _ path: String, _ body: Data) throws -> HTTPAnswer {
        switch (path, method) {
        case ("/", "GET"):
            return HTTPAnswer(Data(PackageResources.page_html), type: "text/html; charset=utf-8")
        case ("/session", "GET"):
            return try response(session())
        case ("/step", "POST"):
            struct Question: Decodable { var action: String, sample: Bool? }
            let question = try read(Question.self, body, example: #"{"action": "forward"}"#)
            guard let command = sessions[0].world.commands.first(where: { $0.name == question.action }) else {
                let names = sessions[0].world.commands.map(\.name).joined(separator: ", ")
                throw Refusal(400, "no action is called '\(question.action.prefix(80))'; there are \(names)")
            }
            // Samples or the mean: the page says it with each step.
            for session in sessions {
                if let sample = question.sample { session.sampling.temperature = sample && session.world.drawsSamples ? 1 : 0 }
                session.step(session.world.commands.first { $0.name == command.name }!)
            }
            return try response(moment())
        case ("/restart", "POST"):
            struct Question: Decodable { var episode: Int? }
            let question = try read(Question.self, body, example: #"{"episode": 3}"#)
            if let episode = question.episode {
                guard episodes != nil else { throw Refusal(400, "this dream begins with a picture; there are no episodes") }
                let starts = try sessions.map { try start(of: $0.world, in: episode) }     // all, before any session moves
                for (session, start) in zip(sessions, starts) { session.begin(at: start) }
                self.episode = episode
            } else { sessions.forEach { $0.restart() } }
            return try response(session())
        case ("/worlds", "POST"):
            struct Question: Decodable { var runs: [String] }
            let question = try read(Question.self, body, example: #"{"runs": ["default"]}"#)
            guard (1 ... 2).contains(question.runs.count) else { throw Refusal(400, "one world, or two side by side") }
            try choose(question.runs)
            return try response(session())
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
        sessions = try worlds.map { Session($0, from: try start(of: $0, in: episode), sessions[0].sampling, seed: beginning.seed) }
        runs = names
    }

    private func start(of world: any WorldModel, in episode: Int?) throws -> Start {
        do {
            if let episode, let episodes { return try Start(episode: episode, at: beginning.start, in: episodes, for: world) }
            return try beginning.first(of: nil, for: world)
        } catch { throw Refusal(400, "\(error)") }
    }

    private func moment() throws -> MomentAnswer { try MomentAnswer(sessions[0].moment, others: sessions.dropFirst().map { try MomentAnswer($0.moment) }) }

    private func session() throws -> SessionAnswer {
        SessionAnswer(sessions[0], runs: runs, of: shelf.names, episodes: episodes?.episodes.count ?? 0, moment: try moment())
    }

    private func read<Question: Decodable>(_: Question.Type, _ body: Data, example: String) throws -> Question {
        do { return try JSONDecoder().decode(Question.self, from: body) } catch {
            throw Refusal(400, "the body is not what was expected: JSON such as \(example)")
        }
    }

    private func response(_ answer: some Encodable) throws -> HTTPAnswer {
        HTTPAnswer(try JSONEncoder().encode(answer), type: "application/json")
    }
}
