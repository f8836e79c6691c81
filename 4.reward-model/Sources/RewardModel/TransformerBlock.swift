// TransformerBlock.swift - one block for patches and for words: every position listens to others, then thinks.
//
// Pre-norm, as stage 1's space-time block without the time (arXiv 1706.03762; 2002.04745). [B,L,E] -> [B,L,E].

import Layers
import Randomness
import Tensors

final class TransformerBlock: Module {
    let attentionNorm: RMSNorm, attention: Attention
    let feedForwardNorm: RMSNorm, feedForward: SwiGLU

    /// Patches see each other in all directions; words, when `isCausal`, only those before them.
    init(_ c: ScorerConfiguration, isCausal: Bool, rotary: RotaryTable, using generator: inout SeededGenerator) {
        attentionNorm = RMSNorm(c.embeddingDimensions)
        attention = Attention(width: c.embeddingDimensions, heads: c.heads, axis: -2, isCausal: isCausal, rotary: rotary, using: &generator)
        feedForwardNorm = RMSNorm(c.embeddingDimensions)
        feedForward = SwiGLU(width: c.embeddingDimensions, hidden: c.hiddenDimensions, using: &generator)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let x = attention(attentionNorm(x), residual: x)
        return feedForward(feedForwardNorm(x), residual: x)
    }

    var tensors: [NamedTensor] {
        attentionNorm.tensors(in: "attention.norm") + attention.tensors(in: "attention")
            + feedForwardNorm.tensors(in: "feedforward.norm") + feedForward.tensors(in: "feedforward")
    }
}
