// Micro.swift - models so small that a test takes milliseconds.

@testable import DynamicsModel
import Layers
import Randomness
import Tensors
import VideoTokenizer
import WorldModels
import XCTest

let microWords = ["a", "left", "toy"]

/// 2×2 patches, 12 codes, 4 frames, 3 actions.
func micro(seed: UInt64 = 1, order: String? = nil, expects: Bool = false, words: [String]? = nil) -> MaskedDynamics {
    var c = DynamicsConfiguration(), generator = SeededGenerator(seed: seed)
    (c.side, c.levels, c.frames, c.actions, c.order) = (2, [4, 3], 4, 3, order)
    (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (16, 2, 24, 2)
    (c.actionKind, c.commands) = (
        "true", [Command(name: "stop", action: 0), Command(name: "turn left", action: 1), Command(name: "turn right", action: 2)]
    )
    (c.expects, c.words) = (expects, words)
    return MaskedDynamics(c, using: &generator)
}

/// The micro dynamics with a tokenizer of 8×8 pixels in 2×2 patches that fits it.
func microWorld(order: String? = nil, words: [String]? = nil) -> MaskedWorldModel {
    var c = TokenizerConfiguration(), generator = SeededGenerator(seed: 3)
    (c.imageSize, c.patchSize, c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks, c.levels) = (
        8, 4, 4, 16, 2, 24, 1, [4, 3]
    )
    return MaskedWorldModel(tokenizer: VideoTokenizer(c, using: &generator), dynamics: micro(order: order, words: words), actionModel: nil)
}

/// Sixty steps on one batch of B clips make the loss a quarter of what it was.
func assertLossFalls(_ model: MaskedDynamics, _ draw: MaskDraw, _ actions: [Int], words: [Int] = [], batch B: Int, line: UInt = #line) {
    let (muon, adamW) = blockOptimizers(of: model.parameters)
    let losses = (0 ..< 60).map { _ in
        let loss = model.logits(read: draw.read, guessed: draw.guessed, actions: actions, words: words, batch: B)
            .crossEntropy(draw.targets)
        loss.backward()
        muon.step(learningRate: 0.02)
        adamW.step(learningRate: 0.01)
        return loss.item
    }
    XCTAssertLessThan(losses.last!, losses[0] / 4, "\(losses[0]) ... \(losses.last!)", line: line)
}

func rows(_ tensor: Tensor) -> [[Float]] {
    let (values, width) = (tensor.values, tensor.size(-1))
    return (0 ..< tensor.size(0)).map { Array(values[$0 * width ..< ($0 + 1) * width]) }
}
