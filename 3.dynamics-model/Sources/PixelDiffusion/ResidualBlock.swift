// ResidualBlock.swift - what does one block do, and how does it hear of the action?
//
//   h = conv(silu(norm(x)))     y = x + conv(silu(norm(h)))
//
// Each norm takes a picture's own mean and spread out of every group of channels and puts others in, which the condition names: adaptive
// group norm (DIAMOND, appendix; arXiv 2105.05233, section 3). So an action can turn any channel up, down or off, in every block.

import Layers
import Randomness
import Tensors

final class AdaptiveGroupNorm: Module {
    /// [D] -> scale and shift of each channel.
    private let modulation: Linear
    private let groups: Int

    init(_ channels: Int, _ c: PixelDiffusionConfiguration, using generator: inout SeededGenerator) {
        // About ±0.5 from the first step on: a modulation that begins at zero leaves the action unheard for hundreds of steps.
        modulation = Linear(c.conditionDimensions, 2 * channels, gain: 0.5, using: &generator)
        groups = c.groups
    }

    /// [B,H,W,C], condition [B,D] -> [B,H,W,C]
    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        let channels = x.size(-1), both = modulation(condition)
        return x.groupNorm(groups, scale: both.sliced(axis: 1, 0 ..< channels) + 1, shift: both.sliced(axis: 1, channels ..< 2 * channels))
    }

    var tensors: [NamedTensor] { modulation.tensors(in: "modulation") }
}

final class ResidualBlock: Module {
    private let norms: [AdaptiveGroupNorm], convolutions: [Convolution]
    /// Where the number of channels changes; else x itself.
    private let shortcut: Convolution?

    init(_ input: Int, _ output: Int, _ c: PixelDiffusionConfiguration, using generator: inout SeededGenerator) {
        norms = [AdaptiveGroupNorm(input, c, using: &generator), AdaptiveGroupNorm(output, c, using: &generator)]
        // The second begins at zero: at first a block adds nothing.
        convolutions = [
            Convolution(input, output, hiddenMaps: 1, using: &generator),
            Convolution(output, output, gain: 0, hiddenMaps: 1, using: &generator),
        ]
        shortcut = input == output ? nil : Convolution(input, output, size: 1, hiddenMaps: 1, using: &generator)
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        let h = convolutions[0](norms[0](x, condition).silu())
        return convolutions[1](norms[1](h, condition).silu(), residual: shortcut?(x) ?? x)
    }

    var tensors: [NamedTensor] {
        (0 ..< 2).flatMap { norms[$0].tensors(in: "norms.\($0)") + convolutions[$0].tensors(in: "convolutions.\($0)") }
            + (shortcut?.tensors(in: "shortcut") ?? [])
    }
}
