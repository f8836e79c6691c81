// CLIPVisionTransformer.swift - how does a picture become one vector?
//
// As a sentence of patches (arXiv 2010.11929, section 3.1), with one word more at its front that stands for no patch. It is the
// same for every picture when it enters; block by block it gathers what the patches hold, and at the end it alone is read.

import Layers
import Tensors
import Training

/// The image tower: [B,3,S,S] -> [B,E].
final class CLIPVisionTransformer {
    private let patchEmbedding: Tensor      // [E,P·P·3]
    private let classEmbedding: Tensor      // [1,E]
    private let positions: Tensor           // [1+N,E]
    private let inputNorm: LayerNorm, outputNorm: LayerNorm
    private let blocks: CLIPBlocks
    private let patchSize: Int

    init(_ weights: PublishedWeights, _ c: CLIPConfiguration) throws {
        let embeddings = weights.inside("embeddings"), E = c.vision.width, side = c.imageSize / c.patchSize
        classEmbedding = try embeddings.tensor("class_embedding", [E]).reshaped([1, E])
        // [E,3,P,P] in the file -> [E,P,P,3]: our pictures have the channels last
        patchEmbedding = try embeddings.tensor("patch_embedding.weight", [E, 3, c.patchSize, c.patchSize]).permuted([0, 2, 3, 1]).reshaped([
            E, -1,
        ])
        positions = try embeddings.tensor("position_embedding.weight", [1 + side * side, E])
        // The name in the published files; a slip of the keyboard that can never be mended.
        inputNorm = try weights.norm("pre_layrnorm", c.vision.width, epsilon: c.vision.epsilon)
        blocks = try CLIPBlocks(weights, c.vision, isCausal: false)
        outputNorm = try weights.norm("post_layernorm", c.vision.width, epsilon: c.vision.epsilon)
        patchSize = c.patchSize
    }

    func callAsFunction(_ pixels: Tensor) -> Tensor {
        let batch = pixels.size(0), E = classEmbedding.size(-1)
        // A convolution with stride P is one linear layer on each patch. [B,3,S,S] -> [B,S,S,3] -> [B,√N,√N,E] -> [B,N,E]
        let patches = pixels.permuted([0, 2, 3, 1]).convolution(patchEmbedding, stride: patchSize).reshaped([batch, -1, E])
        let front = classEmbedding.rows(at: [Int](repeating: 0, count: batch)).reshaped([batch, 1, E])
        let tokens = Tensor.concatenated([front, patches], axis: 1) + positions     // [B,1+N,E]
        let last = blocks(inputNorm(tokens))
        return outputNorm(last.sliced(axis: 1, 0 ..< 1).reshaped([batch, E]))
    }
}
