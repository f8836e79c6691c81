// BenchmarkShortcut.swift - is the shortcut model faster here than in PyTorch, on this machine, now?
//
// A training step, with and without clips that learn coarse steps, and a frame that is drawn out of noise in K steps after a full window.
// The eye is left out on both sides: latents are imagined, and nothing is drawn. First both sides must imagine the same latents where no
// chance is left; the loss and its gradient are held against PyTorch's by the tests of stage 3.

import ArgumentParser
import Foundation
import Layers
import MaskedAutoencoder
import Randomness
import SafeTensors
import ShortcutForcing
import SideBySide
import Tensors
import Training
import WorldModels

@main
struct BenchmarkShortcut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-shortcut",
        abstract: "Time a training step and an imagined frame of the shortcut model, beside PyTorch's.")

    @Option(help: "Clips in a training step.") var batchSize = 8
    @Option(help: "K, the steps in which a frame is drawn.") var samplingSteps = 4
    @Option(help: "Turns for each side.") var rounds = 6
    @Option(help: "Threads on both sides.") var threads = 2
    @Option(help: "A Python with PyTorch (pip install torch numpy safetensors).") var python = "python3"

    mutating func validate() throws {
        guard [batchSize, samplingSteps, rounds, threads].allSatisfy({ $0 >= 1 }) else {
            throw ValidationError("all numbers are at least 1")
        }
    }

    func run() throws {
        setvbuf(stdout, nil, _IOLBF, 0)
        Workers.count = threads
        // Without noise on the past a dream at temperature 0 leaves nothing to chance.
        var generator = SeededGenerator(seed: 1), c = ShortcutConfiguration.standard
        c.contextNoise = 0
        let eye = MaskedAutoencoder(MaskedAutoencoderConfiguration(), using: &generator)
        let world = ShortcutWorld(eye: eye, dynamics: LatentDynamics(c, using: &generator))
        print("shortcut model: \(world.dynamics.parameterCount) parameters, T = \(c.frames), \(c.latents) latents of "
            + "\(c.latentDimensions) numbers; K = \(samplingSteps); \(threads) threads, OpenBLAS kernels: \(OpenBLAS.kernels)")

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try export(world, to: folder, using: &generator)
        let opponent = PyTorch(python: python, script: "time_shortcut.py", [
            folder.path, "--threads", "\(threads)", "--batch-size", "\(batchSize)"])
        if let opponent {
            struct Answer: Decodable { let difference: Double }
            guard let answer = opponent.ask("check", as: Answer.self) else { throw ExitCode.failure }
            print(String(format: "40 frames without chance: latents differ by at most %.0e", answer.difference))
            guard answer.difference < 1e-3 else { throw ValidationError("the two sides do not compute the same") }
        } else {
            print("pytorch: not measured (pip install torch numpy safetensors, or name another Python with --python)")
        }

        // A turn is three times the frames after which a full window forgets its older half.
        c.contextNoise = 0.1
        let noisy = ShortcutWorld(eye: eye, dynamics: LatentDynamics(c, using: &generator))
        var dream = BenchmarkShortcut.firstDream(of: noisy)
        let count = 36, sampling = Sampling(steps: samplingSteps, temperature: 1)
        let imagined = taken(turns: rounds, ours: {
            for i in 0 ..< count { dream.advance([i / 8 % c.actions], sampling, using: &generator) }
        }, opponent, "imagine \(count) \(samplingSteps)")
        let frame = Times(ours: imagined.ours.map { $0 / Double(count) }, theirs: imagined.theirs)
        print("imagined frame: \(frame.description)")
        print(String(format: "frames per second: %.1f (median)", 1000 / median(frame.ours)))

        let model = noisy.dynamics, optimizer = AdamW(model.parameters), T = c.shortFrames
        let clips = Tensor.normal([batchSize, T, c.latents, c.latentDimensions], standardDeviation: 1, using: &generator)
        let actions = (0 ..< batchSize * (T - 1)).map { _ in generator.integer(below: c.actions) }
        for coarse in [0, batchSize / 4] {
            let times = taken(turns: rounds, ours: {
                model.loss(clips, actions: actions, bootstrapped: coarse, using: &generator).total.backward()
                clipGradients(of: model.parameters, to: 1)
                optimizer.step(learningRate: 1e-3)
            }, opponent, "train \(coarse)")
            print("training step, \(batchSize) clips of \(T) frames, \(coarse) of them learn coarse steps: \(times.description)")
        }
    }

    /// A dream that has seen one frame, of noise.
    private static func firstDream(of world: ShortcutWorld) -> ShortcutDream {
        var generator = SeededGenerator(seed: 2)
        return world.shortcutDream(from: .uniform([1, 1, world.imageSize, world.imageSize, 3], 0, 1, using: &generator), actions: [])
    }

    /// model.safetensors: the weights; dream.safetensors: 40 frames of latents at temperature 0, longer than the window.
    private func export(_ world: ShortcutWorld, to folder: URL, using generator: inout SeededGenerator) throws {
        let c = world.dynamics.configuration
        try Checkpoint.write(
            world.dynamics.tensors, metadata: Checkpoint.metadata(kind: LatentDynamics.kind, configuration: c),
            to: folder.appendingPathComponent("model.safetensors"))
        var dream = BenchmarkShortcut.firstDream(of: world), writer = SafeTensorsWriter(), latents: [Float] = []
        writer.add("start", shape: [1, 1, c.latents, c.latentDimensions], floats: dream.latents!.values)
        let actions = (0 ..< 40).map { $0 / 3 % c.actions }
        for action in actions {
            dream.advance([action], .mean, using: &generator)
            latents += dream.latents!.values
        }
        writer.add("actions", shape: [actions.count], integers: actions)
        writer.add("latents", shape: [actions.count, c.latents, c.latentDimensions], floats: latents)
        try writer.write(to: folder.appendingPathComponent("dream.safetensors"))
    }
}
