// FileLock.swift - what if the same is started twice?
//
// The second should be told so, by the number of the first. A lock of the operating system (flock) ends with its process, however
// that ends, so none is ever left over; the file that carries it says who holds it, and is removed when the lock is given back.

import Foundation

/// Another process holds the lock.
public struct FileLockHeld: Error {
    /// Its number, where it could be read.
    public let process: Int32?
    /// For a message: "process 4711".
    public var who: String { process.map { "process \($0)" } ?? "another process" }
}

public final class FileLock {
    private let path: String, file: Int32

    /// Takes the lock that the file at `url` stands for.
    /// - Throws: `FileLockHeld`. Nil where the file cannot be made, or the file system knows no locks.
    public init?(_ url: URL) throws {
        path = url.path
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
            guard file >= 0 else { return nil }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                let isHeld = errno == EWOULDBLOCK
                var bytes = [UInt8](repeating: 0, count: 16)
                let count = pread(file, &bytes, bytes.count, 0)
                close(file)
                guard isHeld else { return nil }
                let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
                throw FileLockHeld(process: text.split(separator: "\n").first.flatMap { Int32($0) })
            }
            // Whoever held it before may have removed the file between our two calls: then this is no lock for anybody else.
            var mine = stat(), named = stat()
            if fstat(file, &mine) == 0, stat(path, &named) == 0, mine.st_ino == named.st_ino, mine.st_dev == named.st_dev {
                self.file = file
                break
            }
            close(file)
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress!, $0.count, 0) }
    }

    deinit {
        unlink(path)
        close(file)
    }

    /// Holds the lock until the process ends. Asked twice for the same, it holds it already.
    public static func holdUntilExit(_ url: URL) throws {
        registryLock.lock()
        defer { registryLock.unlock() }
        let path = url.standardizedFileURL.path
        guard held[path] == nil, let lock = try FileLock(url) else { return }
        if held.isEmpty { atexit { FileLock.held.removeAll() } }
        held[path] = lock
    }

    private nonisolated(unsafe) static var held: [String: FileLock] = [:]
    private static let registryLock = NSLock()
}
