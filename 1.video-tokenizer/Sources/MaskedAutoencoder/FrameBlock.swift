// FrameBlock.swift - how do latent tokens read a picture, and how is a picture drawn from them?
//
// By attention over one frame, in which not everybody hears everybody (Dreamer 4, arXiv 2509.24527, section 3.1 "Causal Tokenizer"). A
// frame is S latent tokens and then N patch tokens:
//
//   encoder: latents hear latents and patches, patches hear patches only: what is written into a latent was read off the picture
//   decoder: latents hear latents only, patches hear both: a patch is drawn from the latents, and nothing flows back
//
// Nothing here looks at another frame: time is the affair of the latents alone, which are few.

import Layers
import Randomness
import Tensors

/// [B,T,S+N,E] -> [B,T,S+N,E], or some of the S+N: attention over the frame, then feed-forward.
final class FrameBlock: Module {
    private let spaceNorm: RMSNorm, space: Attention
    private let feedForwardNorm: RMSNorm, feedForward: SwiGLU
    private let mask: AttentionMask

    init(_ c: MaskedAutoencoderConfiguration, places: RotaryTable, mask: AttentionMask, using generator: inout SeededGenerator) {
        let e = c.embeddingDimensions
        spaceNorm = RMSNorm(e)
        space = Attention(width: e, heads: c.heads, axis: -2, isCausal: false, rotary: places, using: &generator)
        feedForwardNorm = RMSNorm(e)
        feedForward = SwiGLU(width: e, hidden: c.hiddenDimensions, using: &generator)
        self.mask = mask
    }

    /// `kept` are the tokens that somebody still needs: the last block of the encoder keeps the latents, that of the decoder the patches.
    func callAsFunction(_ x: Tensor, keeping kept: Range<Int>? = nil) -> Tensor {
        var x = space(spaceNorm(x), residual: x, mask: mask)
        if let kept { x = x.sliced(axis: -2, kept) }
        return feedForward(feedForwardNorm(x), residual: x)
    }

    var tensors: [NamedTensor] {
        spaceNorm.tensors(in: "space.norm") + space.tensors(in: "space")
            + feedForwardNorm.tensors(in: "feedforward.norm") + feedForward.tensors(in: "feedforward")
    }
}
