// ImageTransformer.swift - how does a picture become one vector?
//
// Patches, a learned vector for each place, blocks (ViT, arXiv 2010.11929, section 3.1), and then each of the E features takes the
// largest value that any patch has for it: one patch that has seen something red is enough. A mean would let 62 patches of floor
// drown the 2 with the toy. (CLIP's ViT has a class token instead, one more patch that listens to all others.)
//
// A toy two meters away is two pixels of the 64 of its patch, and hardly changes their sum. So each patch is looked at in four quarters
// first, each with a nonlinear layer of its own size: a small stem (arXiv 2106.14881).
//
// In: frames [B,H,W,3] in 0...1. Out: [B,E].

import FrameCoding
import Layers
import Randomness
import Tensors
import VideoTokenizer

public final class ImageTransformer: Module {
    /// What a quarter of a patch can be said to show.
    static let quarterFeatures = 32

    let configuration: ScorerConfiguration
    let quarterEmbedding: Linear, patchEmbedding: Linear, positions: Tensor, blocks: [TransformerBlock], norm: RMSNorm, output: Linear

    public init(_ configuration: ScorerConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, side = c.imageSize / c.patchSize, e = c.embeddingDimensions
        self.configuration = c
        quarterEmbedding = Linear(c.patchSize * c.patchSize / 4 * 3, ImageTransformer.quarterFeatures, using: &generator)
        patchEmbedding = Linear(4 * ImageTransformer.quarterFeatures, e, using: &generator)
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
        let side = c.imageSize / c.patchSize
        let quarters = quarterEmbedding(patches(of: frames.reshaped([b, 1, c.imageSize, c.imageSize, 3]), size: c.patchSize / 2)).relu()
        // The four quarters of a patch lie apart, two in one row of quarters and two in the next: they are put one after the other.
        let cut = quarters.reshaped([b, side, 2, side, 2, -1])      // [B, row, upper or lower, column, left or right, 32]
            .permuted([0, 1, 3, 2, 4, 5])                           // [B, row, column, upper or lower, left or right, 32]
            .reshaped([b, c.patches, -1])                           // [B,N,4·32]
        let x = norm(blocks.reduce(patchEmbedding(cut) + positions) { x, block in block(x) })     // [B,N,E]
        let features = x.transposed()                                                             // [B,E,N]
        return output(features.gathered(features.argmax()))                                       // [B,E]
    }

    public var tensors: [NamedTensor] {
        quarterEmbedding.tensors(in: "quarter_embedding") + patchEmbedding.tensors(in: "patch_embedding") + [("positions", positions)]
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") }
            + norm.tensors(in: "norm") + output.tensors(in: "output")
    }
}
