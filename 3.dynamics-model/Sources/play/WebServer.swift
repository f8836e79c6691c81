// WebServer.swift - the page's door: on loopback, so that no other machine can knock.

import FlyingFox
import FlyingSocks
import Foundation
import Training

enum WebServer {
    /// Serves the game until the process ends.
    /// - Throws: `TrainingError` when the port cannot be had.
    static func run(_ game: WebGame, port: UInt16) async throws {
        let loopback = try sockaddr_in.inet(ip4: "127.0.0.1", port: port)
        let server = HTTPServer(address: loopback, timeout: 60, logger: .disabled, handler: game)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await server.waitUntilListening(timeout: 60)
                    guard case .ip4(_, let port)? = await server.listeningAddress else { return }
                    print("open http://127.0.0.1:\(port) in a browser; Ctrl-C ends it")
                    fflush(stdout)
                }
                for try await _ in group {}
            }
        } catch let SocketError.failed(_, code, message) {
            let reason = code == EADDRINUSE ? "is in use" : "cannot be had (\(message))"
            throw TrainingError("play: port \(port) \(reason); choose another --port, or --port 0 for any free one")
        }
    }
}
