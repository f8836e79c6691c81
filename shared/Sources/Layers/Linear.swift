// Linear.swift - y = x·Wᵀ + b, and how large W should be at the start.

import Randomness
import Tensors

/// A linear layer, as `torch.nn.Linear`: [.., I] -> [.., O].
public final class Linear: Module {
    /// [O, I]
    public let weight: Tensor
    /// [O], or nil
    public let bias: Tensor?

    /// Weights are drawn with standard deviation `gain / √I`: then a sum of I products is about as large as its inputs. Inside a block,
    /// `hiddenMaps` says that the weight is that many maps between hidden states on each other, which go to the optimizer `Muon`.
    public init(
        _ input: Int, _ output: Int, bias: Bool = true, gain: Float = 1, hiddenMaps: Int = 0, using generator: inout SeededGenerator
    ) {
        let deviation = gain / Float(input).squareRoot()
        weight = Tensor.normal([output, input], standardDeviation: deviation, using: &generator).asParameter()
        weight.hiddenMaps = hiddenMaps
        self.bias = bias ? Tensor(repeating: 0, shape: [output]).asParameter() : nil
    }

    /// A layer of weights that were trained elsewhere.
    public init(weight: Tensor, bias: Tensor?) {
        precondition(weight.shape.count == 2 && (bias == nil || bias!.shape == [weight.shape[0]]),
                     "linear: the bias \(bias?.shape ?? []) does not fit the weight \(weight.shape)")
        (self.weight, self.bias) = (weight, bias)
    }

    /// `residual`, when given, is added to the result, in the same pass over memory.
    public func callAsFunction(_ x: Tensor, residual: Tensor? = nil) -> Tensor {
        x.linear(weight, bias: bias, residual: residual)
    }

    public var tensors: [NamedTensor] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }
}
