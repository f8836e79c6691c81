// BelievedNumbersTests.swift - what if a number in a file is not what it should be?

import CommandTesting
import Files
import Pictures
import XCTest
@testable import Episodes

final class BelievedNumbersTests: FolderTestCase {
    private var url: URL { folder.appendingPathComponent("a.safetensors") }

    private func open(_ change: (inout Episode) -> Void) throws {
        var episode = sampleEpisode()
        change(&episode)
        try episode.write(to: url)
        let file = try EpisodeFile(contentsOf: url)
        _ = file.framesPerSecond
    }

    func testFrameRates() throws {
        for text in ["nan", "inf", "-inf", "0", "-4", "1e-300", "1e-30", "1e-9", "1e300", "four", "1001"] {
            assertThrows("a.safetensors: '\(text)'", "frames a second", "--fps") { try open { $0.metadata["fps"] = text } }
        }
        for text in ["4", "0.01", " 1000 ", "29.97", ""] { XCTAssertNoThrow(try open { $0.metadata["fps"] = text }, text) }
    }

    func testActions() throws {
        for action in [1024, 3_000_000_000, Int.max, -1, Int.min] {
            assertThrows("a.safetensors: there is an action \(action)", "0 to 1023") {
                try open { $0.actions![3] = action; $0.metadata["action_names"] = nil }
            }
        }
        assertThrows("there is an action 5", "0 to 4 (stop") { try open { $0.actions![3] = 5 } }
    }

    func testRewardsAnglesAndLengths() throws {
        for value in [Float.nan, .infinity] { assertThrows("'reward' of frame 4 is", "a number") { try open { $0.reward![4] = value } } }
        for value in [Float.nan, .infinity, 100] { assertThrows("'bearing' of frame 4 is") { try open { $0.bearing![4] = value } } }
        for value in [Float.nan, .infinity, -1] { assertThrows("'distance' of frame 4 is") { try open { $0.distance![4] = value } } }
    }

    func testVeryWideFrames() throws {
        try Episode(frames: [UInt8](repeating: 0, count: 2 * 5000 * 3), width: 5000, height: 1).write(to: url)
        assertThrows("frames of 5000x1", "2048") { _ = try EpisodeFile(contentsOf: url) }
    }

    func testNamesOfActionsCannotSpeakToATerminal() throws {
        try open { $0.metadata["action_names"] = "stop,le\u{1B}[2Jft,right,forward,backward" }
        XCTAssertEqual(try EpisodeFile(contentsOf: url).actionNames[1], "le\\u{1b}[2Jft")
    }

    func testFingerprints() throws {
        let train = try makeFolder("train")
        func fingerprint() throws -> String { try EpisodeSet(folder, .train).fingerprint }
        for i in 0 ..< 3 { try sampleEpisode(i).write(to: train.appendingPathComponent("\(i).safetensors")) }
        let whole = try fingerprint()
        XCTAssertEqual(try fingerprint(), whole)
        var other = sampleEpisode(1)
        other.frames[100] ^= 1
        try other.write(to: train.appendingPathComponent("1.safetensors"))
        XCTAssertNotEqual(try fingerprint(), whole, "one bit of one frame")
        try sampleEpisode(1).write(to: train.appendingPathComponent("1.safetensors"))
        XCTAssertEqual(try fingerprint(), whole)
        try FileManager.default.moveItem(
            at: train.appendingPathComponent("2.safetensors"), to: train.appendingPathComponent("3.safetensors"))
        XCTAssertNotEqual(try fingerprint(), whole, "another name")
    }

    func testAPipeAmongTheEpisodes() throws {
        let train = try makeFolder("train")
        try sampleEpisode().write(to: train.appendingPathComponent("0.safetensors"))
        XCTAssertEqual(mkfifo(train.appendingPathComponent("1.safetensors").path, 0o600), 0)
        assertThrows("1.safetensors", "not a file") { _ = try EpisodeSet(folder, .train) }
    }

    // MARK: CSV

    private func actions(_ text: String, names: [String] = [], frames: Int = 8) throws -> [Int] {
        let csv = folder.appendingPathComponent("a.csv")
        try Data(text.utf8).write(to: csv)
        return try readActions(csv, names: names, frames: frames, of: "video") { _ in }
    }

    func testAnEmptyRowIsAMissingAction() throws {
        for text in [
            "0\n1\n\n1\n0\n1\n0\n1\n", "\n0\n1\n1\n0\n1\n0\n", "action\n\n0\n1\n1\n0\n1\n0\n", "0\r\n1\r\n\r\n1\r\n0\r\n1\r\n0\r\n",
        ] {
            assertThrows("a.csv, row ", "empty") { _ = try actions(text) }
        }
        assertThrows("row 3", "empty") { _ = try actions("0\n1\n  \n1\n0\n1\n0\n1\n") }
        assertThrows("row 4", "''") { _ = try actions("frame,action\n0,1\n1,1\n2,\n3,1\n4,1\n5,1\n6,1\n") }
        // At the end there is nothing to be moved; and Windows' double line ends are no rows.
        XCTAssertEqual(try actions("0\n1\n0\n1\n0\n1\n0\n\n\n"), [0, 1, 0, 1, 0, 1, 0])
        XCTAssertEqual(try actions("0\r\r\n1\r\r\n0\r\r\n1\r\r\n0\r\r\n1\r\r\n0\r\r\n"), [0, 1, 0, 1, 0, 1, 0])
    }

