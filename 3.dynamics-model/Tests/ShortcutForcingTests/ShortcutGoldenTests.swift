// ShortcutGoldenTests.swift - network, bootstrap targets, loss, gradients and a sampling step, as PyTorch has them.
//
// The script there writes the loss as the paper does, in two spaces; the code here has one squared error. They must be the same number.

import GoldenTesting
import Randomness
@testable import ShortcutForcing
import Tensors
import XCTest

final class ShortcutGoldenTests: XCTestCase {
    private var golden: Golden!, model: LatentDynamics!

    override func setUpWithError() throws {
        (golden, model) = (try Golden("shortcut-forcing", in: .module), micro { $0.ramp = true })
        try golden.fill(model)
    }

    /// The labels of the guessed frames and of the past.
    private func labels() throws -> (FrameLabels, FrameLabels) {
        let led = try golden.integers("led").map { $0 < 0 ? nil : $0 }, c = model.configuration
        return (try FrameLabels(
                    actions: golden.integers("actions"), levels: golden.integers("levels"), lengths: golden.integers("lengths")),
                FrameLabels(actions: led, levels: led.map { _ in c.pastLevel }, lengths: led.map { _ in 1 }))
    }

    func testLossWithBootstrapTargets() throws {
        let (own, pastLabels) = try labels(), guessed = try golden.tensor("guessed")
        let past = try golden.tensor("past"), truth = try golden.tensor("truth")
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
        assertEqual(meanFlow, try golden.tensor("mean_flow"), within: 1e-5, "MeanFlow's targets")
        let target = Tensor.concatenated([truth.sliced(axis: 0, 0 ..< 1), bootstrapped], axis: 0)
        assertEqual(target, try golden.tensor("target"), within: 1e-5, "targets")
        let predicted = model.predict(guessed, past: past, labels: own, pastLabels: pastLabels)
        assertEqual(predicted, try golden.tensor("predicted"), within: 1e-5, "predicted")
        let loss = ShortcutObjective.loss(predicted, target, weights: own.levels.map { 0.9 * Float($0) / 4 + 0.1 })
        assertEqual(loss, try golden.tensor("loss"), within: 1e-5, "loss")
        loss.backward()
        try golden.assertGradients(of: model, within: 1e-4)
    }

    func testOneSamplingStep() throws {
        var memory = model.emptyMemory
        let (_, pastLabels) = try labels(), past = try golden.tensor("past").sliced(axis: 0, 0 ..< 1), next = try golden.tensor("next")
        let before = Tensor.concatenated([Tensor(repeating: 0, shape: [1, 1, 4, 3]), past.sliced(axis: 1, 0 ..< 2)], axis: 1)
        model.read(past, before: before, labels: pastLabels.selecting([0], frames: 3), into: &memory)
        let clean = model.predict(
            next, before: past.sliced(axis: 1, 2 ..< 3), labels: FrameLabels(actions: [2], levels: [2], lengths: [1]), after: memory)
        // The third of four steps: τ = 1/2, half of the way that is left.
        assertEqual(next + (clean - next) * LatentDynamics.advance(2, of: 4), try golden.tensor("sampled"), within: 1e-5, "a step")
    }
}
