// PatchMask.swift - which patches does a frame hide from the encoder?
//
// Each frame draws its own share p, from none to nearly all, and hides each patch with this probability (Dreamer 4, section
// 3.1 "Masked autoencoding"). To draw what it cannot see the model must know what kitchens look like. Nothing is hidden
// after training, so p = 0 must come up too.

import Randomness
import Tensors

/// 1 where a patch is hidden, 0 where it is seen: [B,T,N,1]; the share of each frame is uniform from 0 to `most`.
public func patchMask(clips: Int, frames: Int, patches: Int, most: Float, using generator: inout SeededGenerator) -> Tensor {
    let mask = Tensor(uninitialized: [clips, frames, patches, 1])
    for frame in 0 ..< clips * frames {
        let p = generator.uniform(0, most)
        for patch in 0 ..< patches { mask.pointer[frame * patches + patch] = generator.uniform() < p ? 1 : 0 }
    }
    return mask
}

/// The same for the pixels of patches of PxP: [B,T,N,1] -> [B,T,H,W,1], for square frames.
public func pixelMask(_ mask: Tensor, patchSize p: Int) -> Tensor {
    let (b, t) = (mask.size(0), mask.size(1)), side = Int(Double(mask.size(2)).squareRoot())
    return mask.reshaped([b * t, side, 1, side, 1]).expanded(to: [b * t, side, p, side, p]).reshaped([b, t, side * p, side * p, 1])
}
