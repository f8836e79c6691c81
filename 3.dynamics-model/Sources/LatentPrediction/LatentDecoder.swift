// LatentDecoder.swift - what did it have in mind?
//
// Nobody needs to know but us: the transition learns without this, and plans without it. It is trained beside, on latents that are cut off
// from everything else, and shows what the eye keeps. What it draws as fog, the eye has let go.

import FrameCoding
import Layers
import Randomness
import Tensors

/// Standardized latents [F,N,Z] -> frames [F,H,W,3]
public final class LatentDecoder: Module {
    private let unfold: Linear, widen: Linear, place: Tensor, blocks: [LatentBlock], norm: RMSNorm, pixels: Linear
    private let side: Int, rotary: RotaryTable, patchSize: Int
    private static let patchesPerSide = 8, thin = 16

    public init(_ c: LatentPredictionConfiguration, using generator: inout SeededGenerator) {
        let E = c.decoderDimensions, patches = 64
        side = c.side
        patchSize = c.imageSize / LatentDecoder.patchesPerSide
        unfold = Linear(c.width, patches / c.places * LatentDecoder.thin, using: &generator)
        widen = Linear(LatentDecoder.thin, E, using: &generator)
        place = Tensor.normal([patches, E], standardDeviation: 0.3, using: &generator).asParameter()
        let table = RotaryTable.grid(rows: 8, columns: 8, headWidth: E / 2)
        rotary = table
        blocks = (0 ..< c.decoderBlocks).map { _ in LatentBlock(width: E, heads: 2, hidden: E * 8 / 3, rotary: table, using: &generator) }
        norm = RMSNorm(E)
        pixels = Linear(E, patchSize * patchSize * 3, using: &generator)
    }

    public func callAsFunction(_ z: Tensor) -> Tensor {
        let F = z.size(0), all = LatentDecoder.patchesPerSide, r = all / side, thin = LatentDecoder.thin
        // Each place becomes r by r patches: [F, s·s, r·r·16] -> [F, s, r, s, r, 16], which is [F, 64, 16] in the order of the picture.
        var x = unfold(z).reshaped([F, side, side, r, r, thin]).permuted([0, 1, 3, 2, 4, 5]).reshaped([F, all * all, thin])
        x = widen(x) + place
        for block in blocks { x = block(x, mask: nil, rotary: rotary) }
        return FrameCoding.pixels(of: pixels(norm(x)).reshaped([1, F, all * all, -1]), size: patchSize).reshaped([
            F, all * patchSize, all * patchSize, 3,
        ])
    }

    public var tensors: [NamedTensor] {
        unfold.tensors(in: "unfold") + widen.tensors(in: "widen") + [("place", place)]
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") }
            + norm.tensors(in: "norm") + pixels.tensors(in: "pixels")
    }
}
