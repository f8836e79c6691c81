// Samples.swift - what the tests of this target share.

import Foundation
@testable import JointEmbedding
import Layers
import Randomness
import Tensors
import XCTest
extension JointEmbeddingConfiguration {
    /// 16 patches of 4x4 pixels, one block.
    static func micro(_ objective: Objective) -> JointEmbeddingConfiguration {
        var c = JointEmbeddingConfiguration()
        (c.imageSize, c.patchSize, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 4, 16, 2, 32, 1)
        (c.vectorDimensions, c.predictorDimensions, c.predictorBlocks, c.objective) = (8, 8, 1, objective)
        return c
    }
}

func microModel(_ objective: Objective, seed: UInt64 = 1) -> JointEmbedding {
    var generator = SeededGenerator(seed: seed)
    return JointEmbedding(.micro(objective), using: &generator)
}

/// A bright square on a shaded floor that goes the way of the action: 0 stays, 1 left, 2 right, 3 up, 4 down. [B,2,16,16,3].
func movingSquares(_ count: Int, seed: UInt64 = 5) -> FramePairs {
    var generator = SeededGenerator(seed: seed)
    let frames = Tensor(uninitialized: [count, 2, 16, 16, 3])
    var actions: [Int] = [], bearing: [Float] = [], distance: [Float] = [], at = 0
    for _ in 0 ..< count {
        let (left, top, action) = (2 + generator.integer(below: 8), 2 + generator.integer(below: 8), generator.integer(below: 5))
        let (dx, dy) = [(0, 0), (-2, 0), (2, 0), (0, -2), (0, 2)][action], shade = generator.uniform()
        actions.append(action)
        for t in 0 ..< 2 {
            bearing.append(Float(left + t * dx) / 8 - 0.7)
            distance.append(1 + Float(top + t * dy) / 8)
            for y in 0 ..< 16 { for x in 0 ..< 16 { for k in 0 ..< 3 {
                let isInside = (0 ..< 4).contains(x - left - t * dx) && (0 ..< 4).contains(y - top - t * dy)
                frames.pointer[at] = isInside ? (k == 0 ? 0.9 : 0.2) : shade * 0.4 + Float(y) / 40
                at += 1
            } } }
        }
    }
    return FramePairs(frames: frames, actions: actions, bearing: bearing, distance: distance)
}
