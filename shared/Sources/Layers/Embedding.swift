// Embedding.swift - a table with one learned vector for each of V symbols.

import Randomness
import Tensors

/// Looks symbols up, as `torch.nn.Embedding`: indices -> [count, E].
public final class Embedding: Module {
    /// [V, E]
    public let weight: Tensor

    public init(_ vocabulary: Int, _ width: Int, standardDeviation: Float = 0.02, using generator: inout SeededGenerator) {
        weight = Tensor.normal([vocabulary, width], standardDeviation: standardDeviation, using: &generator).asParameter()
    }

    public func callAsFunction(_ indices: [Int]) -> Tensor { weight.rows(at: indices) }

    public var tensors: [NamedTensor] { [("weight", weight)] }
}
