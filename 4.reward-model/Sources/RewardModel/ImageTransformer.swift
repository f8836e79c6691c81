// ImageTransformer.swift - how does a picture become one vector?
//
// Patches, a learned vector for each place, blocks (ViT, arXiv 2010.11929, section 3.1), and then each of the E features takes the
// largest value that any patch has for it: one patch that has seen something red is enough. A mean would let 62 patches of floor
// drown the 2 with the toy. (CLIP's ViT has a class token instead, one more patch that listens to all others.)
//
// A toy two meters away is two pixels of the 64 of its patch, and hardly changes their sum. So the patches are made by three small
// convolutions, each of which halves the picture: a stem (arXiv 2106.14881). Their windows overlap, so no toy is cut by a border.
//
// In: frames [B,H,W,3] in 0...1. Out: [B,E].

import Layers
import Randomness
import Tensors

public final class ImageTransformer: Module {
    let configuration: ScorerConfiguration
    let stem: [Convolution], positions: Tensor, blocks: [TransformerBlock], norm: RMSNorm, output: Linear

    public init(_ configuration: ScorerConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, side = c.imageSize / c.patchSize, e = c.embeddingDimensions
        self.configuration = c
        // 3 -> 24 -> 48 -> E, for patches of 8 pixels.
        let widths = [3] + (0 ..< c.halvings - 1).map { 24 << $0 } + [e]
        stem = (0 ..< c.halvings).map { Convolution(widths[$0], widths[$0 + 1], stride: 2, using: &generator) }
        // Rotary angles tell patches where they are from each other; "on the left" needs where they are.
        positions = Tensor.normal([c.patches, e], standardDeviation: 0.2, using: &generator).asParameter()
        let grid = RotaryTable.grid(rows: side, columns: side, headWidth: e / c.heads)
        blocks = (0 ..< c.imageBlocks).map { _ in TransformerBlock(c, isCausal: false, rotary: grid, using: &generator) }
        norm = RMSNorm(e)
        output = Linear(e, e, using: &generator)
    }

    public func callAsFunction(_ frames: Tensor) -> Tensor {
        let c = configuration, b = frames.size(0)
        precondition(
            frames.shape == [b, c.imageSize, c.imageSize, 3],
            "the image transformer takes [B,\(c.imageSize),\(c.imageSize),3], not \(frames.shape)")
        let map = stem.dropFirst().reduce(stem[0](frames - 0.5)) { map, layer in layer(map.relu()) }    // [B,H/P,W/P,E]
        let x = norm(blocks.reduce(map.reshaped([b, c.patches, -1]) + positions) { x, block in block(x) })     // [B,N,E]
        let features = x.transposed()                                                             // [B,E,N]
        return output(features.gathered(features.argmax()))                                       // [B,E]
    }

    public var tensors: [NamedTensor] {
        stem.enumerated().flatMap { $1.tensors(in: "stem.\($0)") } + [("positions", positions)]
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") }
            + norm.tensors(in: "norm") + output.tensors(in: "output")
    }
}
