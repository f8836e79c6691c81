// CLIPTextTransformer.swift - how does a sentence become one vector?
//
// The same blocks, but causal: each token sees only those before it. So only the last token, <|endoftext|>, has seen the whole
// sentence, and there the answer is read. Whatever would come after it cannot change it: sentences of different lengths need no
// padding here, each is computed alone and only as far as its end.

import Layers
import Tensors
import Training

/// The text tower: ids -> [1,E].
final class CLIPTextTransformer {
    private let tokens: Tensor              // [V,E]
    private let positions: Tensor           // [77,E]
    private let blocks: CLIPBlocks
    private let outputNorm: LayerNorm
    private let endToken: Int

    init(_ weights: PublishedWeights, _ c: CLIPConfiguration) throws {
        let embeddings = weights.inside("embeddings"), E = c.text.width
        tokens = try embeddings.tensor("token_embedding.weight", [c.vocabularySize, E])
        positions = try embeddings.tensor("position_embedding.weight", [c.textLength, E])
        blocks = try CLIPBlocks(weights, c.text, isCausal: true)
        outputNorm = try weights.norm("final_layer_norm", c.text.width, epsilon: c.text.epsilon)
        endToken = c.endToken
    }

    func callAsFunction(_ ids: [Int]) -> Tensor {
        precondition(!ids.isEmpty && ids.count <= positions.size(0), "\(ids.count) tokens; the model has \(positions.size(0)) positions")
        let end = end(of: ids), E = tokens.size(-1)
        let x = tokens.rows(at: Array(ids[...end])) + positions.sliced(axis: 0, 0 ..< end + 1)
        let last = blocks(x.reshaped([1, end + 1, E]))                              // [1,L,E]
        return outputNorm(last.sliced(axis: 1, end ..< end + 1).reshaped([1, E]))
    }

    /// Where the answer is read. The first published configurations name token 2 as the end, which it never was; the library
    /// then looks for the largest id, for in the published vocabulary the end token is the last. Both ways are kept, as there.
    private func end(of ids: [Int]) -> Int {
        (endToken == 2 ? ids.firstIndex(of: ids.max()!) : ids.firstIndex(of: endToken)) ?? 0
    }
}
