// BenchmarkRecurrent.swift - is a step of an LSTM or GRU faster here than in PyTorch, on this machine, now?
//
// Both sides do the same work, forward and backward through a batch of clips, and one frame forward as in a dream; they take turns in one
// run, so that a busy minute slows both. Without a Python that has PyTorch, only our side is measured.

import ArgumentParser
import Foundation
import Layers
import Randomness
import SideBySide
import Tensors

@main
struct BenchmarkRecurrent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-recurrent", abstract: "Time LSTM and GRU, forward and backward, beside PyTorch's.")

    @Option(help: "Numbers a frame.") var input = 37
    @Option(help: "The state's width, H.") var width = 256
    @Option(help: "Clips in a batch.") var batchSize = 32
    @Option(help: "Frames in a clip.") var frames = 32
    @Option(help: "Turns for each side.") var rounds = 20
    @Option(help: "Threads on both sides.") var threads = 2
    @Option(help: "A Python with PyTorch (pip install torch).") var python = "python3"

    mutating func validate() throws {
        guard [input, width, batchSize, frames, rounds, threads].allSatisfy({ $0 >= 1 }) else {
            throw ValidationError("all numbers are at least 1")
        }
    }

    func run() throws {
        Workers.count = threads
        var generator = SeededGenerator(seed: 1)
        let lstm = LSTM(input, width, using: &generator), gru = GRU(input, width, using: &generator)
        let clips = Tensor.normal([batchSize, frames, input], standardDeviation: 1, using: &generator)
        let frame = Tensor.normal([1, 1, input], standardDeviation: 1, using: &generator)
        let opponent = PyTorch(python: python, script: "time_recurrent.py", ["--input", "\(input)", "--width", "\(width)",
            "--batch-size", "\(batchSize)", "--frames", "\(frames)", "--threads", "\(threads)"])
        print("clips [\(batchSize),\(frames),\(input)], H = \(width), \(threads) threads, OpenBLAS kernels: \(OpenBLAS.kernels)")

        func train(_ module: any Module, _ forward: () -> Tensor) {
            forward().squared().mean().backward()
            module.parameters.forEach { $0.tensor.clearGradient() }
        }
        var cell = lstm.emptyState(batch: 1), h = gru.emptyState(batch: 1)
        let contests: [(String, () -> Void)] = [
            ("lstm train", { train(lstm) { lstm(clips).hidden } }), ("gru train", { train(gru) { gru(clips) } }),
            ("lstm frame", { Tensor.withoutGradients { cell = lstm(frame, state: cell).state } }),
            ("gru frame", { Tensor.withoutGradients { h = gru(frame, state: h).reshaped([1, width]) } }),
        ]
        struct Answer: Decodable { let milliseconds: Double }
        for (name, ours) in contests {
            let count = name.hasSuffix("frame") ? 200 : 1
            func turn() -> Double { milliseconds { for _ in 0 ..< count { ours() } } / Double(count) }
            for _ in 0 ..< 3 { _ = turn() }
            var own: [Double] = [], theirs: [Double] = []
            for _ in 0 ..< rounds {
                own.append(turn())
                if let answer = opponent?.ask("\(name) \(count)", as: Answer.self) { theirs.append(answer.milliseconds) }
            }
            print(String(format: "%@: swift median %.3f ms, best %.3f", name, median(own), own.min()!) + (theirs.isEmpty ? "" : String(
                format: "; pytorch %.3f, %.3f; swift is %.2f times as fast (medians), %.2f (best)", median(theirs), theirs.min()!,
                median(theirs) / median(own), theirs.min()! / own.min()!)))
        }
        // Where our time goes.
        (OpenBLAS.isMeasuring, OpenBLAS.seconds, OpenBLAS.operations) = (true, 0, 0)
        let seconds = milliseconds { for _ in 0 ..< 10 { contests[0].1() } } / 1000
        OpenBLAS.isMeasuring = false
        print(
            String(
                format: "lstm train: products take %.0f %% of it, at %.0f GFLOP/s", 100 * OpenBLAS.seconds / seconds,
                OpenBLAS.operations / OpenBLAS.seconds / 1e9))
        if opponent == nil { print("pytorch: not measured (pip install torch, or name another Python with --python)") }
    }
}
