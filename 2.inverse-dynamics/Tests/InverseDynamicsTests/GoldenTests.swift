// GoldenTests.swift - does a conditioned block do what PyTorch says, forwards and backwards?

import FrameCoding
import GoldenTesting
import Layers
import Randomness
import Tensors
@testable import InverseDynamics
import XCTest

final class GoldenTests: XCTestCase {
    func testConditionedBlock() throws {
        let golden = try Golden("conditioned-block", in: .module)
        for kind in ["adaln", "add"] {
            var generator = SeededGenerator(seed: 1)
            let grid = RotaryTable.grid(rows: 2, columns: 2, headWidth: 8), line = RotaryTable.line(length: 3, headWidth: 8)
            let block = ConditionedBlock(
                width: 16, heads: 2, hidden: 24, isAdaptive: kind == "adaln", grid: grid, line: line, using: &generator)
            try golden.fill(block, from: "\(kind).weights.")
            let x = try golden.tensor("\(kind).x").asParameter(), condition = try golden.tensor("\(kind).condition").asParameter()
            let y = block(x, condition: condition)
            assertEqual(y, try golden.tensor("\(kind).y"), within: 1e-5, "\(kind): y")
            (y * (try golden.tensor("\(kind).grad_y"))).sum().backward()
            assertEqual(x.gradient!, try golden.tensor("\(kind).grad_x"), within: 1e-4, "\(kind): gradient of x")
            assertEqual(condition.gradient, try golden.tensor("\(kind).grad_condition"), within: 1e-4, "\(kind): gradient of the condition")
            assertEqual(
                block.tensors.first { $0.name == "modulation.weight" }!.tensor.gradient!, try golden.tensor("\(kind).grad_modulation"),
                within: 1e-4,
                "\(kind): gradient of the modulation")
        }
    }
}
