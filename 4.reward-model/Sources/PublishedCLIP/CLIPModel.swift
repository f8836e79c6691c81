// CLIPModel.swift - how well does a sentence fit a picture?
//
// CLIP was trained on 400 million pictures and the words beside them (arXiv 2103.00020). Each tower makes a vector, a matrix
// brings both into one space, and their lengths are thrown away. What is left is the angle between them: its cosine is near 1
// where the words fit.
//
//   logits = exp(t) · I_e · T_eᵀ         (figure 3 of the paper: pictures [B,Z], sentences [K,Z] -> [B,K])

import Foundation
import Layers
import Pictures
import Tensors
import Training

/// A published CLIP: pictures and sentences in, cosines out.
public final class CLIPModel {
    public let configuration: CLIPConfiguration
    public let tokenizer: BytePairTokenizer
    public let processor: CLIPImageProcessor
    /// exp(t), learned: 100 in the published models. It spreads cosines that lie close together.
    public let logitScale: Float

    private let vision: CLIPVisionTransformer, text: CLIPTextTransformer
    private let visualProjection: Linear, textProjection: Linear

    /// The files of a folder in Hugging Face's layout that must be there. Large weights lie in several files, which
    /// `model.safetensors.index.json` names; `preprocessor_config.json`, `tokenizer.json`, `tokenizer_config.json` and `added_tokens.json`
    /// are read where they are; others may lie beside them.
    public static let files = ["config.json", "vocab.json", "merges.txt", "model.safetensors"]

    /// Reads a model.
    /// - Throws: `TrainingError` or `FileError` when a file is missing or damaged, or when they are not of one model.
    public init(folder: URL) throws {
        try PublishedWeights.check(folder, for: CLIPModel.files, of: "CLIP")
        func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
        let c = try CLIPConfiguration(contentsOf: file("config.json"))
        tokenizer = try BytePairTokenizer(vocabulary: file("vocab.json"), merges: file("merges.txt"), added: AddedToken.read(from: folder))
        guard tokenizer.vocabularySize <= c.vocabularySize, c.endToken == 2 || c.endToken == tokenizer.endToken else {
            throw TrainingError(
                "\(file("vocab.json").relativePath): \(tokenizer.vocabularySize) tokens, the end being \(tokenizer.endToken), "
                + "do not fit config.json (\(c.vocabularySize), \(c.endToken)); download both again, of the same model")
        }
        // An interrupted download shows in the weights' header, before anything is read.
        let weights = try PublishedWeights(folder: folder)
        vision = try CLIPVisionTransformer(weights.inside("vision_model"), c)
        text = try CLIPTextTransformer(weights.inside("text_model"), c)
        visualProjection = try weights.linear("visual_projection", c.vision.width, c.projectionWidth, bias: false)
        textProjection = try weights.linear("text_projection", c.text.width, c.projectionWidth, bias: false)
        logitScale = expf(try weights.tensor("logit_scale", []).item)
        configuration = c
        processor = try CLIPImageProcessor(size: c.imageSize, folder: folder)
        Memory.empty()  // what putting q, k and v together has left over
    }

    /// Pictures -> [B,Z], each row of length 1.
    public func embeddings(of images: [Image]) -> Tensor {
        precondition(!images.isEmpty, "no pictures")
        // Eight at a time: enough to fill the processor, and an episode of pictures in ViT-L/14 would not fit into the memory.
        let parts = stride(from: 0, to: images.count, by: 8).map { start in
            unitLength(visualProjection(vision(processor(Array(images[start...].prefix(8))))))
        }
        return Tensor.concatenated(parts, axis: 0)
    }

    /// Sentences -> [K,Z], each row of length 1. Of a sentence longer than the model's 77 tokens the rest is not read (`isCut`).
    public func embeddings(of sentences: [String]) -> Tensor {
        precondition(!sentences.isEmpty, "no sentences")
        return Tensor.concatenated(sentences.map { unitLength(textProjection(text(encode($0).ids))) }, axis: 0)
    }

    /// True when the model does not read all of the sentence.
    public func isCut(_ sentence: String) -> Bool { encode(sentence).isCut }

    /// [B,K]: how well each sentence fits each picture, as `logits_per_image` of the `transformers` library.
    public func logitsPerImage(_ images: [Image], _ sentences: [String]) -> Tensor {
        embeddings(of: images).linear(embeddings(of: sentences)) * logitScale
    }

    private func encode(_ sentence: String) -> (ids: [Int], isCut: Bool) { tokenizer.encode(sentence, length: configuration.textLength) }

    private func unitLength(_ x: Tensor) -> Tensor { x / x.squared().sum(axis: -1).squareRoot() }
}
