// ImportTests.swift - do PNGs and GIFs become the right episodes, and does every bad input say what is wrong?

import CommandTesting
import XCTest
import Pictures
@testable import Episodes

final class ImportTests: FolderTestCase {
    var data: URL { folder.appendingPathComponent("data") }

    /// Frames 12x8 whose middle square has the gray level 10·t; the sides, which are cut off, are red.
    func picture(_ t: Int) -> Image {
        var image = Image(width: 12, height: 8, color: Color(255, 0, 0))
        image.fill(x: 2, y: 0, width: 8, height: 8, .gray(UInt8(10 * t)))
        return image
    }

    @discardableResult
    func makePictures(_ name: String, _ count: Int) throws -> URL {
        let url = try makeFolder(name)
        for t in 0 ..< count { try picture(t).writePNG(to: url.appendingPathComponent("frame-\(t).png")) }
        return url
    }

    func makeGIF(_ name: String, _ count: Int) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try Animation(frames: (0 ..< count).map(picture), framesPerSecond: 10).writeGIF(to: url)
        return url
    }

    func write(_ text: String, to name: String) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url
    }

    func importer(_ change: (inout VideoImport) -> Void = { _ in }) -> VideoImport {
        var importer = VideoImport()
        importer.size = 4
        change(&importer)
        return importer
    }

    /// The gray levels of a split, episode by episode, divided by 10: the numbers of the frames.
    func levels(_ split: Split) throws -> [[Int]] {
        try EpisodeSet(data, split).episodes.map { episode in
            (0 ..< episode.frameCount).map { t in
                let image = episode.image(t)
                XCTAssertEqual(image.pixels, Image(width: 4, height: 4, color: image[0, 0]).pixels, "only the square in the middle")
                return Int(image[0, 0].g) / 10
            }
        }
    }

    func testAFolderOfPNGsInNaturalOrder() throws {
        try importer().run([makePictures("video", 14)], into: data)
        XCTAssertEqual(try levels(.train), [Array(0 ..< 7)])
        XCTAssertEqual(try levels(.validation), [Array(7 ..< 14)])
        let episode = try EpisodeSet(data, .train).episodes[0]
        XCTAssertEqual(episode.metadata, ["source": "video", "fps": "4"])
        XCTAssertNil(episode.actions)
        XCTAssertFalse(EpisodeSet.exists(data, .unseenRooms))
    }

    func testAGIFIsCutToEpisodesOfEqualLength() throws {
        try importer { $0.length = 5 }.run([makeGIF("ten.gif", 24)], into: data)
        XCTAssertEqual(try levels(.train), [Array(0 ..< 4), Array(4 ..< 8), Array(8 ..< 12)])
        XCTAssertEqual(try levels(.validation), [Array(12 ..< 16), Array(16 ..< 20), Array(20 ..< 24)])
        XCTAssertEqual(try EpisodeSet(data, .train).episodes[0].framesPerSecond, 10)
        XCTAssertEqual(importer { $0.length = 64 }.pieces(0 ..< 130), [0 ..< 43, 43 ..< 86, 86 ..< 130])
    }

    func testManyVideosAreSplitWhole() throws {
        for video in 0 ..< 11 { try makePictures("videos/v\(video)", 3) }
        var lines: [String] = []
        try importer().run([folder.appendingPathComponent("videos")], into: data) { lines.append($0) }
        XCTAssertEqual(try EpisodeSet(data, .train).episodes.count, 10)
        XCTAssertEqual(try EpisodeSet(data, .validation).episodes.map { $0.metadata["source"] }, ["v9"])
        XCTAssertEqual(lines.count, 11)
    }

    func testActions() throws {
        let video = try makePictures("video", 8)
        // One fewer than frames; names in any case, numbers too.
        let csv = try write("LEFT\nright\n0\n1\nleft\nleft\n1\n", to: "a.csv")
        let named = importer { $0.actions = csv; $0.actionNames = ["left", "right"] }
        try named.run([video], into: data)
        XCTAssertEqual(try EpisodeSet(data, .train).episodes[0].actions, [0, 1, 0])
        XCTAssertEqual(try EpisodeSet(data, .validation).episodes[0].actions, [0, 0, 1], "the action across the cut belongs to neither")
        XCTAssertEqual(try EpisodeSet(data, .train).actionNames, ["left", "right"])

        // One a frame, with a header, quotes, Windows line ends, another column.
        let table = "frame,\"Action\"\r\n" + (0 ..< 8).map { "\($0),\"\($0 % 2)\"\r\n" }.joined()
        var said: [String] = []
        let url = try write(table, to: "b.csv")
        XCTAssertEqual(try readActions(url, names: [], frames: 8, of: "video") { said.append($0) }, [0, 1, 0, 1, 0, 1, 0])
        XCTAssertTrue(said.first?.contains("the last has no frame after it") ?? false)
    }

    func testBadActions() throws {
        func read(_ text: String, names: [String] = ["left", "right"], frames: Int = 4) throws {
            _ = try readActions(write(text, to: "bad.csv"), names: names, frames: frames, of: "video") { _ in }
        }
        assertThrows("bad.csv, row 2", "unknown action 'jump'", "left, right") { try read("left\njump\nleft") }
        assertThrows("row 1", "'lefft'") { try read("lefft\nleft\nleft\nleft") }
        assertThrows("row 3", "'2'", "0 to 1") { try read("0\n1\n2") }
        assertThrows("row 1", "'0.13'", "whole number") { try read("0.13\n0.15\n0.2", names: []) }
        assertThrows("row 1", "'left'", "--action-names") { try read("left\nleft\nleft", names: []) }
        assertThrows("row 2", "'-1'") { try read("0\n-1\n0", names: []) }
        assertThrows("row 2", "''") { try read("frame,action\n0\n1,1", names: []) }
        assertThrows("row 1", "several columns", "'action'") { try read("0,1\n1,1\n2,1", names: []) }
        assertThrows("2 actions for 4 frames", "expected 3", "or 4") { try read("0\n1\n") }
        assertThrows("0 actions for 4 frames") { try read("") }
        assertThrows("5 actions for 4 frames") { try read("0\n1\n0\n1\n0") }
        assertThrows("nothing.csv", "no such file") {
            _ = try readActions(folder.appendingPathComponent("nothing.csv"), names: [], frames: 2, of: "") { _ in }
        }
        let two = [try makePictures("one", 5), try makePictures("two", 5)]
        let csv = try write("0\n", to: "a.csv")
        assertThrows("a.csv", "2 videos", "one.csv") { try importer { $0.actions = csv }.run(two, into: data) }
        let none = try makeFolder("labels")
        assertThrows("labels/one.csv", "no such file") { try importer { $0.actions = none }.run(two, into: data) }
        XCTAssertFalse(FileManager.default.fileExists(atPath: data.path))
    }

    func testBadVideos() throws {
        func run(_ url: URL) throws { try importer().run([url], into: data) }
        assertThrows("nowhere", "no such folder") { try run(folder.appendingPathComponent("nowhere")) }
        let empty = try makeFolder("empty")
        assertThrows("empty", "no PNG frames") { try run(empty) }
        assertThrows("notes.txt", "neither a GIF file nor a folder") { try run(write("x", to: "notes.txt")) }
        assertThrows("one.gif", "one frame is no video") { try run(makeGIF("one.gif", 1)) }
        assertThrows("three.gif", "3 frames cannot be split") { try run(makeGIF("three.gif", 3)) }
        let broken = try makePictures("broken", 6)
        let frame = broken.appendingPathComponent("frame-3.png")
        try Data(contentsOf: frame).prefix(60).write(to: frame)
        assertThrows("frame-3.png") { try run(broken) }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains("data") }, [])
    }

    func testADataSetIsReplacedOnlyWhenAsked() throws {
        let video = try makePictures("video", 6)
        try importer().run([video], into: data)
        assertThrows("data: there is a data set already", "--overwrite") { try importer().run([video], into: data) }
        // A failure half way leaves the old one.
        try Data().write(to: video.appendingPathComponent("frame-2.png"))
        assertThrows("frame-2.png") { try importer().run([video], into: data, overwrite: true) }
        XCTAssertEqual(try levels(.train), [[0, 1, 2]])
        try importer().run([makePictures("other", 8)], into: data, overwrite: true)
        XCTAssertEqual(try levels(.train), [[0, 1, 2, 3]])
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted(), ["data", "other", "video"])
        // What stage 3 made of the episodes goes with them: a cache of others would be taken for theirs.
        let tokens = data.appendingPathComponent("tokens-0123456789abcdef")
        try FileManager.default.createDirectory(at: tokens, withIntermediateDirectories: true)
        try importer().run([makePictures("other", 8)], into: data, overwrite: true)
        XCTAssertFalse(FileManager.default.fileExists(atPath: tokens.path))
        // Whatever else is in there is somebody's work.
        try Data().write(to: data.appendingPathComponent("thesis.tex"))
        assertThrows("'thesis.tex'", "no part of a data set") { try importer().run([video], into: data, overwrite: true) }
    }

    func testStatistics() throws {
        let video = try makePictures("video", 8)
        let csv = try write("1\n1\n1\n0\n0\n0\n0\n", to: "a.csv")
        try importer { $0.actions = csv; $0.actionNames = ["a", "b", "c"] }.run([video], into: data)
        let train = EpisodeStatistics(try EpisodeSet(data, .train))
        XCTAssertEqual([train.episodes, train.frames, train.width, train.height], [1, 4, 4, 4])
        XCTAssertEqual(train.meanChange, 10)
        XCTAssertEqual(train.actions.map(\.name), ["a", "b", "c"])
        XCTAssertEqual(train.actions.map(\.count), [0, 3, 0])
        XCTAssertEqual(train.actions.map(\.change), [0, 10, 0])
        XCTAssertNil(train.visibleShare)
        try sampleEpisode().write(to: data.appendingPathComponent("train/0000-0000.safetensors"))
        XCTAssertEqual(try EpisodeStatistics(EpisodeSet(data, .train)).visibleShare!, 0.6, accuracy: 1e-6)
    }
}
