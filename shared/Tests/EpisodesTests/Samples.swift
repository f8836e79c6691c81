// Samples.swift - the small episodes and folders that the tests of this target share.

import CommandTesting
@testable import Episodes
import Foundation
import Randomness

extension FolderTestCase {
    func makeFolder(_ name: String) throws -> URL {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
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
