// LocalPage.swift - what has to be true of a request before a page of ours answers it?
//
// It comes from this machine, and from the page itself. Any page in the browser may send to this machine, but the browser says where it
// came from. A request that makes no sense gets one line of text that says why.

import Foundation
import Pictures

/// A page for the browsers of this machine. `WebServer` asks it one question after the other.
public protocol LocalPage: AnyObject {
    /// - Throws: `Refusal`; any other error is a 400 with what the error says.
    func answer(_ method: String, _ path: String, _ body: Data) throws -> HTTPAnswer
}

/// A request that makes no sense.
public struct Refusal: Error {
    let status: Int, reason: String
    public init(_ status: Int, _ reason: String) { (self.status, self.reason) = (status, reason) }
}

extension LocalPage {
    public func answer(_ request: HTTPRequest) -> HTTPAnswer {
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
            guard origin.lowercased() == "http://" + host.lowercased() else {
                throw Refusal(403, "only the page itself may ask, not '\(origin.prefix(80))'")
            }
        }
        if let site = request.headers["sec-fetch-site"], !["same-origin", "none"].contains(site), request.method != "GET" {
            throw Refusal(403, "only the page itself may ask")
        }
        // And what it may send without asking first is never JSON.
        let type =
            (request.headers["content-type"] ?? "").lowercased().split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) }
            ?? ""
        let isForm = type == "application/x-www-form-urlencoded" && request.headers["origin"] != nil
        guard request.method != "POST" || !(type == "text/plain" || type.hasPrefix("multipart/") || isForm) else {
            throw Refusal(415, "a question is application/json, not \(type.prefix(80))")
        }
    }

    /// "127.0.0.1:8080", "[::1]:8080", "LocalHost".
    private func isLoopback(_ host: String) -> Bool {
        let end = host.hasPrefix("[") ? host.firstIndex(of: "]").map(host.index(after:)) : host.firstIndex(of: ":")
        let name = host[..<(end ?? host.endIndex)], rest = host[(end ?? host.endIndex)...]
        return ["127.0.0.1", "localhost", "[::1]"].contains(name.lowercased())
            && (rest.isEmpty || rest.hasPrefix(":") && UInt16(rest.dropFirst()) != nil)
    }

    /// What the body asks.
    /// - Throws: `Refusal` with an example.
    public func read<Question: Decodable>(_: Question.Type, _ body: Data, example: String) throws -> Question {
        do { return try JSONDecoder().decode(Question.self, from: body) } catch {
            throw Refusal(400, "the body is not what was expected: JSON such as \(example)")
        }
    }
}

extension HTTPAnswer {
    public static func json(_ answer: some Encodable) throws -> HTTPAnswer {
        HTTPAnswer(try JSONEncoder().encode(answer), type: "application/json")
    }
}

extension Image {
    /// A PNG that stands in the text itself.
    public func dataURL() throws -> String { "data:image/png;base64," + (try pngData()).base64EncodedString() }
}
