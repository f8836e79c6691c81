// RecurrentMemoryTests.swift - are mixture, dice and a step PyTorch's; does a state go by the past alone; and is an action in its place?

import CommandTesting
import Foundation
import GoldenTesting
import Layers
import Randomness
import Tensors
import Training
import VariationalAutoencoder
import WorldModels
import XCTest

@testable import RecurrentMemory

final class RecurrentMemoryTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    private let golden = try! Golden("memory", in: .module)

    private func check(_ tensor: Tensor?, _ key: String) throws { assertEqual(tensor, try golden.tensor(key), within: 1e-5, key) }

    private func micro(_ memory: String) -> MemoryConfiguration {
        var c = MemoryConfiguration()
        (c.memory, c.latentDimensions, c.actions, c.stateDimensions, c.gaussians) = (memory, 3, 2, 4, 2)
        (c.groups, c.classes, c.hiddenDimensions) = (2, 3, 8)
        (c.means, c.deviations) = ([0, 0, 0], [1, 1, 1])
        return c
    }

    func testMixture() throws {
        let numbers = try golden.tensor("mixture.numbers").asParameter()
        let loss = GaussianMixture(numbers, count: 2).negativeLogLikelihood(try golden.tensor("mixture.x"))
        try check(loss, "mixture.loss")
        loss.backward()
        try check(numbers.gradient, "mixture.grad")
    }

    /// By hand: one Gaussian with µ = 0 and σ = 1, and x = 1: ½ + ½·ln 2π = 1.4189. A second, equal one changes nothing.
    func testMixtureByHand() {
        let zero = Tensor(repeating: 0, shape: [1, 6]), one = Tensor([1], shape: [1, 1])
        XCTAssertEqual(GaussianMixture(zero, count: 2).negativeLogLikelihood(one).item, 1.4189, accuracy: 1e-4)
        // Two doors, at -1 and 1, equally likely, and sharp. The mean is the wall between them; a draw is a door.
        let doors = Tensor([0, 0, -1, 1, -4, -4], shape: [1, 6])
        XCTAssertEqual(GaussianMixture(doors, count: 2).drawn(temperature: 0, using: &generator).item, 0, accuracy: 1e-6)
        let draws = (0 ..< 200).map { _ in GaussianMixture(doors, count: 2).drawn(temperature: 1, using: &generator).item }
        XCTAssert(draws.allSatisfy { abs(abs($0) - 1) < 0.1 })
        XCTAssertEqual(Double(draws.filter { $0 > 0 }.count), 100, accuracy: 30)
        // A low temperature goes to the likelier door, and stays at it.
        let uneven = Tensor([1, 0, -1, 1, -1, -1], shape: [1, 6])
        func spread(_ temperature: Float) -> (left: Int, deviation: Float) {
            let x = (0 ..< 400).map { _ in GaussianMixture(uneven, count: 2).drawn(temperature: temperature, using: &generator).item }
            let left = x.filter { $0 < 0 }, mean = left.reduce(0, +) / Float(left.count)
            return (left.count, (left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(left.count)).squareRoot())
        }
        let (cold, warm) = (spread(0.2), spread(1))
        XCTAssertGreaterThan(cold.left, 390)
        XCTAssertLessThan(warm.left, 340)
        XCTAssertLessThan(cold.deviation, warm.deviation)
    }

    func testOneStepIsPyTorchs() throws {
        let model = MixtureMemory(micro("mdn-rnn"), using: &generator)
        for (name, tensor) in model.tensors { try golden.fill(tensor, from: "step.\(name)") }
        let (loss, _) = model.loss(try golden.tensor("step.frames"), actions: try golden.integers("step.actions"), using: &generator)
        try check(loss, "step.loss")
        loss.backward()
        for (name, tensor) in model.tensors { try check(tensor.gradient, "step.grad.\(name)") }
    }

    /// Loss, its parts and every gradient of an RSSM's step, through GRU and throws, of which PyTorch's side makes the same.
    func testOneStepOfTheRSSMIsPyTorchs() throws {
        let golden = try Golden("rssm", in: .module)
        var c = micro("rssm"), dice = SeededGenerator(seed: 9)
        c.freeNats = 0.2
        let model = StateSpaceMemory(c, using: &generator)
        for (name, tensor) in model.tensors { try golden.fill(tensor, from: name) }
        let (loss, parts) = model.loss(try golden.tensor("frames"), actions: try golden.integers("actions"), using: &dice)
        assertEqual(loss, try golden.tensor("loss"), within: 1e-5, "loss")
        XCTAssertEqual(parts["prediction"]!, Double(try golden.floats("prediction")[0]), accuracy: 1e-4)
        XCTAssertEqual(parts["divergence_nats"]!, Double(try golden.floats("divergence")[0]), accuracy: 1e-4)
        loss.backward()
        for (name, tensor) in model.tensors { assertEqual(tensor.gradient, try golden.tensor("grad.\(name)"), within: 1e-4, name) }
    }

    func testDice() throws {
        let q = try golden.tensor("dice.q").asParameter(), p = try golden.tensor("dice.p").asParameter()
        func dice(_ logits: Tensor) -> Dice { Dice(logits, groups: 2, evenShare: 0.01) }
        try check(dice(q).divergence(from: dice(p)).reshaped([5]), "dice.divergence")
        func free(_ divergence: Tensor) -> Tensor { (divergence - 1).relu().mean() + 1 }
        (free(dice(q).stopped.divergence(from: dice(p))) * 0.5 + free(dice(q).divergence(from: dice(p).stopped)) * 0.1).backward()
        try check(q.gradient, "dice.grad.q")
        try check(p.gradient, "dice.grad.p")
        // A throw is one-hot, as often as it is likely, and its gradient is that of the probabilities.
        let logits = Tensor([0, logf(3), -30], shape: [1, 3]).asParameter()
        var faces = [0, 0, 0]
        for _ in 0 ..< 400 {
            let thrown = Dice(logits, groups: 1, evenShare: 0).thrown(using: &generator).values
            XCTAssertEqual(thrown.reduce(0, +), 1, accuracy: 1e-5)
            faces[thrown.firstIndex { $0 > 0.5 }!] += 1
        }
        XCTAssertEqual(Double(faces[1]), 300, accuracy: 40)
        XCTAssertEqual(faces[2], 0)
        (Dice(logits, groups: 1, evenShare: 0).thrown(using: &generator) * Tensor([1, 0, 0], shape: [1, 3])).sum().backward()
        XCTAssertEqual(logits.gradient!.values[0], 0.25 * 0.75, accuracy: 1e-4, "p·(1 - p)")
    }

    /// In a world where frame t+1 is all of action t, a memory learns it; with actions a frame late it cannot.
    func testActionsAreInTheirPlace() {
        for memory in ["mdn-rnn", "rssm"] {
            var g = SeededGenerator(seed: 2), c = micro(memory)
            (c.stateDimensions, c.hiddenDimensions) = (16, 16)
            c.freeNats = 0
            let model = RecurrentWorldModel.memory(c, using: &g), optimizer = AdamW(model.parameters, weightDecay: 0)
            let b = 16, t = 6, actions = (0 ..< b * (t - 1)).map { _ in g.integer(below: 2) },
                frames = Tensor(repeating: 0, shape: [b, t, 3])
            for row in 0 ..< b {
                for step in 1 ..< t {
                    for j in 0 ..< 3 { frames.pointer[(row * t + step) * 3 + j] = actions[row * (t - 1) + step - 1] == 0 ? -1 : 1 }
                }
            }
            let late = actions.indices.map { $0 % (t - 1) == 0 ? 0 : actions[$0 - 1] }
            var first: Float = 0, loss: Float = 0
            for step in 0 ..< 400 {
                let out = model.loss(frames, actions: actions, using: &g).total
                loss = out.item
                if step == 0 { first = loss }
                out.backward()
                clipGradients(of: model.parameters, to: 1)
                optimizer.step(learningRate: 0.01)
            }
            XCTAssertLessThan(loss, first - 0.5, "\(memory): it learns one batch by heart")
            XCTAssertGreaterThan(model.loss(frames, actions: late, using: &g).total.item, loss + 0.3, "\(memory): actions a frame late")
            // And so it imagines: after action 1 the frame is 1.
            let state = model.beginning(with: Tensor(repeating: 0, shape: [2, 3]))
            let imagined = model.imagined(after: [0, 1], in: state, temperature: 0, using: &g).frame
            XCTAssertEqual(imagined.pointer[0], -1, accuracy: 0.4, memory)
            XCTAssertEqual(imagined.pointer[3], 1, accuracy: 0.4, memory)
        }
    }

    /// Where the eye learns too, errors of pixels reach its first layer and its last, and every part of the memory; one clip is learned by
    /// heart; and a run gives back the eye that it came to, not the one that it began with.
    func testTheEyeLearnsWithTheMemory() throws {
        var e = VariationalConfiguration(), c = micro("rssm")
        (e.imageSize, e.latentDimensions, e.channels) = (16, 3, 2)
        (c.learnsEye, c.frames, c.hiddenDimensions, c.stateDimensions, c.freeNats) = (true, 3, 16, 16, 0)
        (c.groups, c.classes) = (4, 4)
        let eye = VariationalAutoencoder(e, using: &generator), before = eye.tensors.map { $0.tensor.values }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eye-learns-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Checkpoint.write(
            eye.tensors, metadata: try Checkpoint.metadata(kind: VariationalAutoencoder.kind, configuration: e),
            to: folder.appendingPathComponent(RecurrentWorldModel.eyeName))
        let world = RecurrentWorldModel(eye: eye, memory: RecurrentWorldModel.memory(c, using: &generator))
        // Walls of six colors.
        let clips = Tensor.uniform([2, 3, 1, 1, 3], 0, 1, using: &generator) + Tensor(repeating: 0, shape: [2, 3, 16, 16, 3])
        let actions = [0, 1, 1, 0]
        let optimizer = AdamW(world.parameters, weightDecay: 0)
        var losses: [Float] = []
        for step in 0 ..< 300 {
            let loss = world.loss(clips, actions: actions, using: &generator).total
            loss.backward()
            if step == 0 {
                for (name, tensor) in world.parameters {
                    XCTAssert(tensor.gradient?.values.contains { $0 != 0 } ?? false, "no gradient reaches \(name)")
                }
            }
            optimizer.step(learningRate: 0.01)
            losses.append(loss.item)
        }
        XCTAssertLessThan(losses.last!, 0.5 * losses[0], "one batch is learned by heart")
        XCTAssertNotEqual(eye.tensors.map { $0.tensor.values }, before)
        try Checkpoint.write(
            world.tensors, metadata: try Checkpoint.metadata(kind: RecurrentWorldModel.kind, configuration: c),
            to: folder.appendingPathComponent("model.safetensors"))
        let opened = try RecurrentWorldModel(folder: folder)
        XCTAssertEqual(opened.numbers(of: clips).values, world.numbers(of: clips).values)
        XCTAssertEqual(opened.reconstructed(clips).values, world.reconstructed(clips).values)
        // What the decoder draws is what a state says: of the first frames, before which there was nothing.
        let first = clips.sliced(axis: 1, 0 ..< 1), drawn = world.reconstructed(first)
        let gray = Tensor(repeating: first.mean().item, shape: first.shape)
        XCTAssertLessThan(drawn.meanSquaredError(first).item, 0.25 * gray.meanSquaredError(first).item)
    }

    /// y = 2·x0 - x1 + 3 is read exactly; noise is not.
    func testProbe() {
        let x = Tensor.normal([300, 3], standardDeviation: 2, using: &generator)
        let y = (0 ..< 300).map { 2 * x.pointer[3 * $0] - x.pointer[3 * $0 + 1] + 3 }, noise = (0 ..< 300).map { _ in generator.normal() }
        XCTAssertGreaterThan(LinearProbe(x, y, shrinkage: 1e-6).judged(x, y).r2, 0.9999)
        XCTAssertLessThan(LinearProbe(x, noise).judged(x, noise).r2, 0.1)
    }

    /// A copy is another future, rows keep their own, and a dream that was begun with a past is the one that was led through it.
    func testDreamsAreValues() {
        var c = VariationalConfiguration()
        (c.imageSize, c.latentDimensions, c.channels) = (16, 3, 2)
        let eye = VariationalAutoencoder(c, using: &generator)
        for memory in ["mdn-rnn", "rssm"] {
            let world = RecurrentWorldModel(eye: eye, memory: RecurrentWorldModel.memory(micro(memory), using: &generator))
            let frames = Tensor.uniform([2, 4, 16, 16, 3], 0, 1, using: &generator), actions = [0, 1, 1, 1, 0, 0]
            let dream = world.recurrentDream(from: frames, actions: actions)
            XCTAssertEqual(dream.batch, 2)
            var copy = dream, other = dream, sampler = SeededGenerator(seed: 3)
            let picture = copy.step([0, 0], .mean, using: &sampler)
            XCTAssertEqual(picture.shape, [2, 16, 16, 3])
            other.advance([1, 1], temperature: 0, using: &sampler)
            XCTAssertNotEqual(other.features.values, copy.features.values, "\(memory): another action")
            var swapped = dream.selecting([1, 0, 1])
            let three = swapped.step([0, 0, 0], .mean, using: &sampler)
            for (x, y) in zip(three.sliced(axis: 0, 1 ..< 2).values, picture.sliced(axis: 0, 0 ..< 1).values) {
                XCTAssertEqual(x, y, accuracy: 1e-5, memory)
            }
            // Frame by frame.
            var led = world.recurrentDream(from: frames.sliced(axis: 1, 0 ..< 1), actions: [])
            let numbers = world.numbers(of: frames)
            for t in 1 ..< 4 {
                led.observe(numbers.sliced(axis: 1, t ..< t + 1).reshaped([2, 3]), after: [actions[t - 1], actions[3 + t - 1]])
            }
            for (x, y) in zip(led.features.values, dream.features.values) { XCTAssertEqual(x, y, accuracy: 1e-5, memory) }
            // The same seed draws the same; another does not.
            var (a, b, d) = (dream, dream, dream), one = SeededGenerator(seed: 4), same = SeededGenerator(seed: 4),
                another = SeededGenerator(seed: 5)
            let first = (0 ..< 4).map { _ in a.step([0, 1], .sample, using: &one).values }
            XCTAssertEqual(first, (0 ..< 4).map { _ in b.step([0, 1], .sample, using: &same).values }, memory)
            XCTAssertNotEqual(first, (0 ..< 4).map { _ in d.step([0, 1], .sample, using: &another).values }, memory)
        }
    }
}
