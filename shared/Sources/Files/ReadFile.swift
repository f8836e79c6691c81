// ReadFile.swift - how is a file read that may be none?
//
// Opening a pipe waits for somebody who writes, perhaps for ever, and a device never ends. So: open without waiting, ask what it
// is, and read only files.

import Foundation

/// Opens a file for reading.
/// - Returns: its descriptor, to be closed, and its size.
/// - Throws: `FileError`, also for folders, pipes and devices.
public func openFile(_ url: URL) throws -> (descriptor: Int32, size: Int) {
    let file = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw FileError("read", url) }
    var status = stat()
    guard fstat(file, &status) == 0 else {
        let error = FileError("read", url)
        close(file)
        throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
        close(file)
        throw FileError("\(url.relativePath): this is not a file")
    }
    return (file, Int(status.st_size))
}

/// All bytes of a file, at most `limit`.
/// - Throws: `FileError`.
public func readFile(_ url: URL, atMost limit: Int = .max) throws -> Data {
    let (file, size) = try openFile(url)
    defer { close(file) }
    guard size <= limit else { throw FileError("\(url.relativePath): \(size) bytes are more than this can be (\(limit))") }
    var data = Data(count: size), filled = 0
    while filled < size {
        let count = data.withUnsafeMutableBytes { read(file, $0.baseAddress! + filled, size - filled) }
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileError("read", url) }
        if count == 0 { break }
        filled += count
    }
    return data.prefix(filled)
}
