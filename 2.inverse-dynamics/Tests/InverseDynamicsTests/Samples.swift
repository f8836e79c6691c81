// Samples.swift - what the tests of this stage share: a small model, and a small world in which every action shows.

import CommandTesting
import Episodes
import Foundation
@testable import InverseDynamics
import Layers
import Randomness
import Tensors
import XCTest

extension ActionConfiguration {
    /// 16 patches of 4x4 pixels, 4 frames, small blocks; 4 codes.
    static let micro: ActionConfiguration = {
        var c = ActionConfiguration()
        (c.imageSize, c.frames, c.patchSize, c.embeddingDimensions, c.heads, c.hiddenDimensions) = (16, 4, 4, 32, 2, 48)
        (c.encoderBlocks, c.decoderBlocks, c.levels, c.mapSide) = (1, 2, [2, 2], 8)
        return c
    }()
}

/// A micro model. With `stirred` every weight is random: at initialization the decoder only copies, which would hide any leak.
func microModel(_ change: (inout ActionConfiguration) -> Void = { _ in }, stirred: Bool = false, seed: UInt64 = 1) -> LatentActionModel {
    var c = ActionConfiguration.micro, generator = SeededGenerator(seed: seed)
    change(&c)
    let model = LatentActionModel(c, using: &generator)
    if stirred {
        for (_, p) in model.parameters { for i in 0 ..< p.count { p.pointer[i] += 0.2 * generator.normal() } }
    }
    return model
}

func noise(_ batch: Int, _ frames: Int, seed: UInt64 = 5) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform([batch, frames, 16, 16, 3], 0, 1, using: &generator)
}

/// Frames `range` of [B,T,..].
func frames(_ video: Tensor, _ range: Range<Int>) -> [Float] { video.sliced(axis: 1, range).values }

/// A world of three actions: 0 stands, 1 moves the picture two pixels to the left, 2 to the right. Wide stripes of random brightness, and
/// another place each time.
func slidingWorld(_ batch: Int, _ length: Int, using generator: inout SeededGenerator) -> (frames: Tensor, actions: [Int]) {
    let video = Tensor(uninitialized: [batch, length, 16, 16, 3])
    var actions: [Int] = []
    for b in 0 ..< batch {
        let stripes = (0 ..< 64).map { _ in generator.uniform() }
        var place = 40
        for t in 0 ..< length {
            for y in 0 ..< 16 { for x in 0 ..< 16 { for channel in 0 ..< 3 {
                let brightness = stripes[((place + x) / 2 + y / 6 * 7) % 64]
                video.pointer[(((b * length + t) * 16 + y) * 16 + x) * 3 + channel] = channel == 2 ? 1 - brightness : brightness
            } } }
            if t < length - 1 {
                let action = generator.integer(below: 3)
                actions.append(action)
                place += [0, 2, -2][action]
            }
        }
    }
    return (video, actions)
}

/// Writes episodes of the sliding world to a temporary folder that is removed when the test ends.
func slidingEpisodes(
    _ test: XCTestCase, count: Int = 3, length: Int = 10, withActions: Bool = true, change: (Int, inout [Int]) -> Void = { _, _ in }
) throws -> EpisodeSet {
    let folder = try test.makeTemporaryFolder()
    var generator = SeededGenerator(seed: 7)
    for i in 0 ..< count {
        var (video, actions) = slidingWorld(1, length, using: &generator)
        change(i, &actions)
        let episode = Episode(frames: video.values.map { UInt8($0 * 255) }, width: 16, height: 16, actions: withActions ? actions : nil)
        try episode.write(to: folder.appendingPathComponent("\(i).safetensors"))
    }
    return try EpisodeSet(episodesIn: folder)
}
