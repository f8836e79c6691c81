// TextTransformer.swift - how does a sentence become one vector?
//
// Words see the words before them, and the vector at the end of the sentence, which has seen them all, is the sentence's
// (CLIP, arXiv 2103.00020, section 2.4). What fills a row after the end can therefore never be heard.
//
// In: B sentences as token numbers. Out: [B,E].

import Captions
import Layers
import Randomness
import Tensors

public final class TextTransformer: Module {
    let configuration: ScorerConfiguration
    let embedding: Embedding, blocks: [TransformerBlock], norm: RMSNorm, output: Linear

    public init(_ configuration: ScorerConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions
        self.configuration = c
        embedding = Embedding(WordTokenizer(words: c.words).vocabulary, e, standardDeviation: 1, using: &generator)
        let line = RotaryTable.line(length: c.textLength, headWidth: e / c.heads)
        blocks = (0 ..< c.textBlocks).map { _ in TransformerBlock(c, isCausal: true, rotary: line, using: &generator) }
        norm = RMSNorm(e)
        output = Linear(e, e, using: &generator)
    }

    public func callAsFunction(_ sentences: [[Int]]) -> Tensor {
        let length = sentences.map(\.count).max()!, e = configuration.embeddingDimensions
        precondition(length <= configuration.textLength, "a sentence of \(length) tokens; at most \(configuration.textLength) fit")
        let filled = sentences.flatMap { $0 + Array(repeating: WordTokenizer.end, count: length - $0.count) }
        let x = embedding(filled).reshaped([sentences.count, length, e])                          // [B,L,E]
        let ends = sentences.enumerated().map { $0 * length + $1.count - 1 }
        let heard = norm(blocks.reduce(x) { x, block in block(x) })
        return output(heard.reshaped([-1, e]).rows(at: ends))                                     // [B·L,E] -> [B,E]
    }

    public var tensors: [NamedTensor] {
        embedding.tensors(in: "embedding") + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm")
            + output.tensors(in: "output")
    }
}
