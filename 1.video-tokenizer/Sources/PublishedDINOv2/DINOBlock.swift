// DINOBlock.swift - what is a block of DINOv2?
//
// That of CLIP's image tower (stage 4), and one thing more: what a block has to say is multiplied by a learned vector, the
// layer scale, before it is added to the stream (arXiv 2103.17239, equation 3). In training it begins near zero, so that a
// deep stack begins as if it were shallow.

import Layers
import Tensors
import Training

/// x + scale1 · attention(norm(x)), then x + scale2 · feedForward(norm(x)): [B,L,E] -> [B,L,E].
final class DINOBlock {
    private let attentionNorm: LayerNorm, qkv: Linear, output: Linear, attentionScale: Tensor
    private let feedForwardNorm: LayerNorm, up: Linear, down: Linear, feedForwardScale: Tensor
    private let heads: Int, isGated: Bool

    init(_ weights: PublishedWeights, _ c: DINOConfiguration) throws {
        let E = c.width, attention = weights.inside("attention.attention")
        // Three layers in the file, one in ours: one product over the same input instead of three.
        let parts = try ["query", "key", "value"].map { try attention.linear($0, E, E, bias: c.hasQueryBias) }
        qkv = Linear(
            weight: .concatenated(parts.map(\.weight), axis: 0), bias: c.hasQueryBias ? .concatenated(parts.map { $0.bias! }, axis: 0) : nil
        )
        output = try weights.linear("attention.output.dense", E, E)
        up = try weights.linear(c.isGated ? "mlp.weights_in" : "mlp.fc1", E, c.isGated ? 2 * c.hiddenWidth : c.hiddenWidth)
        down = try weights.linear(c.isGated ? "mlp.weights_out" : "mlp.fc2", c.hiddenWidth, E)
        attentionNorm = try weights.norm("norm1", c.width, epsilon: c.epsilon)
        feedForwardNorm = try weights.norm("norm2", c.width, epsilon: c.epsilon)
        (attentionScale, feedForwardScale) = (
            try weights.tensor("layer_scale1.lambda1", [E]), try weights.tensor("layer_scale2.lambda1", [E])
        )
        (heads, isGated) = (c.heads, c.isGated)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let heard = output(qkv(attentionNorm(x)).attention(axis: 1, heads: heads, isCausal: false))
        let x = x + heard * attentionScale
        let inner = up(feedForwardNorm(x)), half = inner.size(-1) / 2
        // The exact GELU; its approximation by tanh, which other models use, differs in the third digit.
        let active =
            isGated ? Tensor.swiGLU(gate: inner.sliced(axis: 2, 0 ..< half), up: inner.sliced(axis: 2, half ..< 2 * half)) : inner.gelu()
        return x + down(active) * feedForwardScale
    }
}
