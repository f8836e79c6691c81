// Quantizer.swift - what both quantizers promise: a vector goes in, one of V symbols comes out, and a vector again.

import Layers
import Tensors

/// What quantization makes of latents [.., Z].
public struct Quantized {
    /// [.., Z], the vectors of the chosen codes; the gradient passes straight through to the input.
    public let latents: Tensor
    /// The chosen code of each latent, 0 ..< V, in row-major order.
    public let codes: [Int]
    /// What the quantizer adds to the training loss; nil for FSQ, which needs nothing.
    public let loss: Tensor?
}

/// Turns latents into codes and codes back into latents.
public protocol Quantizer: Module {
    /// V, the number of codes.
    var vocabulary: Int { get }
    /// `isTraining` lets the quantizer keep up its statistics.
    func callAsFunction(_ latents: Tensor, isTraining: Bool) -> Quantized
    /// The same latents as they are just before they become one of V: on the scale of the codes' vectors.
    func unrounded(_ latents: Tensor) -> Tensor
    /// [codes.count, Z]: the vectors that stand for codes.
    func latents(of codes: [Int]) -> Tensor
}

extension Quantizer {
    public func unrounded(_ latents: Tensor) -> Tensor { latents }
}
