// BenchmarkConvolution.swift - is a 3×3 layer faster here than in PyTorch, on this machine, now?
//
// Both sides do the same work: the same shapes and threads, Float32, forward and both gradients; and a whole training step of the U-Net of
// stage 3's pixel diffusion, with AdamW. PyTorch may choose: each is timed in both of its layouts, and the better one counts. They take
// turns in one run, so that a busy minute slows both.

import ArgumentParser
import Foundation
import Layers
import PixelDiffusion
import Randomness
import SideBySide
import Tensors

@main
struct BenchmarkConvolution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-convolution", abstract: "Time 3×3 convolutions and a U-Net, forward and backward, beside PyTorch's.")

    @Option(help: "Pictures at once.") var batchSize = 16
    @Option(help: "Turns for each side.") var rounds = 20
    @Option(help: "Threads on both sides.") var threads = 2
    @Option(help: "A Python with PyTorch (pip install torch).") var python = "python3"

    mutating func validate() throws {
        guard min(rounds, threads, batchSize) >= 1 else { throw ValidationError("--rounds, --threads and --batch-size are at least 1") }
    }

    func run() throws {
        setvbuf(stdout, nil, _IOLBF, 0)  // each line when it is known, also into a file
        Workers.count = threads
        let opponent = PyTorch(python: python, script: "time_convolution.py", ["--threads", "\(threads)"])
        if opponent == nil { print("pytorch: not measured (pip install torch, or name another Python with --python)") }
        print("3×3 layers on \(batchSize) pictures, forward and backward; \(threads) threads, OpenBLAS kernels: \(OpenBLAS.kernels)")
        var generator = SeededGenerator(seed: 1)
        for (side, channels) in [(64, 16), (64, 32), (32, 32), (32, 64), (16, 64), (16, 96), (8, 64), (8, 128)] {
            let layer = Convolution(channels, channels, using: &generator)
            let x = Tensor.normal([batchSize, side, side, channels], standardDeviation: 1, using: &generator).asParameter()
            let slope = Tensor.normal([1, x.count], standardDeviation: 1, using: &generator)  // backward starts from one number
            let times = taken(turns: rounds, ours: {
                layer(x).reshaped([1, -1]).linear(slope).backward()
                ([x] + layer.parameters.map(\.tensor)).forEach { $0.clearGradient() }
            }, opponent, "layer \(batchSize) \(side) \(channels)")
            let operations = 6 * Double(x.count * 9 * channels)
            print(String(format: "%2d×%-2d, %3d channels: ", side, side, channels) + times.description
                + String(format: "; %.0f GFLOP/s", operations / times.ours.min()! / 1e6))
        }
        trainUNet(opponent, &generator)
    }

    /// The mean network of the default preset: four past frames and actions in, the next frame out, one step of AdamW.
    private func trainUNet(_ opponent: PyTorch?, _ generator: inout SeededGenerator) {
        let c = PixelDiffusionConfiguration.standard, model = PixelDiffusion(c, using: &generator), optimizer = AdamW(model.meanParameters)
        func frame() -> Tensor { Tensor.uniform([batchSize, c.imageSize, c.imageSize, 3], -1, 1, using: &generator) }
        let
            past = PixelDiffusion.Past(
                frames: (0 ..< c.pastFrames).map { _ in frame() }, actions: Array(repeating: 1, count: batchSize * c.pastFrames),
                noise: Array(repeating: 0, count: batchSize)), next = frame()
        let times = taken(turns: rounds, ours: {
            model.meanLoss(of: next, after: past).loss.backward()
            clipGradients(of: model.meanParameters, to: 1)
            optimizer.step(learningRate: 1e-3)
        }, opponent, "unet \(batchSize)")
        print("training step of the U-Net, \(model.meanParameters.reduce(0) { $0 + $1.tensor.count }) parameters: " + times.description)
    }
}
