// ShortcutGoldenTests.swift - network, bootstrap targets, loss, gradients and a sampling step, as PyTorch has them.
//
// The script there writes the loss as the paper does, in two spaces; the code here has one squared error. They must be the same number.

import Randomness
import SafeTensors
@testable import ShortcutForcing
import Tensors
import XCTest

final class ShortcutGoldenTests: XCTestCase {
    private var file: SafeTensorsFile!, model: LatentDynamics!

    override func setUpWithError() throws {
        file = try SafeTensorsFile(
            contentsOf: XCTUnwrap(Bundle.module.url(forResource: "Fixtures/shortcut-forcing", withExtension: "safetensors")))
        model = micro { $0.ramp = true }
        let names = file.names.filter { $0.hasPrefix("weights.") }.map { $0.dropFirst("weights.".count).description }
        XCTAssertEqual(Set(model.parameters.map(\.name)), Set(names), "names are the checkpoint's keys")
        for (name, tensor) in model.parameters {
            let value = try golden("weights.\(name)")
            XCTAssertEqual(tensor.shape, value.shape, name)
            tensor.pointer.update(from: value.pointer, count: value.count)
        }
    }

    private func golden(_ name: String) throws -> Tensor { Tensor(try file.floats(name), shape: file.entries[name]?.shape ?? []) }

    /// The labels of the guessed frames and of the past.
    private func labels() throws -> (FrameLabels, FrameLabels) {
        let led = try file.integers("led").map { $0 < 0 ? nil : $0 }, c = model.configuration
        func integers(_ name: String) throws -> [Int] { try file.integers(name) }
        return (FrameLabels(actions: try integers("actions"), levels: try integers("levels"), lengths: try integers("lengths")),
                FrameLabels(actions: led, levels: led.map { _ in c.pastLevel }, lengths: led.map { _ in 1 }))
    }

    func testLossWithBootstrapTargets() throws {
        let (own, pastLabels) = try labels(), guessed = try golden("guessed"), past = try golden("past"), truth = try golden("truth")
        let rows = [1, 2], coarse = own.selecting(rows, frames: 3), coarsePast = pastLabels.selecting(rows, frames: 3)
        func guess(_ z: Tensor, _ levels: [Int], _ lengths: [Int]) -> Tensor {
            model.predict(
                z, past: past.rows(at: rows), labels: FrameLabels(actions: coarse.actions, levels: levels, lengths: lengths),
                pastLabels: coarsePast)
        }
        let bootstrapped = ShortcutObjective.bootstrapped(
            guessed.rows(at: rows), levels: coarse.levels, lengths: coarse.lengths, finestSteps: 4, predict: guess)
        let meanFlow = ShortcutObjective.alongTheTruth(
            guessed.rows(at: rows), truth: truth.rows(at: rows), levels: coarse.levels, lengths: coarse.lengths, finestSteps: 4,
            predict: guess)
        assertEqual(meanFlow, try golden("mean_flow"), within: 1e-5, "MeanFlow's targets")
        let target = Tensor.concatenated([truth.sliced(axis: 0, 0 ..< 1), bootstrapped], axis: 0)
        assertEqual(target, try golden("target"), within: 1e-5, "targets")
        let predicted = model.predict(guessed, past: past, labels: own, pastLabels: pastLabels)
        assertEqual(predicted, try golden("predicted"), within: 1e-5, "predicted")
        let loss = ShortcutObjective.loss(predicted, target, weights: own.levels.map { 0.9 * Float($0) / 4 + 0.1 })
        assertEqual(loss, try golden("loss"), within: 1e-5, "loss")
        loss.backward()
        for (name, parameter) in model.parameters {
            assertEqual(parameter.gradient, try golden("gradients.\(name)"), within: 1e-4, "gradient of \(name)")
        }
    }

    func testOneSamplingStep() throws {
        var memory = model.emptyMemory
        let (_, pastLabels) = try labels(), past = try golden("past").sliced(axis: 0, 0 ..< 1), next = try golden("next")
        let before = Tensor.concatenated([Tensor(repeating: 0, shape: [1, 1, 4, 3]), past.sliced(axis: 1, 0 ..< 2)], axis: 1)
        model.read(past, before: before, labels: pastLabels.selecting([0], frames: 3), into: &memory)
        let clean = model.predict(
            next, before: past.sliced(axis: 1, 2 ..< 3), labels: FrameLabels(actions: [2], levels: [2], lengths: [1]), after: memory)
        // The third of four steps: τ = 1/2, half of the way that is left.
        assertEqual(next + (clean - next) * LatentDynamics.advance(2, of: 4), try golden("sampled"), within: 1e-5, "a step")
    }
}
