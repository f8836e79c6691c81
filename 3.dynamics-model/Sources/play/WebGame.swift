// WebGame.swift - what does the page ask, and what is it told?
//
//   GET  /          the page                 GET  /session   what can be done, and what there is to see
//   POST /step      {"action": "forward", "sample": true}  POST /restart   {}, or {"episode": 3}
//
// Each answer but the page is JSON, frames as PNG in data URLs. A request that makes no sense gets one line of text that says
// why. An actor answers one request after the other: two pages that are open at once drive the same dream and cannot tear it
// apart.

import Episodes
import FlyingFox
import Foundation
import Playing
import Training
import WorldModels

actor WebGame: HTTPHandler {
    private let session: Session, episodes: EpisodeSet?, first: Int
    /// No question is longer, in bytes.
    private static let longestBody = 4096

    init(_ session: Session, _ episodes: EpisodeSet?, first: Int) {
        (self.session, self.episodes, self.first) = (session, episodes, first)
    }

    /// A request that makes no sense.
    private struct Refusal: Error {
        let status: HTTPStatusCode, reason: String
        init(_ status: HTTPStatusCode, _ reason: String) { (self.status, self.reason) = (status, reason) }
    }

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            // Another site's script could use a name of its own that leads to this machine. It would send that name.
            let host = request.headers[.host]?.split(separator: ":").first.map(String.init) ?? ""
            guard ["127.0.0.1", "localhost"].contains(host) else {
                throw Refusal(.forbidden, "this page is at 127.0.0.1, not at '\(host.prefix(80))'")
            }
            var body = Data()
            for try await part in request.bodySequence {
                body += part
                guard body.count <= WebGame.longestBody else {
                    throw Refusal(.payloadTooLarge, "at most \(WebGame.longestBody) bytes are read")
                }
            }
            return try answer(request.method, request.path, body)
        } catch let refusal as Refusal {
            return response(Data((refusal.reason + "\n").utf8), "text/plain; charset=utf-8", refusal.status)
        }
    }

    private func answer(_ method: HTTPMethod, _ path: String, _ body: Data) throws -> HTTPResponse {
        switch (path, method) {
        case ("/", .GET):
            return response(Data(PackageResources.page_html), "text/html; charset=utf-8")
        case ("/session", .GET):
            return try response(SessionAnswer(session, episodes: episodes?.episodes.count ?? 0))
        case ("/step", .POST):
            struct Question: Decodable { var action: String, sample: Bool? }
            let question = try read(Question.self, body, example: #"{"action": "forward"}"#)
            guard let command = session.world.commands.first(where: { $0.name == question.action }) else {
                let names = session.world.commands.map(\.name).joined(separator: ", ")
                throw Refusal(.badRequest, "no action is called '\(question.action.prefix(80))'; there are \(names)")
            }
            // Samples or the mean: the page says it with each step.
            if let sample = question.sample { session.sampling.temperature = sample ? 1 : 0 }
            session.step(command)
            return try response(MomentAnswer(session.moment))
        case ("/restart", .POST):
            struct Question: Decodable { var episode: Int? }
            let question = try read(Question.self, body, example: #"{"episode": 3}"#)
            if let episode = question.episode {
                guard let episodes else { throw Refusal(.badRequest, "this dream begins with a picture; there are no episodes") }
                do { session.begin(at: try Start(episode: episode, at: first, in: episodes, for: session.world)) } catch {
                    throw Refusal(.badRequest, "\(error)")
                }
            } else { session.restart() }
            return try response(SessionAnswer(session, episodes: episodes?.episodes.count ?? 0))
        case ("/", _), ("/session", _): throw Refusal(.methodNotAllowed, "\(path) takes GET")
        case ("/step", _), ("/restart", _): throw Refusal(.methodNotAllowed, "\(path) takes POST")
        default: throw Refusal(.notFound, "there is nothing at \(path.prefix(80))")
        }
    }

    private func read<Question: Decodable>(_: Question.Type, _ body: Data, example: String) throws -> Question {
        do { return try JSONDecoder().decode(Question.self, from: body) } catch {
            throw Refusal(.badRequest, "the body is not what was expected: JSON such as \(example)")
        }
    }

    private func response(_ answer: some Encodable) throws -> HTTPResponse {
        response(try JSONEncoder().encode(answer), "application/json")
    }

    private func response(_ body: Data, _ type: String, _ status: HTTPStatusCode = .ok) -> HTTPResponse {
        HTTPResponse(statusCode: status, headers: [.contentType: type, .cacheControl: "no-store"], body: body)
    }
}
