// Micro.swift - the smallest pixel diffusion model, and something to look at.

@testable import PixelDiffusion
import Randomness
import Tensors

extension PixelDiffusionConfiguration {
    /// Frames of 8x8 pixels, two of them in the past, three actions.
    static let micro: PixelDiffusionConfiguration = {
        var c = PixelDiffusionConfiguration()
        (c.imageSize, c.squareSize, c.channels, c.groups, c.conditionDimensions) = (8, 2, [8, 8], 4, 8)
        (c.pastFrames, c.actions, c.startNoise, c.weighsColors) = (2, 3, 2, "none")
        return c
    }()
}

func micro(seed: UInt64 = 1, _ change: (inout PixelDiffusionConfiguration) -> Void = { _ in }) -> PixelDiffusion {
    var c = PixelDiffusionConfiguration.micro, generator = SeededGenerator(seed: seed)
    change(&c)
    return PixelDiffusion(c, using: &generator)
}

/// Gives every number of a model some value: what begins at zero would hide what comes before it.
func stirred(_ model: PixelDiffusion, seed: UInt64 = 2) -> PixelDiffusion {
    var generator = SeededGenerator(seed: seed)
    for (_, tensor) in model.parameters { for i in 0 ..< tensor.count { tensor.pointer[i] += 0.1 * generator.normal() } }
    return model
}

func frames(_ shape: [Int], seed: UInt64 = 3) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform(shape, 0, 1, using: &generator)
}