    func testCommasAndLinesBetweenQuotes() throws {
        let rows = (0 ..< 7).map { "\"a, b\",\"say \"\"go\"\"\n now\",\($0 % 3)" }.joined(separator: "\n")
        XCTAssertEqual(try actions("note,\"more, or less\",action\n" + rows), [0, 1, 2, 0, 1, 2, 0])
        XCTAssertEqual(
            try actions("\u{FEFF}\"Action\",time\n" + (0 ..< 7).map { "\"\($0 % 2)\",0.\($0)\n" }.joined()), [0, 1, 0, 1, 0, 1, 0])
        assertThrows("row 3", "a quote is opened") { _ = try actions("action\n0\n\"1\n0\n1\n0\n1\n0\n") }
        assertThrows("row 4: unknown action 'x'") { _ = try actions("note,action\n\"a\nb\",0\nc,x\n") }
    }

    func testTimeStampsAndHugeNumbersAreNoActions() throws {
        assertThrows("row 1", "unknown action '1732546000000'", "0 to 1023") {
            _ = try actions((0 ..< 7).map { "\(1_732_546_000_000 + 250 * $0)\n" }.joined())
        }
        for number in ["3000000000", "9223372036854775807", "9223372036854775808", "1024", "1e3"] {
            assertThrows("row 2", "'\(number)'") { _ = try actions("0\n\(number)\n0\n0\n0\n0\n0\n") }
        }
        assertThrows("a.csv", "time stamps") { _ = try actions((0 ..< 7).map { "\(33 * $0)\n" }.joined()) }
        assertThrows("a.csv", "time stamps") { _ = try actions("action\n" + (0 ..< 8).map { "\($0)\n" }.joined()) }
        XCTAssertEqual(try actions("1023\n0\n0\n0\n0\n0\n0\n")[0], 1023)
    }

    func testAPipeOfActions() throws {
        let pipe = folder.appendingPathComponent("pipe.csv")
        XCTAssertEqual(mkfifo(pipe.path, 0o600), 0)
        XCTAssertThrowsError(try readActions(pipe, names: [], frames: 2, of: "video") { _ in }) {
            XCTAssertTrue("\($0)".contains("not a file"))
        }
    }

    // MARK: Videos

    private func makeVideo(_ path: String, sizes: [Int] = [8, 8, 8, 8, 8, 8], level: Int = 0) throws {
        let url = try makeFolder(path)
        for (t, size) in sizes.enumerated() {
            try Image(width: size, height: 8, color: .gray(UInt8(level + t))).writePNG(to: url.appendingPathComponent("\(t).png"))
        }
    }

    private func makeGIF(_ path: String, level: UInt8 = 0) throws {
        let url = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Animation(frames: (0 ..< 6).map { Image(width: 8, height: 8, color: .gray(level + UInt8($0))) }, framesPerSecond: 5).writeGIF(
            to: url)
    }

    private func importVideos(_ change: (inout VideoImport) -> Void = { _ in }) throws -> [String] {
        var importer = VideoImport(), said: [String] = []
        importer.size = 4
        change(&importer)
        try? FileManager.default.removeItem(at: folder.appendingPathComponent("data"))
        try importer.run([folder.appendingPathComponent("videos")], into: folder.appendingPathComponent("data")) { said.append($0) }
        return said
    }

    func testMixedFoldersAreNotGuessedAt() throws {
        for name in ["a", "b"] { try makeGIF("videos/\(name).gif") }
        try makeVideo("videos", sizes: [8])
        assertThrows("videos: holds 1 PNG(s), such as 0.png, and 2 other video(s), such as a.gif") { _ = try importVideos() }
        try FileManager.default.removeItem(at: folder.appendingPathComponent("videos/0.png"))
        try Data().write(to: folder.appendingPathComponent("videos/notes.txt"))
        XCTAssertTrue(try importVideos().contains { $0.contains("left out 1 of its files") && $0.contains("notes.txt") })
        try makeVideo("videos/c")
        try makeGIF("videos/c/d.gif")
        assertThrows("c: holds 6 PNG(s)", "d.gif") { _ = try importVideos() }
        // Videos in folders of folders are found, and folders without any are named.
        try FileManager.default.removeItem(at: folder.appendingPathComponent("videos/c"))
        try makeGIF("videos/deep/er/e.gif")
        _ = try makeFolder("videos/empty")
        let said = try importVideos()
        XCTAssertTrue(said.contains { $0.hasPrefix("e: 6 frames") } && said.contains { $0.hasPrefix("empty: left out") }, "\(said)")
    }

    func testNamesWithDotsAndNamesTwice() throws {
        _ = try makeFolder("actions")
        for (i, name) in ["run.1", "run.2", "run"].enumerated() {
            try makeVideo("videos/\(name)", level: 50 * i)
            try Data("\(i)\n\(i)\n\(i)\n\(i)\n\(i)\n".utf8).write(to: folder.appendingPathComponent("actions/\(name).csv"))
        }
        _ = try importVideos { $0.actions = folder.appendingPathComponent("actions") }
        for episode in try EpisodeSet(folder.appendingPathComponent("data"), .train).episodes {
            XCTAssertEqual(episode.actions, [Int](repeating: Int(episode.image(0)[0, 0].g) / 50, count: 2))
        }
        try makeGIF("videos/more/run.gif")
        assertThrows("actions/run.csv", "two videos", "rename") {
            _ = try importVideos { $0.actions = folder.appendingPathComponent("actions") }
        }
        XCTAssertNoThrow(try importVideos())
    }

    func testFramesOfOneSize() throws {
        try makeVideo("videos", sizes: [8, 8, 9, 8, 8, 8])
        assertThrows("2.png: is 9x8, the frames before it are 8x8") { _ = try importVideos() }
    }
}
