// AtomicWrite.swift - how is a file written so that a kill, or a full disk, never leaves half of it?
//
// Under a temporary name in the same folder; flushed to the disk; then renamed over the old file, which the
// operating system does in one step. Whoever looks sees the old file or the new one, whole.

import Foundation

/// The operating system refused. `description` is one line that names the file and the reason.
public struct FileError: Error, CustomStringConvertible {
    public let description: String

    /// What could not be done (`verb`) to which file; the reason is taken from `errno`.
    init(_ verb: String, _ url: URL, code: Int32 = errno) {
        let remedy = code == ENOSPC ? "; make room and try again" : ""
        description = "cannot \(verb) \(url.relativePath): \(String(cString: strerror(code)))\(remedy)"
    }
}

/// Writes `data` to `url` whole or not at all; what stood there before stays until the very end.
/// - Throws: `FileError`, after removing the temporary file.
public func writeAtomically(_ data: Data, to url: URL) throws {
    try writeAtomically([data], to: url)
}

/// The same for a file in several pieces, so that nobody has to join them in memory first.
func writeAtomically(_ pieces: [Data], to url: URL) throws {
    let folder = url.deletingLastPathComponent()
    // One fixed name: what a kill leaves behind, the next write replaces.
    let temporary = folder.appendingPathComponent(".\(url.lastPathComponent).partial")
    let file = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FileError("write", url) }
    do {
        defer { close(file) }
        for piece in pieces {
            try piece.withUnsafeBytes { try writeAll($0, to: file, of: url) }
        }
        guard fsync(file) == 0 else { throw FileError("write", url) }
    } catch {
        unlink(temporary.path)
        throw error
    }
    guard rename(temporary.path, url.path) == 0 else {
        let error = FileError("write", url)
        unlink(temporary.path)
        throw error
    }
    // The new name is an entry of the folder, which has to reach the disk as well. Not all file systems can.
    let directory = open(folder.path, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
        fsync(directory)
        close(directory)
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
