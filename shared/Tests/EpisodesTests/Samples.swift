// Samples.swift - the small episodes and folders that the tests of this target share.

import XCTest
import Randomness
@testable import Episodes

/// A test case with a folder of its own.
class FolderTestCase: XCTestCase {
    var folder: URL!

    override func setUpWithError() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws { try FileManager.default.removeItem(at: folder) }

    func makeFolder(_ name: String) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// The error of `body`, which must be one line that contains all of `words`.
    func assertThrows(_ words: String..., line: UInt = #line, _ body: () throws -> Void) {
        XCTAssertThrowsError(try body(), line: line) { error in
            for word in words { XCTAssertTrue("\(error)".contains(word), "'\(error)' does not say '\(word)'", line: line) }
            XCTAssertFalse("\(error)".contains("\n"), "\(error)", line: line)
        }
    }
}

/// An episode in which the first byte of a frame is its number, the second the episode's, the rest noise.
func sampleEpisode(
    _ number: Int = 0, frames T: Int = 10, width: Int = 4, height: Int = 3, actions: Bool = true, truth: Bool = true
) -> Episode {
    var random = SeededGenerator(seed: UInt64(number))
    let size = width * height * 3
    let frames = (0 ..< T * size).map { i in
        i % size == 0 ? UInt8(i / size) : i % size == 1 ? UInt8(number) : UInt8(random.integer(below: 256))
    }
    var episode = Episode(frames: frames, width: width, height: height, actions: actions ? (0 ..< T - 1).map { $0 % 5 } : nil,
                          metadata: ["source": "test", "fps": "4", "action_names": "stop,left,right,forward,backward"])
    if truth {
        episode.bearing = (0 ..< T).map { $0 % 3 == 0 ? .nan : Float($0) / 10 }
        episode.distance = (0 ..< T).map { $0 % 3 == 0 ? .nan : Float($0) }
        episode.reward = (0 ..< T).map { $0 % 3 == 0 ? 0 : 1 - Float($0) / 10 }
    }
    return episode
}
