// HTTP.swift - what does a browser say, and what may it not say?
//
//   POST /step HTTP/1.1          a method and a path
//   Host: 127.0.0.1:8080         headers: lines of name and value
//   Content-Length: 21
//                                an empty line
//   {"action": "forward"}        as many bytes as were announced
//
// No more of the protocol (RFC 9112) is spoken here than a page on the same machine needs, and everything has a limit: a request that is
// longer is refused before it is read.

import Foundation

/// A request, whole.
public struct HTTPRequest {
    public let method, path: String
    /// By their names in lower case.
    public let headers: [String: String]
    public let body: Data
}

/// An answer.
public struct HTTPAnswer {
    public var status = 200
    public var type = "text/plain; charset=utf-8"
    public var body: Data

    /// One line that says why not.
    public init(_ status: Int, _ reason: String) { (self.status, body) = (status, Data((reason + "\n").utf8)) }
    public init(_ body: Data, type: String) { (self.type, self.body) = (type, body) }

    func bytes(closing: Bool) -> Data {
        let names = [200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
                     413: "Content Too Large", 415: "Unsupported Media Type", 431: "Request Header Fields Too Large"]
        let head =
            "HTTP/1.1 \(status) \(names[status] ?? "Error")\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\nCache-Control: "
                + "no-store\r\n"
            + "X-Content-Type-Options: nosniff\r\nConnection: \(closing ? "close" : "keep-alive")\r\n\r\n"
        return Data(head.utf8) + body
    }
}

/// What stands in the bytes that a connection has sent so far.
enum HTTPReading {
    /// Not all of a request yet; `wantsLeave` when the client waits to be told that it may send the body.
    case incomplete(wantsLeave: Bool)
    /// A request, how many bytes it took, and whether it is the connection's last.
    case request(HTTPRequest, length: Int, isLast: Bool)
    /// Nothing that is answered otherwise than by this; the connection ends.
    case refused(HTTPAnswer)

    static let longestHead = 16_384, longestBody = 4096

    init(_ bytes: [UInt8]) {
        // The empty line: two line ends in a row.
        let limit = min(bytes.count, HTTPReading.longestHead)
        guard
            let end = (0 ..< max(0, limit - 3)).first(where: {
                bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
            })
        else {
            self = bytes.count < HTTPReading.longestHead
                ? .incomplete(wantsLeave: false) : .refused(HTTPAnswer(431, "at most \(HTTPReading.longestHead) bytes of headers are read"))
            return
        }
        let nonsense = HTTPReading.refused(HTTPAnswer(400, "this is not HTTP as browsers speak it"))
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard first.count == 3, first[2] == "HTTP/1.1" || first[2] == "HTTP/1.0", !first[0].isEmpty,
            first[0].allSatisfy({ $0.isASCII && $0.isUppercase })
        else {
            self = nonsense
            return
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { self = nonsense; return }
            let name = line[..<colon].lowercased()
            let isName =
                !name.isEmpty && name.utf8.allSatisfy { (97 ... 122).contains($0) || (48 ... 57).contains($0) || [45, 95].contains($0) }
            let isTwice = headers[name] != nil && ["host", "content-length", "origin", "content-type"].contains(name)
            guard isName, !isTwice else { self = nonsense; return }
            headers[name] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        guard headers["transfer-encoding"] == nil else {
            self = .refused(HTTPAnswer(411, "the length of a body is said before it is sent")); return
        }
        var length = 0
        if let text = headers["content-length"] {
            guard !text.isEmpty, text.utf8.allSatisfy({ (48 ... 57).contains($0) }) else { self = nonsense; return }
            guard let count = Int(text), count <= HTTPReading.longestBody else {
                self = .refused(HTTPAnswer(413, "at most \(HTTPReading.longestBody) bytes are read")); return
            }
            length = count
        }
        guard bytes.count >= end + 4 + length else {
            self = .incomplete(wantsLeave: headers["expect"]?.lowercased() == "100-continue" && bytes.count == end + 4)
            return
        }
        let path = String(first[1].prefix { $0 != "?" && $0 != "#" }),
            isLast = first[2] == "HTTP/1.0" || headers["connection"]?.lowercased() == "close"
        let request = HTTPRequest(method: first[0], path: path, headers: headers, body: Data(bytes[end + 4 ..< end + 4 + length]))
        self = .request(request, length: end + 4 + length, isLast: isLast)
    }
}
