// Samples.swift - what the tests of this stage share: a small scorer, and episodes in which a red blot is the Kong.

import CommandTesting
import Episodes
import Foundation
import Randomness
@testable import RewardModel
import Tensors
import XCTest

extension ScorerConfiguration {
    /// 16 patches of 4x4 pixels, one small block for pictures and one for words.
    static let micro: ScorerConfiguration = {
        var c = ScorerConfiguration()
        (c.imageSize, c.patchSize, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.imageBlocks, c.textBlocks) = (
            16, 4, 32, 2, 48, 1, 1
        )
        return c
    }()
}

func microModel(_ change: (inout ScorerConfiguration) -> Void = { _ in }, seed: UInt64 = 1) -> ContrastiveModel {
    var c = ScorerConfiguration.micro, generator = SeededGenerator(seed: seed)
    change(&c)
    return ContrastiveModel(c, using: &generator)
}

func noise(_ batch: Int, seed: UInt64 = 5, size: Int = 16) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform([batch, size, size, 3], 0, 1, using: &generator)
}

/// Writes episodes of 16x16 to a temporary folder that is removed when the test ends. The brighter the red,
/// the better; every third frame shows none.
func redEpisodes(
    _ test: XCTestCase, count: Int = 3, length: Int = 20, withTruth: Bool = true, change: (Int, inout [Float]) -> Void = { _, _ in }
) throws -> EpisodeSet {
    let folder = try test.makeTemporaryFolder()
    var generator = SeededGenerator(seed: 7)
    for i in 0 ..< count {
        var pixels: [UInt8] = [], reward: [Float] = [], bearing: [Float] = []
        for t in 0 ..< length {
            let isVisible = t % 3 != 2, value = generator.uniform()
            reward.append(isVisible ? value : 0)
            bearing.append(isVisible ? 1 - value : .nan)
            for _ in 0 ..< 256 {
                let gray = UInt8(60 + generator.integer(below: 20))
                pixels += [isVisible ? UInt8(80 + value * 170) : gray, gray, gray]
            }
        }
        change(i, &reward)
        var episode = Episode(frames: pixels, width: 16, height: 16, actions: nil)
        if withTruth { (episode.reward, episode.bearing, episode.distance) = (reward, bearing, bearing.map { 0.3 + abs($0) }) }
        try episode.write(to: folder.appendingPathComponent("\(i).safetensors"))
    }
    return try EpisodeSet(episodesIn: folder)
}

/// 208 frames of noise with rewards to label, in each split of a data folder. `withTruth: false` leaves the rewards out.
func writeNoisyEpisodes(to data: URL, seed: UInt64 = 1, withTruth: Bool = true) throws {
    var generator = SeededGenerator(seed: seed)
    for split in Split.allCases {
        let place = data.appendingPathComponent(split.rawValue)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for i in 0 ..< 4 {
            let pixels = (0 ..< 52 * 64 * 64 * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            var episode = Episode(frames: pixels, width: 64, height: 64, actions: nil)
            let bearing = (0 ..< 52).map { _ in generator.uniform(-1, 1) }
            if withTruth {
                (episode.bearing, episode.distance, episode.reward) = (bearing, bearing.map { 0.3 + abs($0) }, bearing.map { 1 - abs($0) })
            }
            try episode.write(to: place.appendingPathComponent("\(i).safetensors"))
        }
    }
}
