// WebTests.swift - does the page's server answer what makes sense, refuse what does not, and stay on this machine?

import CommandTesting
import WorldModels
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import Pictures
import Playing
import XCTest

final class WebTests: XCTestCase {
    private var program: StartedCommand!, address: URL!

    override func setUpWithError() throws {
        program = try StartedCommand(["play", "--data", "data", "--start", "2", "--sampling-steps", "2", "--web", "--port", "0"])
        address = try program.address()
    }

    override func tearDownWithError() throws { program?.kill() }    // XCTest keeps every test, and with it its program, to the end

    /// Asks, and waits for the answer.
    private func ask(
        _ method: String, _ path: String, _ body: Data? = nil, host: String? = nil, headers: [String: String] = [:]
    ) throws -> (status: Int, body: Data) {
        try CommandTesting.ask(
            method, URL(string: path, relativeTo: address)!, body, headers: headers.merging(host.map { ["Host": $0] } ?? [:]) { $1 })
    }

    private func json(_ method: String, _ path: String, _ body: String? = nil) throws -> [String: Any] {
        let answer = try ask(method, path, body.map { Data($0.utf8) })
        XCTAssertEqual(answer.status, 200, String(decoding: answer.body, as: UTF8.self))
        return try XCTUnwrap(JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    }

    private func picture(_ url: Any?) throws -> Image {
        let text = try XCTUnwrap(url as? String), start = "data:image/png;base64,"
        XCTAssertTrue(text.hasPrefix(start))
        return try Image(pngData: try XCTUnwrap(Data(base64Encoded: String(text.dropFirst(start.count)))), name: "an answer")
    }

    func testTheDreamIsTheOneOfTheLibrary() throws {
        let page = try ask("GET", "/")
        XCTAssertTrue(page.status == 200 && String(decoding: page.body, as: UTF8.self).contains("<title>Driving in a dream</title>"))
        let session = try json("GET", "/session"), mine = try Sample.session()
        let keys = (session["buttons"] as? [[String: Any]])?.compactMap { $0["key"] as? String }
        XCTAssertEqual(keys, [" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"])
        let first = try XCTUnwrap(session["moment"] as? [String: Any])
        XCTAssertEqual(try picture((first["pictures"] as? [String: Any])?["none"]), Sample.episodes.episodes[0].image(5))

        for name in ["turn left", "forward"] {
            let moment = try json("POST", "/step", #"{"action": "\#(name)"}"#)
            mine.step(Sample.command(name))
            let pictures = try XCTUnwrap(moment["pictures"] as? [String: Any])
            for overlay in Overlay.allCases { XCTAssertEqual(try picture(pictures[overlay.rawValue]), mine.moment.picture(with: overlay)) }
            XCTAssertEqual(try picture(moment["simulated"]), mine.moment.simulated)
            XCTAssertEqual((moment["confidences"] as? [Any])?.count, 64)
            XCTAssertEqual(moment["number"] as? Int, mine.moment.number)
        }
        let again = try json("POST", "/restart", "{}")
        XCTAssertEqual((again["moment"] as? [String: Any])?["number"] as? Int, 0)
        XCTAssertEqual(try json("POST", "/restart", #"{"episode": 1}"#)["start"] as? String, "episode 1, frames 2 to 5")
    }

    func testTwoWorldsAreDrivenByTheSameKeys() throws {
        XCTAssertEqual(try json("GET", "/session")["allRuns"] as? [String], ["default", "second"])
        let both = try json("POST", "/worlds", #"{"runs": ["default", "second"]}"#), mine = try Sample.session(),
            other = try Sample.session(of: Sample.second)
        XCTAssertEqual(both["runs"] as? [String], ["default", "second"])
        func pictures(_ moment: [String: Any]) throws -> [Image] {
            try ([moment] + (moment["others"] as? [[String: Any]] ?? [])).map { try picture(($0["pictures"] as? [String: Any])?["none"]) }
        }
        func start(_ episode: Int) -> [Image] { [0, 1].map { _ in Sample.episodes.episodes[episode].image(5) } }
        XCTAssertEqual(try pictures(try XCTUnwrap(both["moment"] as? [String: Any])), start(0))
        for name in ["turn left", "forward"] {
            let moment = try json("POST", "/step", #"{"action": "\#(name)"}"#)
            for session in [mine, other] { session.step(Sample.command(name)) }
            XCTAssertEqual(try pictures(moment), [mine.moment.picture, other.moment.picture])
            XCTAssertNotEqual(mine.moment.picture, other.moment.picture)
        }
        let there = try json("POST", "/restart", #"{"episode": 1}"#)
        XCTAssertEqual(try pictures(try XCTUnwrap(there["moment"] as? [String: Any])), start(1))
        // The other alone, where the first was.
        let alone = try json("POST", "/worlds", #"{"runs": ["second"]}"#)
        XCTAssertEqual(alone["start"] as? String, "episode 1, frames 2 to 5")
        XCTAssertEqual(try pictures(try XCTUnwrap(alone["moment"] as? [String: Any])).count, 1)
    }

    func testNonsenseIsRefusedInOneLine() throws {
        let deep = String(repeating: "[", count: 4000)
        let cases: [(String, String, String?, Int)] = [
            ("GET", "/nowhere", nil, 404), ("GET", "/../../etc/passwd", nil, 404), ("GET", "/%ff%00", nil, 404),
            ("POST", "/", "{}", 405), ("GET", "/step", nil, 405), ("DELETE", "/restart", nil, 405), ("PUT", "/session", "x", 405),
            ("POST", "/step", nil, 400), ("POST", "/step", "{", 400), ("POST", "/step", "{}", 400), ("POST", "/step", deep, 400),
            ("POST", "/step", #"{"action": 3}"#, 400), ("POST", "/step", #"{"action": "fly"}"#, 400),
            ("POST", "/step", #"["turn left"]"#, 400),
            ("POST", "/step", #"{"action": "stop", "temperature": 2.5}"#, 400),
            ("POST", "/step", #"{"action": "stop", "temperature": "hot"}"#, 400),
            ("POST", "/restart", #"{"episode": 7}"#, 400), ("POST", "/restart", #"{"episode": -1}"#, 400),
            ("POST", "/restart", #"{"episode": 1e99}"#, 400), ("POST", "/restart", #"{"episode": "x"}"#, 400),
            ("POST", "/worlds", "{}", 400), ("POST", "/worlds", #"{"runs": []}"#, 400), ("POST", "/worlds", #"{"runs": ["nowhere"]}"#, 400),
            ("POST", "/worlds", #"{"runs": ["default", "../default"]}"#, 400), ("GET", "/worlds", nil, 405),
            ("POST", "/step", String(repeating: " ", count: 100_000), 413),
        ]
        for (method, path, body, status) in cases {
            let answer = try ask(method, path, body.map { Data($0.utf8) }), text = String(decoding: answer.body, as: UTF8.self)
            XCTAssertEqual(answer.status, status, "\(method) \(path) \(body?.prefix(40) ?? ""): \(text)")
            XCTAssertEqual(text.split(separator: "\n").count, 1, text)
        }
        XCTAssertEqual(try ask("GET", "/session", host: "elsewhere.example").status, 403)

        // What is no HTTP at all, and bodies that are not what their length says: the connection ends, the server does not.
        for nonsense in ["\r\n\r\n", "hello\r\n\r\n", "GET\r\n\r\n", "POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                         "POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
                         "POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000000000000\r\n\r\nx",
                         "POST /step HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                         "GET / HTTP/1.1\r\n\u{0}\u{1}: \u{ff}\r\n\r\n"] {
            try send(nonsense)
        }
        XCTAssertEqual((try json("POST", "/step", #"{"action": "stop"}"#))["number"] as? Int, 1, "nonsense moves nothing")
        XCTAssertTrue(program.process.isRunning)
    }

    /// Any page in the browser may send to this machine; only ours is obeyed.
    func testOtherPagesAreNotObeyed() throws {
        let step = Data(#"{"action": "forward"}"#.utf8), port = address.port!
        for origin in [
            "http://evil.example", "null", "https://127.0.0.1:\(port)", "http://127.0.0.1", "http://127.0.0.1:1",
            "http://127.0.0.1:\(port).evil.example",
        ] {
            XCTAssertEqual(try ask("POST", "/step", step, headers: ["Origin": origin]).status, 403, origin)
            XCTAssertEqual(try ask("POST", "/restart", Data("{}".utf8), headers: ["Origin": origin]).status, 403, origin)
        }
        for type in ["text/plain", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x"] {
            XCTAssertEqual(try ask("POST", "/step", step, headers: ["Content-Type": type]).status, 415, type)
        }
        for host in ["LOCALHOST:\(port)", "[::1]:\(port)", "127.0.0.1"] {
            XCTAssertEqual(try ask("GET", "/session", host: host).status, 200, host)
        }
        for host in ["127.0.0.1.evil.example", "localhost.evil.example:\(port)", "[::1", "[::2]:\(port)"] {
            XCTAssertEqual(try ask("GET", "/session", host: host).status, 403, host)
        }
        XCTAssertEqual((try json("GET", "/session")["moment"] as? [String: Any])?["number"] as? Int, 0)
        XCTAssertEqual(try ask("POST", "/step", step, headers: ["Origin": "http://127.0.0.1:\(port)"]).status, 200)
    }

    /// Those that say nothing, and those that never come to an end, do not keep others out.
    func testSilentConnectionsAndEndlessHeaders() throws {
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        for _ in 0 ..< 200 { files.append(try connection()) }
        XCTAssertEqual(try ask("GET", "/session").status, 200)
        // Of two hundred that say nothing at most 64 are kept: the others were shown out.
        try waitUntil("at most 64 are kept") {
            files.filter { file in
                var state = pollfd(fd: file, events: Int16(POLLIN), revents: 0), byte: UInt8 = 0
                return poll(&state, 1, 0) == 0 || read(file, &byte, 1) > 0
            }.count <= 64
        }

        let endless = try connection()
        files.append(endless)
        signal(SIGPIPE, SIG_IGN)
        let line = "X-Header: " + String(repeating: "a", count: 1000) + "\r\n"
        _ = write(endless, "GET / HTTP/1.1\r\nHost: localhost\r\n", 35)
        for _ in 0 ..< 100 where write(endless, line, line.utf8.count) < 0 { break }
        var answer = [UInt8](repeating: 0, count: 40)
        XCTAssertGreaterThan(read(endless, &answer, answer.count), 0)
        XCTAssertTrue(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 431 "), String(decoding: answer, as: UTF8.self))
        XCTAssertEqual(try ask("GET", "/session").status, 200)
        XCTAssertTrue(program.process.isRunning)
    }

    /// Sends bytes and hangs up.
    private func send(_ text: String) throws {
        let file = try connection()
        defer { close(file) }
        XCTAssertEqual(write(file, text, text.utf8.count), text.utf8.count)
        usleep(50_000)
    }

    private func connection() throws -> Int32 {
        #if os(Linux)
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let file = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var place = sockaddr_in()
        (place.sin_family, place.sin_port) = (sa_family_t(AF_INET), UInt16(address.port!).bigEndian)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafePointer(to: &place) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(file, $0, size) } } == 0
        XCTAssertTrue(isOpen)
        return file
    }

    /// Two pages that are open at once get one step each for each press.
    func testStepsComeOneAfterTheOther() throws {
        let all = expectation(description: "all answers")
        all.expectedFulfillmentCount = 8
        let lock = NSLock()
        nonisolated(unsafe) var numbers: [Int] = []
        for _ in 0 ..< 8 {
            var request = URLRequest(url: address.appendingPathComponent("step"), timeoutInterval: 120)
            (request.httpMethod, request.httpBody) = ("POST", Data(#"{"action": "forward"}"#.utf8))
            URLSession.shared.dataTask(with: request) { data, _, _ in
                let moment = data.flatMap { try? JSONSerialization.jsonObject(with: $0) } as? [String: Any]
                lock.withLock { numbers.append(moment?["number"] as? Int ?? -1) }
                all.fulfill()
            }.resume()
        }
        wait(for: [all], timeout: 130)
        XCTAssertEqual(numbers.sorted(), Array(1 ... 8))
    }

    func testOnlyThisMachineIsAnsweredAndAPortIsHadOnce() throws {
        let taken = try StartedCommand(["play", "--data", "data", "--web", "--port", "\(address.port!)"]).finish()
        XCTAssertGreaterThan(taken.status, 0)
        XCTAssertEqual(taken.errors, "Error: play: port \(address.port!) is in use; choose another --port, or --port 0 for any free one\n")
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
        try XCTSkipIf(tables.isEmpty, "no /proc/net/tcp to read what is listened on")
        // Each line: number, own address:port, other address:port, state (0A: listening) ...
        let lines = tables.flatMap { $0.split(separator: "\n") }.map { $0.split(separator: " ") }
        let listening = lines.filter { $0.count > 3 && $0[3] == "0A" }
        let ours = listening.map { $0[1] }.filter { $0.hasSuffix(String(format: ":%04X", address.port!)) }
        // 127.0.0.1, and ::1 where the machine has it.
        let loopback = ["0100007F", "00000000000000000000000001000000"].map { Substring($0 + String(format: ":%04X", address.port!)) }
        XCTAssertTrue(ours.contains(loopback[0]) && Set(ours).isSubset(of: loopback), "\(ours)")
    }
}

/// A fresh clone: no run, no episodes, only the weights that came with the workbook.
final class FirstEveningTests: XCTestCase {
    func testThePretrainedWorldStartsWithoutRunAndWithoutEpisodes() throws {
        let folder = try makeTemporaryFolder()
        Sample.write(Sample.world, to: folder.appendingPathComponent("pretrained"))
        let program = try StartedCommand(["play", "--sampling-steps", "2", "--web", "--port", "0"], in: folder)
        let address = try program.address()
        let session = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(contentsOf: address.appendingPathComponent("session"))) as? [String: Any])
        XCTAssertEqual(session["runs"] as? [String], ["pretrained"])
        XCTAssertEqual(session["allRuns"] as? [String], ["pretrained"])
        XCTAssertEqual(session["episodes"] as? Int, 6)
        XCTAssertEqual(session["hasSimulator"] as? Bool, true)
        program.kill()
        let notes = program.finish().errors.split(separator: "\n")
        XCTAssertEqual(notes.count, 2, "one line for what was not there: \(notes)")
        XCTAssertTrue(notes[0].contains("pretrained weights") && notes[1].contains("recorded"), "\(notes)")
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["pretrained"], "nothing was written")

        // Asked for by name it needs no line; and a run or episodes that somebody named are not replaced by others.
        let arguments = ["imagine", "--run", "pretrained", "--actions", "left*2", "--sampling-steps", "2"]
        let film = try StartedCommand(arguments, in: folder).finish()
        XCTAssertEqual(film.status, 0, film.errors)
        XCTAssertEqual(film.errors.split(separator: "\n").count, 1, film.errors)
        XCTAssertTrue(film.output.contains("checkpoints/pretrained/imagination.gif"), film.output)
        for arguments in [["imagine", "--run", "mine"], ["imagine", "--data", "nowhere"]] {
            let (status, _, errors) = try StartedCommand(arguments, in: folder).finish()
            XCTAssertTrue(status > 0 && errors.contains(arguments[2]), errors)
        }
    }
}
