// Samples.swift - what the tests of this library share: a model small enough to step through, and a world that it can learn.

import Layers
import Randomness
@testable import ShortcutForcing
import Tensors
import XCTest

extension ShortcutConfiguration {
    /// Four latents of three numbers, clips of 4 frames, 3 actions, steps of 1, 1/2 and 1/4: the configuration of the goldens.
    static let micro: ShortcutConfiguration = {
        var c = ShortcutConfiguration()
        (c.rows, c.columns, c.latentDimensions, c.frames, c.shortFrames, c.actions, c.finestSteps) = (2, 2, 3, 4, 4, 3, 4)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 2, 24, 2)
        return c
    }()
}

func micro(_ change: (inout ShortcutConfiguration) -> Void = { _ in }) -> LatentDynamics {
    var c = ShortcutConfiguration.micro, generator = SeededGenerator(seed: 1)
    change(&c)
    return LatentDynamics(c, using: &generator)
}

func normal(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.normal(shape, standardDeviation: 1, using: &generator)
}

/// Clips [B,T,4,3] in which action 0 keeps every number, 1 adds one and 2 takes one away, and the actions, B·(T-1).
func walks(_ batch: Int, _ frames: Int, using generator: inout SeededGenerator) -> (z: Tensor, actions: [Int]) {
    let z = Tensor(uninitialized: [batch, frames, 4, 3])
    var actions: [Int] = []
    for b in 0 ..< batch {
        var place = generator.normal()
        for t in 0 ..< frames {
            if t > 0 {
                actions.append(generator.integer(below: 3))
                place += [0, 1, -1][actions.last!]
            }
            for i in 0 ..< 12 { z.pointer[(b * frames + t) * 12 + i] = place + Float(i) / 10 }
        }
    }
    return (z, actions)
}
