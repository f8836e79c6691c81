// AtomicWrite.swift - how is a file written so that a kill, or a full disk, never leaves half of it?
//
// Under a temporary name in the same folder; flushed to the disk; then renamed over the old file, which the operating system does
// in one step. Whoever looks sees the old file or the new one, whole. Several files that belong together are all written before the
// first is renamed: a full disk refuses them while everything is still as it was.

import Foundation

/// The operating system refused. `description` is one line that names the file and the reason.
public struct FileError: Error, CustomStringConvertible {
    public let description: String

    /// What could not be done (`verb`) to which file; the reason is taken from `errno`.
    public init(_ verb: String, _ url: URL, code: Int32 = errno) {
        let remedy = code == ENOSPC ? "; make room and try again" : ""
        description = printable("cannot \(verb) \(url.relativePath): \(String(cString: strerror(code)))\(remedy)")
    }

    public init(_ problem: String) { description = printable(problem) }
}

/// Writes `data` to `url` whole or not at all; what stood there before stays until the very end.
/// - Throws: `FileError`, after removing the temporary file.
public func writeAtomically(_ data: Data, to url: URL) throws {
    try writeAtomically([data], to: url)
}

/// The same for a file in several pieces, so that nobody has to join them in memory first.
public func writeAtomically(_ pieces: [Data], to url: URL) throws {
    let set = FileSet()
    try set.add(pieces, to: url)
    try set.commit()
}

/// Files that are replaced together.
public final class FileSet {
    private var written: [(temporary: TemporaryFile, url: URL)] = []

    public init() {}

    /// Writes the file under a temporary name.
    /// - Throws: `FileError`; nothing has changed then.
    public func add(_ pieces: [Data], to url: URL) throws {
        var status = stat()
        if lstat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw FileError("write", url, code: EISDIR) }
        let temporary = try TemporaryFile(for: url)
        for piece in pieces {
            try piece.withUnsafeBytes { try writeAll($0, to: temporary.file, of: url) }
        }
        guard fsync(temporary.file) == 0 else { throw FileError("write", url) }
        written.append((temporary, url))
    }

    /// Gives all files their names, in the order in which they were added.
    /// - Throws: `FileError`.
    public func commit() throws {
        let folders = Set(written.map { $0.url.deletingLastPathComponent().path })
        for (temporary, url) in written { try temporary.rename(to: url) }
        written = []
        // A new name is an entry of its folder, which has to reach the disk as well. Not all file systems can.
        for folder in folders {
            let directory = open(folder, O_RDONLY | O_CLOEXEC)
            if directory >= 0 {
                fsync(directory)
                close(directory)
            }
        }
    }
}

/// Makes a folder, and those that it lies in, where there is none.
/// - Parameter remedy: what to do where that cannot be.
/// - Throws: `FileError`.
public func makeFolder(_ url: URL, remedy: String = "is a file in its place, and may you write there?") throws {
    do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
        throw FileError("\(url.relativePath): cannot make this folder (\(error.localizedDescription)); \(remedy)")
    }
}

/// `.NAME.partial`, while NAME is being written. Whoever writes it holds a lock on it (flock), which ends with its process: a file of that
/// name that nobody holds is what a kill has left, and makes room.
private final class TemporaryFile {
    let file: Int32
    private var path = ""

    init(for url: URL) throws {
        let folder = url.deletingLastPathComponent().path, name = url.lastPathComponent
        for number in 0 ..< 100 {
            // Another process, or thread, may be writing the same.
            path = "\(folder)/.\(name)\(number == 0 ? "" : ".\(getpid())-\(number)").partial"
            _ = isAbandoned(path, removing: true)
            // Never a file that is there already, and none through a link: it would be somebody's.
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            if file < 0 {
                if errno == EEXIST { continue }
                throw FileError("write", url)
            }
            var mine = stat(), named = stat()
            if flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
               fstat(file, &mine) == 0, lstat(path, &named) == 0, mine.st_ino == named.st_ino {
                self.file = file
                return
            }
            close(file)     // taken for abandoned by another before it was locked
        }
        throw FileError("write", url, code: EEXIST)
    }

    deinit {
        if !path.isEmpty { unlink(path) }
        close(file)
    }

    func rename(to url: URL) throws {
        guard Foundation.rename(path, url.path) == 0 else { throw FileError("write", url) }
        path = ""
    }
}

/// Whether there is a link, or a file that no process holds. It is removed while we hold it: let go of first, it might be another's by
/// then, who has taken the name for his own.
private func isAbandoned(_ path: String, removing: Bool = false) -> Bool {
    var named = stat(), held = stat()
    guard lstat(path, &named) == 0 else { return false }
    if named.st_mode & S_IFMT == S_IFLNK {
        if removing { unlink(path) }
        return true
    }
    guard named.st_mode & S_IFMT == S_IFREG else { return false }
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &held) == 0, lstat(path, &named) == 0, held.st_ino == named.st_ino else {
        return false
    }
    if removing { unlink(path) }
    return true
}

/// Whether the file at `path` is what a killed process left of one that it was writing.
public func isLeftover(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    // `.NAME.partial`, and NAME has a kind of which we write.
    let kinds = ["safetensors", "png", "gif", "json", "jsonl", "txt"]
    return name.hasPrefix(".") && name.hasSuffix(".partial")
        && name.split(separator: ".").dropLast().contains { kinds.contains(String($0)) } && isAbandoned(path)
}

/// Removes from a folder what killed processes left there.
public func removeLeftovers(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where isLeftover("\(folder)/\(name)") {
        _ = isAbandoned("\(folder)/\(name)", removing: true)
    }
}

/// One `write` may take only a part, or be interrupted by a signal.
private func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32, of url: URL) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
        if written < 0 {
            if errno == EINTR { continue }
            throw FileError("write", url)
        }
        rest = rest.dropFirst(written)
    }
}
