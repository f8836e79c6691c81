// OwnershipTests.swift - is somebody's work ever deleted, whatever it is called and wherever it lies?

import CommandTesting
import Pictures
import SafeTensors
import XCTest
@testable import Episodes

final class OwnershipTests: FolderTestCase {
    private var data: URL { folder.appendingPathComponent("data") }

    private func write(_ path: String, _ content: String = "mine") throws {
        let url = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content.utf8).write(to: url)
    }

    private func makeData(_ number: Int = 1, overwrite: Bool = false, from sources: [URL] = []) throws {
        try makeDataFolder(data, overwrite: overwrite, readingFrom: sources) { folder in
            let train = folder.appendingPathComponent("train")
            try FileManager.default.createDirectory(at: train, withIntermediateDirectories: true)
            try sampleEpisode(number).write(to: train.appendingPathComponent("0000.safetensors"))
        }
    }

    private func number() throws -> UInt8 {
        try EpisodeFile(contentsOf: data.appendingPathComponent("train/0000.safetensors")).image(0)[0, 0].g
    }

    private func items(_ url: URL? = nil) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: (url ?? folder).path).sorted()
    }

    func testHiddenFilesAreFiles() throws {
        for path in ["data/.git/HEAD", "data/.notes", "data/.DS_Store"] {
            try write(path)
            assertThrows("data: '.", "no part of a data set") { try makeData() }
            assertThrows("data: '.", "no part of a data set") { try makeData(overwrite: true) }
            XCTAssertEqual(try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8), "mine")
            try FileManager.default.removeItem(at: data)
        }
    }

    func testWhatIsOursOnlyByNameIsKept() throws {
        let photo = folder.appendingPathComponent("photo.png")
        try Image(width: 4, height: 4).writePNG(to: photo)
        for path in [
            "train/photo.png", "train/labels.txt", "train/0001.safetensors", "train/.cache", "train/more/0002.safetensors",
            "validation/.hidden",
            "actions-by-hand.csv", "actions-by-hand/a.csv", "tokens-of-mine/notes.txt", "preview.gif", "contact-sheet.png", "unseen-rooms",
        ] {
            try makeData(overwrite: true)
            try write("data/\(path)")
            assertThrows("data: '\(path.hasPrefix("train/more") ? "train/more" : path)'", "no part of a data set") {
                try makeData(2, overwrite: true)
            }
            XCTAssertEqual(try number(), 1, path)
            XCTAssertEqual(try String(contentsOf: data.appendingPathComponent(path), encoding: .utf8), "mine", path)
            try FileManager.default.removeItem(at: data)
        }
        // A picture that another command made is not the sheet of this data set, whatever it is called.
        try makeData(overwrite: true)
        try FileManager.default.copyItem(at: photo, to: data.appendingPathComponent("contact-sheet.png"))
        assertThrows("'contact-sheet.png'") { try makeData(2, overwrite: true) }
        // Ours by content.
        try FileManager.default.removeItem(at: data.appendingPathComponent("contact-sheet.png"))
        try Image(width: 4, height: 4).writePNG(to: data.appendingPathComponent("contact-sheet.png"), by: "episodes inspect")
        try Animation(frames: [Image(width: 4, height: 4)], framesPerSecond: 1).writeGIF(
            to: data.appendingPathComponent("preview.gif"), by: "episodes inspect")
        var cache = SafeTensorsWriter()
        cache.add("0000.safetensors", shape: [2], integers: [1, 2])
        _ = try makeFolder("data/tokens-0123")
        try cache.write(to: data.appendingPathComponent("tokens-0123/train.safetensors"))
        try makeData(2, overwrite: true)
        XCTAssertEqual(try number(), 2)
        XCTAssertEqual(try items(data), ["train"])
        XCTAssertEqual(try items(), ["data", "photo.png"])
    }

    /// What the stages keep beside the episodes: tokens, latents, actions, what was expected of them, scores, and shapes.
    func testWhatIsKeptBesideTheEpisodesIsOurs() throws {
        for name in ["tokens-0123", "latents-0123", "actions-0123", "expected-0123-4567", "scores-0123", "surfaces-0123"] {
            let cache = data.appendingPathComponent(name), theirs = cache.appendingPathComponent("notes.safetensors")
            func fill() throws {
                try makeData(1, overwrite: true)
                _ = try EpisodeSet(data, .train).cached(name) { file, name, _ in try file.floats(name) } make: { _ in [0, 1] } write: {
                    $0.add($1, shape: [2], floats: $2)
                }
            }
            try fill()
            XCTAssertEqual(try items(data), [name, "train"].sorted())
            XCTAssertEqual(try items(cache), ["train.safetensors"])
            try makeData(2, overwrite: true)
            XCTAssertEqual(try number(), 2, name)
            XCTAssertEqual(try items(data), ["train"])
            // A stranger's file beside ours, and alone; and ours, but called as none of ours is.
            try fill()
            try write("data/\(name)/notes.safetensors")
            for ours in [true, false] {
                if !ours { try FileManager.default.removeItem(at: cache.appendingPathComponent("train.safetensors")) }
                assertThrows("data: '\(name)/notes.safetensors'", "no part of a data set") { try makeData(2, overwrite: true) }
                XCTAssertEqual(try String(contentsOf: theirs, encoding: .utf8), "mine", name)
            }
            try FileManager.default.removeItem(at: theirs)
            try fill()
            try FileManager.default.moveItem(at: cache, to: data.appendingPathComponent("my-\(name)"))
            assertThrows("data: 'my-\(name)'", "no part of a data set") { try makeData(2, overwrite: true) }
            XCTAssertEqual(try number(), 1, name)
            try FileManager.default.removeItem(at: data)
        }
    }

    func testALinkStaysALink() throws {
        let disk = try makeFolder("disk")
        try FileManager.default.createSymbolicLink(at: data, withDestinationURL: disk)
        for round in 1 ... 2 {
            try makeData(round, overwrite: round == 2)
            XCTAssertEqual(try FileManager.default.destinationOfSymbolicLink(atPath: data.path), disk.path)
            XCTAssertEqual(try items(disk), ["train"])
            XCTAssertEqual(try number(), UInt8(round))
        }
        try FileManager.default.removeItem(at: disk)
        assertThrows("data: a link to nothing") { try makeData() }
        // What a link inside leads to is not ours to judge.
        try FileManager.default.removeItem(at: data)
        try makeData()
        try FileManager.default.createSymbolicLink(at: data.appendingPathComponent("validation"), withDestinationURL: folder)
        assertThrows("'validation'") { try makeData(2, overwrite: true) }
    }

    func testASourceIsNeverReplaced() throws {
        try makeData()
        let train = data.appendingPathComponent("train")
        for source in [train, data, train.appendingPathComponent("0000.safetensors")] {
            assertThrows("data: holds", "is to be made from") { try makeData(2, overwrite: true, from: [source]) }
        }
        try FileManager.default.createSymbolicLink(at: folder.appendingPathComponent("link"), withDestinationURL: train)
        assertThrows("data: holds", "is to be made from") {
            try makeData(2, overwrite: true, from: [folder.appendingPathComponent("link")])
        }
        XCTAssertEqual(try number(), 1)
        try makeData(2, overwrite: true, from: [folder.appendingPathComponent("data2")])

        let frames = try makeFolder("mine/train")
        for t in 0 ..< 6 { try Image(width: 8, height: 8, color: .gray(UInt8(t))).writePNG(to: frames.appendingPathComponent("\(t).png")) }
        for overwrite in [false, true] {
            assertThrows("mine: holds 'train'") {
                try VideoImport().run([frames], into: folder.appendingPathComponent("mine"), overwrite: overwrite)
            }
        }
        XCTAssertEqual(try items(frames).count, 6)
    }

    /// What is left when the plug is pulled between the two renames.
    func testADataSetUnderItsHiddenNameIsPutBack() throws {
        for name in [".data.4711.old", ".data.old"] {
            try makeData(7)
            try FileManager.default.moveItem(at: data, to: folder.appendingPathComponent(name))
            let partial = try makeFolder(".data.4711.partial/train")
            try sampleEpisode(8).write(to: partial.appendingPathComponent("0000.safetensors"))
            // The next attempt fails, or is refused: the old data set is back all the same.
            assertThrows("there is a data set already") { try makeData(9) }
            XCTAssertEqual(try number(), 7)
            struct Broken: Error {}
            XCTAssertThrowsError(try makeDataFolder(data, overwrite: true) { _ in throw Broken() })
            XCTAssertEqual(try number(), 7)
            XCTAssertEqual(try items(), ["data"])
            try FileManager.default.removeItem(at: data)
        }
        // Somebody's folder of such a name is neither put in place nor deleted.
        try write(".data.old/thesis.tex")
        try write(".data.1.partial/train/notes.txt")
        try makeData(1)
        XCTAssertEqual(try items(), [".data.1.partial", ".data.old", "data"])
    }

    func testTwoAtOnce() throws {
        try makeDataFolder(data, overwrite: false) { folder in
            assertThrows("data: process \(getpid()) is making this data set") { try makeData() }
            let train = folder.appendingPathComponent("train")
            try FileManager.default.createDirectory(at: train, withIntermediateDirectories: true)
            try sampleEpisode(3).write(to: train.appendingPathComponent("0000.safetensors"))
        }
        XCTAssertEqual(try number(), 3)
        XCTAssertEqual(try items(), ["data"])
    }
}
