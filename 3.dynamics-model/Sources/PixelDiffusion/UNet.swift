// UNet.swift - how can each pixel be drawn by something that sees the whole picture, and none of the detail be lost?
//
// Down: fewer places, a wider view. Up again: each level gets what it had on the way down beside what came from below (arXiv 1505.04597).
// Before and after, squares of pixels are folded into channels and back: a turn of the robot that moves the picture by eight pixels moves
// it by two places, which two layers of 3×3 windows can reach.
//
//   [B,64,64,·] fold [B,16,16,48·n] -> 96 ──────────────► beside, -> 96 -> [B,16,16,48] unfold [B,64,64,3]
//                                        └► [8,8,128] ─┘

import Layers
import Randomness
import Tensors

final class UNet: Module {
    private let condition: Condition
    private let input: Convolution, output: Convolution, norm: GroupNorm
    private let down: [ResidualBlock], up: [ResidualBlock], bottom: ResidualBlock
    /// From level to level.
    private let halve: [Convolution], widen: [Convolution]
    private let squareSize: Int

    /// `pictures` pictures [B,H,W,3] in, one out.
    init(pictures: Int, _ c: PixelDiffusionConfiguration, using generator: inout SeededGenerator) {
        let C = c.channels, steps = C.indices.dropLast()
        condition = Condition(c, using: &generator)
        input = Convolution(pictures * c.squareChannels, C[0], size: 1, using: &generator)
        down = C.map { ResidualBlock($0, $0, c, using: &generator) }
        halve = steps.map { Convolution(C[$0], C[$0 + 1], stride: 2, hiddenMaps: 1, using: &generator) }
        bottom = ResidualBlock(C.last!, C.last!, c, using: &generator)
        widen = steps.map { Convolution(C[$0 + 1], C[$0], size: 1, hiddenMaps: 1, using: &generator) }
        up = steps.map { ResidualBlock(2 * C[$0], C[$0], c, using: &generator) }
        norm = GroupNorm(C[0], groups: c.groups)
        output = Convolution(C[0], c.squareChannels, gain: 0, using: &generator)
        squareSize = c.squareSize
    }

    /// - Parameters:
    ///   - pictures: each [B,H,W,3], about as large as a normal draw.
    ///   - actions, noise, pastNoise: see `Condition`.
    /// - Returns: [B,H,W,3]
    func callAsFunction(_ pictures: [Tensor], actions: [Int?], noise: [Float]? = nil, pastNoise: [Float]) -> Tensor {
        let e = condition(actions: actions, noise: noise, pastNoise: pastNoise)
        var h = input(.concatenated(pictures.map { $0.spaceToDepth(squareSize) }, axis: 3))      // [B,H/f,W/f,C]
        var skips: [Tensor] = []
        for (level, block) in down.enumerated() {
            h = block(h, e)
            if level < halve.count {
                skips.append(h)
                h = halve[level](h)
            }
        }
        h = bottom(h, e)
        for level in up.indices.reversed() {
            // Upsampling copies, so the channels are changed before it, on a quarter of the places.
            h = up[level](.concatenated([widen[level](h).upsampled(), skips[level]], axis: 3), e)
        }
        return output(norm(h).silu()).depthToSpace(squareSize)
    }

    var tensors: [NamedTensor] {
        func all(_ name: String, _ modules: [any Module]) -> [NamedTensor] {
            modules.enumerated().flatMap { $1.tensors(in: "\(name).\($0)") }
        }
        return condition.tensors(in: "condition") + input.tensors(in: "input") + all("blocks.down", down) + all("blocks.halve", halve)
            + bottom.tensors(in: "blocks.bottom") + all("blocks.widen", widen) + all("blocks.up", up) + norm.tensors(in: "norm")
            + output.tensors(in: "output")
    }
}
