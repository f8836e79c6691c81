// Ask.swift - a question to a page on this machine, as its own script would put it.

import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import XCTest

/// Asks, and waits for the answer.
/// - Parameter headers: besides Content-Type, which is JSON where there is a body.
/// - Throws: when there is none.
public func ask(_ method: String, _ url: URL, _ body: Data? = nil, headers: [String: String] = [:]) throws -> (status: Int, body: Data) {
    var request = URLRequest(url: url, timeoutInterval: 120)
    (request.httpMethod, request.httpBody) = (method, body)
    if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var result: (Int, Data)?
    URLSession.shared.dataTask(with: request) { data, response, _ in
        result = (response as? HTTPURLResponse).map { ($0.statusCode, data ?? Data()) }
        done.signal()
    }.resume()
    _ = done.wait(timeout: .now() + 130)
    return try XCTUnwrap(result, "no answer to \(method) \(url)")
}

extension StartedCommand {
    /// The address of the page, once it is served.
    public func address() throws -> URL {
        try waitUntil("the page is served", seconds: 120) { !process.isRunning || outputSoFar.contains("in a browser") }
        let word = outputSoFar.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("http://") }
        return try XCTUnwrap(word.flatMap { URL(string: String($0)) }, process.isRunning ? outputSoFar : finish().errors)
    }
}
