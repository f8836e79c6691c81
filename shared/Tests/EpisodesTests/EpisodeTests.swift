// EpisodeTests.swift - does an episode come back as it was, and is every bad file refused in one line?

import CommandTesting
import XCTest
import SafeTensors
@testable import Episodes

final class EpisodeTests: FolderTestCase {
    var url: URL { folder.appendingPathComponent("a.safetensors") }

    func testAnEpisodeComesBack() throws {
        var episode = sampleEpisode()
        episode.depth = (0 ..< 10 * 3 * 4).map(Float.init)
        try episode.write(to: url)
        let back = try Episode(contentsOf: url)
        XCTAssertEqual(back.frames, episode.frames)
        XCTAssertEqual([back.frameCount, back.height, back.width], [10, 3, 4])
        XCTAssertEqual(back.actions, episode.actions)
        // NaN is not equal to itself; its bits are.
        XCTAssertEqual(back.bearing?.map(\.bitPattern), episode.bearing?.map(\.bitPattern))
        XCTAssertEqual(back.distance?.map(\.bitPattern), episode.distance?.map(\.bitPattern))
        XCTAssertEqual(back.reward, episode.reward)
        XCTAssertEqual(back.depth, episode.depth)
        XCTAssertEqual(back.metadata, episode.metadata)
        let file = try EpisodeFile(contentsOf: url)
        XCTAssertEqual(file.actionNames, ["stop", "left", "right", "forward", "backward"])
        XCTAssertEqual(file.framesPerSecond, 4)
        XCTAssertEqual(file.image(7), episode.image(7))
        XCTAssertEqual(file.image(7)[0, 0].r, 7)
    }

    func testWhatIsUnknownStaysUnknown() throws {
        try sampleEpisode(actions: false, truth: false).write(to: url)
        let back = try Episode(contentsOf: url)
        XCTAssertNil(back.actions)
        XCTAssertNil(back.reward)
        XCTAssertNil(back.depth)
    }

    func testBadFiles() throws {
        func write(_ body: (inout SafeTensorsWriter) -> Void) throws {
            var writer = SafeTensorsWriter(metadata: ["action_names": "stop, go"])
            body(&writer)
            try writer.write(to: url)
        }
        let twoFrames = [UInt8](repeating: 0, count: 24)
        func open() throws { _ = try Episode(contentsOf: url) }

        assertThrows("a.safetensors", "No such file") { try open() }
        try write { $0.add("images", shape: [24], bytes: twoFrames) }
        assertThrows("a.safetensors", "no tensor 'frames'") { try open() }
        try write { $0.add("frames", shape: [2, 2, 2, 3], floats: .init(repeating: 0, count: 24)) }
        assertThrows("F32 [2, 2, 2, 3]", "U8 [T, H, W, 3] was expected") { try open() }
        try write { $0.add("frames", shape: [2, 3, 2, 2], bytes: twoFrames) }
        assertThrows("U8 [2, 3, 2, 2]") { try open() }
        try write { $0.add("frames", shape: [2, 12], bytes: twoFrames) }
        assertThrows("U8 [2, 12]") { try open() }
        try write { $0.add("frames", shape: [1, 4, 2, 3], bytes: twoFrames) }
        assertThrows("at least 2") { try open() }
        for count in [0, 2] {
            try write {
                $0.add("frames", shape: [2, 2, 2, 3], bytes: twoFrames)
                $0.add("actions", shape: [count], integers: .init(repeating: 0, count: count))
            }
            assertThrows("'actions' has the shape [\(count)]", "[1] was expected") { try open() }
        }
        try write {
            $0.add("frames", shape: [2, 2, 2, 3], bytes: twoFrames)
            $0.add("actions", shape: [1], floats: [0.15])
        }
        assertThrows("'actions' is F32; integers") { try open() }
        for action in [-1, 2] {
            try write {
                $0.add("frames", shape: [2, 2, 2, 3], bytes: twoFrames)
                $0.add("actions", shape: [1], integers: [action])
            }
            assertThrows("an action \(action)", "0 to 1 (stop, go)") { try open() }
        }
        try write {
            $0.add("frames", shape: [2, 2, 2, 3], bytes: twoFrames)
            $0.add("reward", shape: [1], floats: [0])
        }
        assertThrows("'reward' has the shape [1]") { try open() }
    }

    func testEveryTruncationIsAnError() throws {
        try sampleEpisode(frames: 3).write(to: url)
        let whole = try Data(contentsOf: url)
        for count in stride(from: 0, to: whole.count, by: 3) {
            try whole.prefix(count).write(to: url)
            assertThrows("a.safetensors: ") { _ = try Episode(contentsOf: url) }
        }
    }

    func testFoldersOfEpisodes() throws {
        assertThrows("nowhere/train", "no such folder", "episodes record") {
            _ = try EpisodeSet(folder.appendingPathComponent("nowhere"), .train)
        }
        let train = try makeFolder("train")
        assertThrows("train: there are no episodes", "episodes record") { _ = try EpisodeSet(folder, .train) }
        for number in [10, 9, 1] {
            try sampleEpisode(number).write(to: train.appendingPathComponent("episode-\(number).safetensors"))
        }
        try Data("x".utf8).write(to: train.appendingPathComponent(".episode-2.safetensors.partial"))
        let set = try EpisodeSet(folder, .train)
        XCTAssertEqual(set.episodes.map { $0.image(0)[0, 0].g }, [1, 9, 10])
        XCTAssertEqual(set.frameCount, 30)
        XCTAssertTrue(set.hasActions && set.hasTruth)
        XCTAssertFalse(EpisodeSet.exists(folder, .unseenRooms))

        try sampleEpisode(11, width: 6).write(to: train.appendingPathComponent("episode-11.safetensors"))
        assertThrows("episode-11.safetensors: frames of 6x3", "4x3", "--size") { _ = try EpisodeSet(folder, .train) }
        try Data("oops".utf8).write(to: train.appendingPathComponent("episode-0.safetensors"))
        assertThrows("episode-0.safetensors") { _ = try EpisodeSet(folder, .train) }
    }

    func testNaturalOrder() {
        let sorted = ["b", "a10", "a9", "a09", "a", "a9b", "a10b", "12", "2", "99999999999999999999999", "A1"].sorted(by: naturallyPrecedes)
        XCTAssertEqual(sorted, ["2", "12", "99999999999999999999999", "A1", "a", "a09", "a9", "a9b", "a10", "a10b", "b"])
    }
}
