// Micro.swift - models so small that a test takes milliseconds.

@testable import DynamicsModel
import Randomness
import Tensors
import VideoTokenizer
import WorldModels

/// 2×2 patches, 12 codes, 4 frames, 3 actions.
func micro(seed: UInt64 = 1) -> MaskedDynamics {
    var c = DynamicsConfiguration(), generator = SeededGenerator(seed: seed)
    (c.side, c.levels, c.frames, c.actions) = (2, [4, 3], 4, 3)
    (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 2, 24, 2)
    (c.actionKind, c.commands) = (
        "true", [Command(name: "stop", action: 0), Command(name: "turn left", action: 1), Command(name: "turn right", action: 2)]
    )
    return MaskedDynamics(c, using: &generator)
}

/// The micro dynamics with a tokenizer of 8×8 pixels in 2×2 patches that fits it.
func microWorld() -> MaskedWorldModel {
    var c = TokenizerConfiguration(), generator = SeededGenerator(seed: 3)
    (c.imageSize, c.patchSize, c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks, c.levels) = (
        8, 4, 4, 16, 2, 24, 1, [4, 3]
    )
    return MaskedWorldModel(tokenizer: VideoTokenizer(c, using: &generator), dynamics: micro(), actionModel: nil)
}

func rows(_ tensor: Tensor) -> [[Float]] {
    let (values, width) = (tensor.values, tensor.size(-1))
    return (0 ..< tensor.size(0)).map { Array(values[$0 * width ..< ($0 + 1) * width]) }
}
