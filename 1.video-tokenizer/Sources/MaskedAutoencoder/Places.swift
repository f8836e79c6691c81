// Places.swift - where in the picture is a latent?
//
// In Dreamer 4 it has no place: latent tokens learn to divide the picture among them, and that takes them long. Here each has an equal
// share of the picture, begins with what is in it, and reads the rest by attention. Neighbors in the picture are then read by neighbors,
// and a picture that moves moves through them.

import Foundation
import Tensors

extension MaskedAutoencoderConfiguration {
    /// Who hears whom among S latents and N patches.
    func hearing(inEncoder: Bool) -> AttentionMask {
        AttentionMask(length: latents + patches) { i, j in
            let (iIsLatent, jIsLatent) = (i < latents, j < latents)
            return iIsLatent == jIsLatent || (inEncoder ? iIsLatent : jIsLatent)
        }
    }

    /// The rows and columns of the S latents: as near to a square as S allows.
    var latentGrid: (rows: Int, columns: Int) {
        let rows = (1 ... latents).last { latents % $0 == 0 && $0 * $0 <= latents }!
        return (rows, latents / rows)
    }

    /// [B,T,N,n] -> [B,T,S,N/S·n]: the patches of each latent's share side by side.
    func shares(of patches: Tensor) -> Tensor {
        let (b, t, n) = (patches.size(0), patches.size(1), patches.size(3)), side = imageSize / patchSize, (rows, columns) = latentGrid
        return patches.reshaped([b * t, rows, side / rows, columns, side / columns, n]).permuted([0, 1, 3, 2, 4, 5]).reshaped([
            b, t, latents, -1,
        ])
    }

    /// [B,T,S,N/S·n] -> [B,T,N,n], the way back.
    func patches(of shares: Tensor) -> Tensor {
        let (b, t) = (shares.size(0), shares.size(1)), side = imageSize / patchSize, (rows, columns) = latentGrid
        return shares.reshaped([b * t, rows, columns, side / rows, side / columns, -1]).permuted([0, 1, 3, 2, 4, 5]).reshaped([
            b, t, patches, -1,
        ])
    }

    /// Rotary angles of S latents in the middle of their shares, and `withPatches` of the N patches after them: the first half of the pairs
    /// turns by the row, the second by the column.
    func places(withPatches: Bool) -> RotaryTable {
        let side = imageSize / patchSize, pairs = embeddingDimensions / heads / 4, (rows, columns) = latentGrid
        func middle(_ i: Int, of count: Int) -> Float { (Float(i) + 0.5) * Float(side) / Float(count) - 0.5 }
        var places = (0 ..< latents).map { (middle($0 / columns, of: rows), middle($0 % columns, of: columns)) }
        if withPatches { places += (0 ..< side * side).map { (Float($0 / side), Float($0 % side)) } }
        return RotaryTable(angles: places.map { row, column in
            [row, column].flatMap { position in (0 ..< pairs).map { position * powf(100, -Float($0) / Float(pairs)) } }
        })
    }
}
