// BenchmarkTokenizer.swift - is a training step faster here than in PyTorch, on this machine, now?
//
// Both sides do the same work: the same architecture, batch, threads, Float32, forward, backward, clipping, AdamW. They take turns,
// five steps each, in one run, so that a busy minute slows both. Without a Python that has PyTorch, only our side is measured.

import ArgumentParser
import Episodes
import Foundation
import Layers
import Randomness
import SideBySide
import Tensors
import VideoTokenizer

@main
struct BenchmarkTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-tokenizer", abstract: "Time a training step of the tokenizer, beside PyTorch's.")

    @Option(help: "default or large.") var preset = "default"
    @Option(help: "Turns of five steps for each side.") var rounds = 6
    @Option(help: "Threads on both sides.") var threads = 2
    @Option(help: "A Python with PyTorch (pip install torch numpy).") var python = "python3"
    @Option(help: "A folder of episodes, to time the sampler on; none: leave it out.") var data: String?

    mutating func validate() throws {
        if preset != "default" && preset != "large" { throw ValidationError("--preset is default or large") }
        if rounds < 1 || threads < 1 { throw ValidationError("--rounds and --threads are at least 1") }
    }

    func run() throws {
        Workers.count = threads
        let configuration = preset == "large" ? TokenizerConfiguration.large : .standard, batch = preset == "large" ? 4 : 8
        var generator = SeededGenerator(seed: 1)
        let model = VideoTokenizer(configuration, using: &generator)
        let optimizer = AdamW(model.parameters)
        let side = configuration.imageSize
        let frames = Tensor.uniform([batch, configuration.frames, side, side, 3], 0, 1, using: &generator)

        func step() -> Double {
            milliseconds {
                model(frames, isTraining: true).frames.meanSquaredError(frames).backward()
                clipGradients(of: model.parameters, to: 1)
                optimizer.step(learningRate: 1e-3)
            }
        }
        for _ in 0 ..< 3 { _ = step() }
        let opponent = PyTorch(python: python, script: "time_training_step.py", [
            "--preset", preset, "--threads", "\(threads)", "--steps", "5", "--normalize-latents", "--interactive"])
        struct Turn: Decodable { let median_ms: Double }
        print(
            "preset \(preset): \(model.parameterCount) parameters, \(batch * configuration.frames * configuration.patches) tokens a "
                + "step, \(threads) threads, OpenBLAS kernels: \(OpenBLAS.kernels)"
        )

        var ours: [Double] = [], theirs: [Double] = []
        for _ in 0 ..< rounds {
            ours += (0 ..< 5).map { _ in step() }
            if let turn = opponent?.ask("", as: Turn.self) { theirs.append(turn.median_ms) }
        }
        print(String(format: "swift    median %.0f ms, best %.0f ms a step", median(ours), ours.min()!))
        if theirs.isEmpty {
            print("pytorch  not measured: \(python) has no PyTorch (pip install torch numpy, or name another with --python)")
        } else {
            print(String(format: "pytorch  median %.0f ms, best turn %.0f ms a step", median(theirs), theirs.min()!))
            print(
                String(
                    format: "swift is %.2f times as fast (medians), %.2f (best against best)", median(theirs) / median(ours),
                    theirs.min()! / ours.min()!))
        }

        // Where our time goes.
        OpenBLAS.isMeasuring = true
        let measured = (0 ..< 5).map { _ in step() }.reduce(0, +) / 1000
        OpenBLAS.isMeasuring = false
        let best = bestProduct(&generator)
        print(String(format: "products take %.0f %% of the step, at %.0f GFLOP/s; the best plain product here does %.0f",
                     100 * OpenBLAS.seconds / measured, OpenBLAS.operations / OpenBLAS.seconds / 1e9, best))
        if let data {
            var sampler = try ClipSampler(EpisodeSet(URL(fileURLWithPath: data), .train), length: configuration.frames, seed: 1)
            _ = sampler.next(batch: batch)
            let time = milliseconds { for _ in 0 ..< 100 { _ = sampler.next(batch: batch) } }
            print(String(format: "the sampler delivers %.0f frames/s", Double(100 * batch * configuration.frames) / time * 1000))
        }
        print(String(format: "tensors hold %.0f MB", Double(Memory.bytesAllocated) / 1e6))
    }

    /// GFLOP/s of [4096,128] × [128,384], the commonest product of the default preset.
    private func bestProduct(_ generator: inout SeededGenerator) -> Double {
        let x = Tensor.uniform([4096, 128], -1, 1, using: &generator), w = Tensor.uniform([384, 128], -1, 1, using: &generator)
        let times = (0 ..< 50).map { _ in milliseconds { _ = x.linear(w) } }
        return 2 * 4096 * 128 * 384 / times.min()! / 1e6
    }
}
