// PictureFiles.swift - how do picture files come in and go out, and which of them are ours?
//
// Every PNG and GIF that is written here says so in a comment. A command that would replace a picture can ask: a file is ours by
// what is in it, not by what it is called.

import Files
import Foundation

/// What stands in every picture that is made here.
let madeHere = "world model workbook"

/// Whether the file at `url` is a picture that was made here, by the command `maker` if one is named.
public func isMadeHere(_ url: URL, by maker: String? = nil) -> Bool {
    guard let (file, _) = try? openFile(url) else { return false }
    defer { close(file) }
    // In a PNG it is the second chunk; in a GIF it comes after the palette of at most 768 bytes.
    var front = [UInt8](repeating: 0, count: 2048)
    let count = max(0, read(file, &front, front.count)), bytes = Data(front.prefix(count))
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) || bytes.starts(with: Array("GIF8".utf8)) else { return false }
    return bytes.range(of: Data((maker.map { "\(madeHere), \($0)" } ?? madeHere).utf8)) != nil
}

/// Refuses to write pictures over what is there, unless the same command made it.
/// - Parameter inputs: files that are read, and never replaced.
/// - Throws: `PictureError`.
public func checkOutput(_ urls: [URL], inputs: [URL] = [], by maker: String) throws {
    for url in urls {
        var status = stat()
        guard lstat(url.path, &status) == 0 else { continue }
        let name = url.relativePath
        if inputs.contains(where: { $0.resolvingSymlinksInPath().standardizedFileURL == url.resolvingSymlinksInPath().standardizedFileURL })
        {
            throw PictureError("\(name): is one of the pictures that are read, and would be replaced; choose another --output")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw PictureError("\(name): a folder has this name; choose another --output") }
        guard isMadeHere(url, by: maker) else {
            throw PictureError(
                "\(name): this file is there already, and `\(maker)` did not make it; move it away, or choose another --output")
        }
    }
}

/// All bytes of a file.
func pictureBytes(_ url: URL) throws -> Data {
    guard FileManager.default.fileExists(atPath: url.path) else {
        throw PictureError("\(url.path): there is no such file; check the path")
    }
    do { return try readFile(url, atMost: 2_000_000_000) } catch {
        throw PictureError("\(url.path): cannot be read; is it a file, and may you read it?")
    }
}

/// Writes a file whole or not at all.
public func writePicture(_ data: Data, to url: URL) throws {
    do { try writeAtomically(data, to: url) } catch {
        throw PictureError("\(url.path): cannot be written (\(error)); does the folder exist, and has the disk room?")
    }
}
