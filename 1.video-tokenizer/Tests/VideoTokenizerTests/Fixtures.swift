// Fixtures.swift - what the tests of this stage share: PyTorch's numbers, and a tokenizer small enough to step through.

import Foundation
import Layers
import Randomness
import Tensors
@testable import VideoTokenizer
import XCTest
extension TokenizerConfiguration {
    /// 16 patches of 4×4 pixels, 3 frames, one block on either side; the configuration of the goldens.
    static let micro: TokenizerConfiguration = {
        var c = TokenizerConfiguration()
        (c.imageSize, c.frames, c.patchSize, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 3, 4, 16, 2, 24, 1)
        return c
    }()
}

/// A micro tokenizer with random weights.
func microTokenizer(quantizer: String = "fsq", temporalCompression: Int = 1, seed: UInt64 = 1) -> VideoTokenizer {
    var configuration = TokenizerConfiguration.micro, generator = SeededGenerator(seed: seed)
    configuration.quantizer = quantizer
    if temporalCompression > 1 {
        (configuration.temporalCompression, configuration.frames) = (temporalCompression, 1 + 2 * temporalCompression)
    }
    return VideoTokenizer(configuration, using: &generator)
}

/// Frames of noise [B,T,16,16,3] in 0...1.
func noise(_ batch: Int, _ frames: Int, seed: UInt64 = 5) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform([batch, frames, 16, 16, 3], 0, 1, using: &generator)
}

/// A bright square that moves over a shaded floor [B,T,16,16,3]: something that can be learned.
func movingSquares(_ batch: Int, _ frames: Int, using generator: inout SeededGenerator) -> Tensor {
    let video = Tensor(uninitialized: [batch, frames, 16, 16, 3])
    var at = 0
    for _ in 0 ..< batch {
        let (left, top, speed, shade) = (
            generator.integer(below: 12), generator.integer(below: 12), generator.integer(below: 3) - 1, generator.uniform()
        )
        for t in 0 ..< frames { for y in 0 ..< 16 { for x in 0 ..< 16 { for channel in 0 ..< 3 {
            let isInside = (0 ..< 5).contains(x - left - t * speed) && (0 ..< 5).contains(y - top)
            video.pointer[at] = isInside ? (channel == 0 ? 0.9 : 0.2) : shade * 0.5 + Float(y) / 40
            at += 1
        } } } }
    }
    return video
}
