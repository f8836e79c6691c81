// Convolution.swift - a layer that looks at each pixel's neighbors, and the sizes it usually comes in.

import Randomness
import Tensors

/// A convolution: [B,H,W,I] -> [B,H/stride,W/stride,O].
public final class Convolution: Module {
    /// [O,k·k·I]: a matrix, as a linear layer's on windows written out row by row. (`torch.nn.Conv2d` has [O,I,k,k].)
    public let weight: Tensor
    /// [O], or nil
    public let bias: Tensor?
    public let stride: Int, padding: Int

    /// Windows of `size`×`size` pixels, every `stride` pixels, with as much padding as divides the size by `stride` exactly.
    /// Weights are drawn as those of `Linear`: a window's k·k·I products add up to something as large as the input. With
    /// `gain` 0 the layer adds nothing at the start. `hiddenMaps` as in `Linear`.
    public init(
        _ input: Int, _ output: Int, size: Int = 3, stride: Int = 1, bias: Bool = true, gain: Float = 1, hiddenMaps: Int = 0,
        using generator: inout SeededGenerator
    ) {
        let deviation = gain / Float(size * size * input).squareRoot()
        weight = Tensor.normal([output, size * size * input], standardDeviation: deviation, using: &generator).asParameter()
        weight.hiddenMaps = hiddenMaps
        self.bias = bias ? Tensor(repeating: 0, shape: [output]).asParameter() : nil
        (self.stride, padding) = (stride, (size - stride + 1) / 2)
    }

    /// `residual`, when given, is added to the result, in the same pass over memory.
    public func callAsFunction(_ x: Tensor, residual: Tensor? = nil) -> Tensor {
        x.convolution(weight, bias: bias, residual: residual, stride: stride, padding: padding)
    }

    public var tensors: [NamedTensor] { [("weight", weight)] + (bias.map { [("bias", $0)] } ?? []) }
}
