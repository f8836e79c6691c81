// BenchmarkDynamics.swift - is a frame imagined faster here than in PyTorch, and a step trained, on this machine, now?
//
// Both sides do the same work: the same weights, sampler, key/value cache, batch, threads, Float32. First they must agree: the
// same logits and gradient, the same tokens at temperature 0, the same pictures. Then they take turns in one run, so that a busy
// minute slows both. Without a Python that has PyTorch, only our side is measured.

import ArgumentParser
import DynamicsModel
import Foundation
import Randomness
import SideBySide
import Tensors
import Training
import VideoTokenizer
import WorldModels

@main
struct BenchmarkDynamics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-dynamics",
        abstract: "Time an imagined frame and a training step of the dynamics model, beside PyTorch's.")

    @Option(help: "A run of stage 3, as checkpoints/default; none: random weights of the default shape.") var model: String?
    @Option(help: "The numbers of frames T for the table of how the cost grows; empty: no table.") var frames = "2,4,8,16"
    @Option(help: "Clips in a training step.") var batchSize = 2
    @Option(help: "Turns for each side.") var rounds = 6
    @Option(help: "Threads on both sides.") var threads = 2
    @Option(help: "A Python with PyTorch (pip install torch numpy safetensors).") var python = "python3"
    @OptionGroup var sampling: SamplingOptions

    private var steps: Int { sampling.samplingSteps ?? 4 }
    private var lengths: [Int] { frames.split(separator: ",").compactMap { Int($0) } }
    /// Frames imagined in a turn: seven times the four steps after which the default model's memory is full and begins anew.
    private static let framesInATurn = 28

    mutating func validate() throws {
        guard min(rounds, threads, batchSize) >= 1 else {
            throw ValidationError("--rounds, --threads and --batch-size are at least 1")
        }
        guard lengths.count == frames.split(separator: ",").count, lengths.allSatisfy({ (2 ... 64).contains($0) }) else {
            throw ValidationError("--frames is a list of numbers from 2 to 64, as 2,4,8,16")
        }
    }

    func run() throws {
        setvbuf(stdout, nil, _IOLBF, 0)  // each line when it is known, also into a file
        Workers.count = threads
        let world = try model.map { try MaskedWorldModel(folder: URL(fileURLWithPath: $0)) } ?? .untrained
        let c = world.dynamics.configuration
        print("dynamics: \(world.dynamics.parameterCount) parameters, T = \(c.frames), \(c.patches) tokens a frame; "
            + "\(steps) decoding steps; \(threads) threads, OpenBLAS kernels: \(OpenBLAS.kernels)")

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let exports = try Exports(world, folder: folder, lengths: lengths, batchSize: batchSize, sampling: sampling.sampling)
        let batches = exports.batches
        let opponent = PyTorch(python: python, script: "time_dynamics.py", [
            folder.path, "--threads", "\(threads)", "--sampling-steps", "\(steps)", "--temperature", "\(sampling.sampling.temperature)"])
        if let opponent {
            try Exports.compare(with: opponent)
        } else {
            print("pytorch: not measured (pip install torch numpy safetensors, or name another Python with --python)")
        }

        imagination(world, opponent)
        let train = TrainingContest(c, batches[c.frames]!)
        let step = taken(turns: rounds, ours: { train.step() }, opponent, "train \(c.frames) 1")
        print("training step, \(batchSize) clips of \(c.frames) frames: \(step.description)")
        guard !lengths.isEmpty else { return }
        printScaling(c, batches, lengths, sampling.sampling, rounds, opponent)
    }

    /// Frames in a second, one dream at a time: sampled, remembered and drawn.
    private func imagination(_ world: MaskedWorldModel, _ opponent: PyTorch?) {
        var dream = world.firstDream, generator = SeededGenerator(seed: 1)
        let count = BenchmarkDynamics.framesInATurn
        let actions = (0 ..< count).map { $0 / 8 % world.dynamics.configuration.actions }
        let expected = world.someExpectation
        func turn() -> Double {
            milliseconds { for action in actions { _ = dream.step([action], expecting: expected, sampling.sampling, using: &generator) } }
        }
        struct Answer: Decodable { let seconds: Double }
        _ = turn()  // finds cold caches and an empty shelf
        _ = opponent?.ask("imagine \(count)", as: Answer.self)
        var ours: [Double] = [], theirs: [Double] = []
        for _ in 0 ..< rounds {
            ours.append(turn() / Double(count))
            guard let answer = opponent?.ask("imagine \(count)", as: Answer.self) else { continue }
            theirs.append(1000 * answer.seconds / Double(count))
        }
        let times = Times(ours: ours, theirs: theirs)
        print("imagined frame: \(times.description)")
        print(String(format: "frames per second: %.1f (median), %.1f (best)", 1000 / median(ours), 1000 / ours.min()!)
            + (theirs.isEmpty ? "" : String(format: "; pytorch %.1f, %.1f", 1000 / median(theirs), 1000 / theirs.min()!)))

        OpenBLAS.isMeasuring = true
        let measured = turn() / 1000
        OpenBLAS.isMeasuring = false
        print(String(format: "matrix products take %.0f %% of an imagined frame, at %.0f GFLOP/s",
                     100 * OpenBLAS.seconds / measured, OpenBLAS.operations / OpenBLAS.seconds / 1e9))
    }
}

extension MaskedWorldModel {
    /// The default shapes with random weights: what a frame costs does not depend on them.
    static var untrained: MaskedWorldModel {
        var generator = SeededGenerator(seed: 1)
        let tokenizer = VideoTokenizer(.standard, using: &generator)
        var c = DynamicsConfiguration.standard
        (c.expects, c.carries) = (true, tokenizer.configuration.imageSize)
        return MaskedWorldModel(tokenizer: tokenizer, dynamics: MaskedDynamics(c, using: &generator), actionModel: nil)
    }

    /// [1,N,2Z], always the same, on both sides: what stage 2's decoder and the tokenizer's encoder need for a
    /// true one is not part of this comparison.
    var someExpectation: Tensor? {
        var generator = SeededGenerator(seed: 4)
        return dynamics.configuration.expects == true
            ? .uniform([1, dynamics.configuration.patches, dynamics.configuration.expectedWidth], -1, 1, using: &generator) : nil
    }

    /// A dream that has seen one frame, of noise.
    var firstDream: MaskedDream {
        var generator = SeededGenerator(seed: 2)
        return maskedDream(from: .uniform([1, 1, imageSize, imageSize, 3], 0, 1, using: &generator), actions: [])
    }
}
