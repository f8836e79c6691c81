// OptimizerTests.swift - do AdamW and Muon take the steps that their PyTorch twins take?

import GoldenTesting
@testable import Layers
import Randomness
import Tensors
import XCTest

final class OptimizerTests: XCTestCase {
    /// Gives `parameter` this gradient, by way of a loss that has it.
    private func setGradient(of parameter: Tensor, to gradient: Tensor) { (parameter * gradient).sum().backward() }

    private func parameters(_ golden: Golden, _ prefix: String, _ names: [String]) throws -> [NamedTensor] {
        try names.map { ($0, try golden.tensor("\(prefix).\($0).before").asParameter()) }
    }

    func testAdamWWithClipping() throws {
        let golden = try Golden("optimizers", in: .module), parameters = try parameters(golden, "adamw", ["weight", "bias"])
        let optimizer = AdamW(parameters, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1)
        for step in 1 ... 3 {
            for (name, p) in parameters { setGradient(of: p, to: try golden.tensor("adamw.\(name).gradient.\(step)")) }
            let norm = clipGradients(of: parameters, to: 1)
            XCTAssertEqual(norm, try golden.tensor("adamw.norm.\(step)").item, accuracy: 1e-5)
            optimizer.step(learningRate: 0.01)
            for (name, p) in parameters {
                assertEqual(p, try golden.tensor("adamw.\(name).after.\(step)"), within: 1e-6, "\(name) after step \(step)")
                XCTAssertNil(p.gradient, "a step clears the gradient")
            }
        }
        XCTAssertEqual(optimizer.stepCount, 3)
        XCTAssertEqual(optimizer.state.map(\.name), ["weight", "bias"].flatMap { ["\($0).first_moment", "\($0).second_moment"] })
    }

    /// Five Newton-Schulz rounds in 32 bits against the same in 64.
    func testMuon() throws {
        let golden = try Golden("optimizers", in: .module)
        let parameters = try parameters(golden, "muon", ["tall", "wide", "fused"])
        parameters[2].tensor.hiddenMaps = 3
        let optimizer = Muon(parameters, momentum: 0.95, weightDecay: 0.1)
        for step in 1 ... 2 {
            for (name, p) in parameters { setGradient(of: p, to: try golden.tensor("muon.\(name).gradient.\(step)")) }
            optimizer.step(learningRate: 0.02)
            for (name, p) in parameters {
                assertEqual(p, try golden.tensor("muon.\(name).after.\(step)"), within: 3e-6, "\(name) after step \(step)")
            }
        }
        XCTAssertEqual(optimizer.state.map(\.name), ["tall.momentum", "wide.momentum", "fused.momentum"])
    }

    /// X·Xᵀ is about the identity: all directions the same length, between 0.7 and 1.2.
    func testOrthogonalizedMatricesAreNearlyOrthogonal() {
        var generator = SeededGenerator(seed: 1)
        for shape in [[8, 24], [24, 8], [16, 16]] {
            let x = Muon.orthogonalized(Tensor.normal(shape, standardDeviation: 3, using: &generator))
            let wide = shape[0] > shape[1] ? x.transposed() : x, square = wide.linear(wide), n = square.size(0)
            for i in 0 ..< n {
                for j in 0 ..< n where i != j { XCTAssertEqual(square.pointer[i * n + j], 0, accuracy: 0.5) }
                XCTAssertEqual(square.pointer[i * n + i], 1, accuracy: 0.6)
            }
        }
        XCTAssert(Muon.orthogonalized(Tensor(repeating: 0, shape: [4, 4])).values.allSatisfy { $0 == 0 }, "no gradient, no step")
    }

    func testAParameterWithoutGradientStays() {
        let a = Tensor([1, 2], shape: [1, 2]).asParameter(), b = Tensor([3, 4], shape: [1, 2]).asParameter()
        for optimizer in [AdamW([("a", a), ("b", b)]), Muon([("a", a), ("b", b)])] as [any Optimizer] {
            let before = a.values
            a.squared().sum().backward()
            optimizer.step(learningRate: 0.1)
            XCTAssertEqual(b.values, [3, 4])
            XCTAssertNotEqual(a.values, before)
        }
    }

    func testClippingLeavesSmallGradientsAlone() {
        let p = Tensor([3, 4], shape: [2]).asParameter()
        (p.squared().sum() * 0.5).backward()
        XCTAssertEqual(clipGradients(of: [("p", p)], to: 6), 5, accuracy: 1e-6)
        XCTAssertEqual(p.gradient!.values, [3, 4])
        XCTAssertEqual(clipGradients(of: [("p", p)], to: 1), 5, accuracy: 1e-6)
        XCTAssertEqual(p.gradient!.pointer[0], 0.6, accuracy: 1e-6)
        XCTAssertEqual(clipGradients(of: [], to: 1), 0)
    }

    /// State copied to a fresh optimizer continues bit for bit.
    func testStateIsAllThatAResumedRunNeeds() {
        func run(_ make: ([NamedTensor]) -> any Optimizer, resumeAt: Int?) -> [Float] {
            let p = Tensor([1, -2, 3, 0.5, 2, 1], shape: [2, 3]).asParameter()
            var optimizer = make([("p", p)])
            for step in 0 ..< 6 {
                if step == resumeAt {
                    let old = optimizer
                    optimizer = make([("p", p)])
                    for (new, saved) in zip(optimizer.state, old.state) { new.tensor.pointer.update(from: saved.tensor.pointer, count: 6) }
                    optimizer.stepCount = old.stepCount
                }
                (p.squared().squared().sum() + p.sum()).backward()
                optimizer.step(learningRate: 0.05)
            }
            return p.values
        }
        XCTAssertEqual(run({ AdamW($0) }, resumeAt: 3), run({ AdamW($0) }, resumeAt: nil))
        XCTAssertEqual(run({ Muon($0) }, resumeAt: 3), run({ Muon($0) }, resumeAt: nil))
    }
}
