// CLIPBlock.swift - what do the image and the text transformer have in common?
//
// The block. It is the transformer of 2019 (GPT-2), older than the blocks of stages 1 to 3: layer norm with a bias instead of RMS
// norm, biases everywhere, two matrices and a GELU instead of SwiGLU, and no rotary positions: where a token stands was added to
// it at the start. A residual stream with attention and a feed-forward part, each behind a norm, it is all the same.

import Layers
import Tensors
import Training

/// x + attention(norm(x)), then x + feedForward(norm(x)): [B,L,E] -> [B,L,E].
final class CLIPBlock {
    private let attentionNorm: LayerNorm, feedForwardNorm: LayerNorm
    private let qkv: Linear, output: Linear, up: Linear, down: Linear
    private let heads: Int, activation: CLIPConfiguration.Activation, isCausal: Bool

    init(_ weights: PublishedWeights, _ tower: CLIPConfiguration.Tower, isCausal: Bool) throws {
        let attention = weights.inside("self_attn"), E = tower.width
        // Three layers in the file, one in ours: one product over the same input instead of three.
        let parts = try ["q_proj", "k_proj", "v_proj"].map { try attention.linear($0, E, E) }
        let weight = Tensor.concatenated(parts.map(\.weight), axis: 0), bias = Tensor.concatenated(parts.map { $0.bias! }, axis: 0)
        qkv = Linear(weight: weight, bias: bias)
        output = try attention.linear("out_proj", E, E)
        up = try weights.linear("mlp.fc1", E, tower.hiddenWidth)
        down = try weights.linear("mlp.fc2", tower.hiddenWidth, E)
        attentionNorm = try weights.norm("layer_norm1", tower.width, epsilon: tower.epsilon)
        feedForwardNorm = try weights.norm("layer_norm2", tower.width, epsilon: tower.epsilon)
        (heads, activation, self.isCausal) = (tower.heads, tower.activation, isCausal)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let mixed = qkv(attentionNorm(x)).attention(axis: -2, heads: heads, isCausal: isCausal)
        let x = output(mixed, residual: x)
        return down(activation(up(feedForwardNorm(x))), residual: x)
    }
}

extension CLIPConfiguration.Activation {
    func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .gelu: x.gelu()
        // x·sigmoid(1.702·x), the quick approximation of GELU that its paper names (arXiv 1606.08415, section 2). A model trained
        // with one and run with the other still works, only worse: nothing tells you but the numbers.
        case .quickGELU: x * (x * 1.702).sigmoid()
        }
    }
}

/// The blocks of one tower.
final class CLIPBlocks {
    private let blocks: [CLIPBlock]

    init(_ weights: PublishedWeights, _ tower: CLIPConfiguration.Tower, isCausal: Bool) throws {
        blocks = try (0 ..< tower.layers).map { try CLIPBlock(weights.inside("encoder.layers.\($0)"), tower, isCausal: isCausal) }
    }

    func callAsFunction(_ x: Tensor) -> Tensor { blocks.reduce(x) { $1($0) } }
}
