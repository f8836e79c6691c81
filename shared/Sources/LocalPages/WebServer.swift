// WebServer.swift - the page's door: on loopback, so that no other machine can knock.
//
// One thread that asks the operating system which of its connections has something to say (poll). Whoever says nothing is shown out, and
// so is whoever never comes to an end: the door stays open for the next, also when the system has no more descriptors to give.

import Foundation
import Training

public final class WebServer {
    private struct Connection {
        let file: Int32
        var input: [UInt8] = [], output = Data()
        /// When the last request was answered, or the connection was made.
        var since = Date()
        /// Nothing is read as a request any more: what is left to say is said, and then the other side hangs up, or we do.
        var isLeaving = false, saidGoodbye = false
    }

    private let page: any LocalPage, command: String
    private var doors: [Int32] = [], connections: [Connection] = []

    /// Seconds that a connection may take for its next request, and to hang up.
    private static let patience = 20.0, farewell = 2.0
    /// More are not served at once.
    private static let most = 64

    /// Serves the page until the process ends.
    /// - Parameter command: whose page it is, for the error message.
    /// - Throws: `TrainingError` when the port cannot be had.
    public static func run(_ page: any LocalPage, port: UInt16, of command: String) throws -> Never {
        signal(SIGPIPE, SIG_IGN)    // a browser that is closed while it is answered
        let server = WebServer(page, command)
        let port = try server.listen(port)
        print("open http://127.0.0.1:\(port) in a browser; Ctrl-C ends it")
        fflush(stdout)
        while true { server.turn() }
    }

    private init(_ page: any LocalPage, _ command: String) { (self.page, self.command) = (page, command) }

    /// Opens 127.0.0.1, and ::1 where the machine has it: a browser may take "localhost" for either.
    /// - Returns: the port.
    private func listen(_ port: UInt16) throws -> UInt16 {
        var place = sockaddr_in()
        (place.sin_family, place.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        guard let door = open(AF_INET, &place, MemoryLayout<sockaddr_in>.size) else {
            let reason = errno == EADDRINUSE ? "is in use" : "cannot be had (\(String(cString: strerror(errno))))"
            throw TrainingError("\(command): port \(port) \(reason); choose another --port, or --port 0 for any free one")
        }
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &place) { _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(door, $0, &size) } }
        var other = sockaddr_in6()
        (other.sin6_family, other.sin6_port, other.sin6_addr) = (sa_family_t(AF_INET6), place.sin_port, in6addr_loopback)
        doors = [door] + (open(AF_INET6, &other, MemoryLayout<sockaddr_in6>.size).map { [$0] } ?? [])
        return UInt16(bigEndian: place.sin_port)
    }

    private func open<Place>(_ family: Int32, _ place: inout Place, _ size: Int) -> Int32? {
        #if canImport(Glibc)
        let file = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let file = socket(family, SOCK_STREAM, 0)
        #endif
        guard file >= 0 else { return nil }
        var yes: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        if family == AF_INET6 { setsockopt(file, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, socklen_t(MemoryLayout<Int32>.size)) }
        let isOpen =
            withUnsafePointer(to: &place) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, socklen_t(size)) } } == 0
            && Foundation.listen(file, 64) == 0
        guard isOpen, prepare(file) else {
            let reason = errno
            close(file)
            errno = reason
            return nil
        }
        return file
    }

    /// Never waits, and is not handed on to other programs.
    private func prepare(_ file: Int32) -> Bool { fcntl(file, F_SETFL, O_NONBLOCK) == 0 && fcntl(file, F_SETFD, FD_CLOEXEC) == 0 }

    /// Waits until somebody has something to say, at most a second, and answers.
    private func turn() {
        var files = connections.map { pollfd(fd: $0.file, events: Int16($0.output.isEmpty ? POLLIN : POLLOUT), revents: 0) }
        files += doors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        poll(&files, nfds_t(files.count), 1000)
        let now = Date()
        for i in connections.indices {
            if files[i].revents != 0 { connections[i].output.isEmpty ? hear(&connections[i]) : speak(&connections[i]) }
            if now.timeIntervalSince(connections[i].since) > (connections[i].isLeaving ? WebServer.farewell : WebServer.patience) {
                hangUp(&connections[i])
            }
        }
        connections.removeAll { isClosed.contains($0.file) }
        isClosed = []
        for i in doors.indices where files[files.count - doors.count + i].revents != 0 { welcome(doors[i]) }
    }

    private var isClosed: Set<Int32> = []
    private func hangUp(_ connection: inout Connection) {
        if isClosed.insert(connection.file).inserted { close(connection.file) }
    }

    private func welcome(_ door: Int32) {
        while true {
            let file = accept(door, nil, nil)
            guard file >= 0 else {
                // No descriptors left: whoever has waited longest makes room; else the door is tried again a little later.
                if errno == EMFILE || errno == ENFILE {
                    if connections.isEmpty { usleep(100_000) } else { close(connections.removeFirst().file) }
                }
                return
            }
            guard prepare(file) else { close(file); continue }
            if connections.count >= WebServer.most { close(connections.removeFirst().file) }
            connections.append(Connection(file: file))
        }
    }

    private func hear(_ connection: inout Connection) {
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(connection.file, &bytes, bytes.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return hangUp(&connection) }
        if connection.isLeaving { return }      // what still comes is not looked at
        connection.input += bytes.prefix(count)
        answer(&connection)
    }

    private func answer(_ connection: inout Connection) {
        while !connection.isLeaving {
            switch HTTPReading(connection.input) {
            case .incomplete(let wantsLeave):
                if wantsLeave { connection.output += Data("HTTP/1.1 100 Continue\r\n\r\n".utf8) }
                return speak(&connection)
            case .refused(let answer):
                connection.output += answer.bytes(closing: true)
                (connection.isLeaving, connection.since) = (true, Date())
            case .request(let request, let length, let isLast):
                connection.input.removeFirst(length)
                connection.output += page.answer(request).bytes(closing: isLast)
                (connection.isLeaving, connection.since) = (isLast, Date())
            }
        }
        speak(&connection)
    }

    private func speak(_ connection: inout Connection) {
        while !connection.output.isEmpty {
            let count = connection.output.withUnsafeBytes { write(connection.file, $0.baseAddress!, $0.count) }
            if count < 0 { return errno == EAGAIN || errno == EINTR ? () : hangUp(&connection) }
            connection.output = Data(connection.output.dropFirst(count))
        }
        // A connection that is closed while the other side still sends would take our answer with it.
        if connection.isLeaving, !connection.saidGoodbye {
            connection.saidGoodbye = true
            shutdown(connection.file, Int32(SHUT_WR))
        }
    }
}
