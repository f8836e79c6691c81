// AgentTokens.swift - how does an agent listen to a world model without being heard by it?
//
// Dreamer 4 (arXiv 2509.24527, section 3.3) adds one token a frame to its transformer: the agent's. It is told the task, it hears
// everything, and nobody hears it. Could the others hear it, the future would depend on what the agent is after, and a dream of the task
// would be a wish. There the transformer is trained on with them. Here the world model stays as it is, and the agent's tokens have a block
// of their own that reads its latents: to train a transformer on only to add a token is too dear for minutes, and so that nothing can be
// heard is no longer a matter of a mask.
//
// One thing it does not hear: what it did last. A clone that is told says it again, and is right most of the time (the "copycat", arXiv
// 1905.11979): here it then stood for ever, as demonstrators mostly do.
//
//   z [B,T,S,Z] -> block over S latents and the token -> GRU over T -> h [B,T,E]

import Layers
import Randomness
import Tensors

/// Latents to agent states.
public final class AgentTokens: Module {
    private let task: Tensor, embedding: Linear, places: Tensor
    private let attentionNorm: RMSNorm, attention: Attention, feedForwardNorm: RMSNorm, feedForward: SwiGLU, norm: RMSNorm, gru: GRU
    private let mask: AttentionMask

    /// - Parameters: S `latents` of Z `numbers` a frame; `tasks`: how many tasks can be asked for.
    public init(
        latents: Int, numbers: Int, tasks: Int = 1, width: Int, heads: Int = 2, using generator: inout SeededGenerator
    ) {
        task = Tensor.normal([tasks, width], standardDeviation: 0.3, using: &generator).asParameter()
        embedding = Linear(numbers, width, using: &generator)
        places = Tensor.normal([latents, width], standardDeviation: 0.3, using: &generator).asParameter()
        // Where a latent is, `places` says: no angles.
        let still = RotaryTable(angles: Array(repeating: Array(repeating: 0, count: width / heads / 2), count: latents + 1))
        attention = Attention(width: width, heads: heads, axis: -2, isCausal: false, rotary: still, using: &generator)
        feedForward = SwiGLU(width: width, hidden: 3 * width, using: &generator)
        (attentionNorm, feedForwardNorm, norm) = (RMSNorm(width), RMSNorm(width), RMSNorm(width))
        gru = GRU(width, width, using: &generator)
        // The token, which is the last, hears all; the latents hear each other.
        mask = AttentionMask(length: latents + 1) { i, j in j < latents || i == latents }
    }

    /// After one block, the S latents and the token [N,S+1,E] of N frames.
    func heard(_ z: Tensor, task number: Int) -> Tensor {
        let (N, E) = (z.size(0), task.size(1)), own = task.rows(at: Array(repeating: number, count: N)).reshaped([N, 1, E])
        let x = Tensor.concatenated([embedding(z.stopGradient()) + places, own], axis: 1)
        let y = attention(attentionNorm(x), residual: x, mask: mask)
        return feedForward(feedForwardNorm(y), residual: y)
    }

    /// Latents [B,T,S,Z] -> states [B,T,E]; `state` [B,E] is that after the frames before.
    public func callAsFunction(_ z: Tensor, task: Int = 0, state: Tensor? = nil) -> Tensor {
        let (B, T, S) = (z.size(0), z.size(1), z.size(2)), x = heard(z.reshaped([B * T, S, z.size(3)]), task: task)
        return gru(norm(x.sliced(axis: 1, S ..< S + 1)).reshaped([B, T, -1]), state: state)
    }

    public var tensors: [NamedTensor] {
        [("task", task), ("places", places)] + embedding.tensors(in: "embedding")
            + attentionNorm.tensors(in: "attention_norm") + attention.tensors(in: "attention")
            + feedForwardNorm.tensors(in: "feed_forward_norm") + feedForward.tensors(in: "feed_forward")
            + norm.tensors(in: "norm") + gru.tensors(in: "gru")
    }
}
