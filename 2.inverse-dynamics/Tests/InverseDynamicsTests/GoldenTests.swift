// GoldenTests.swift - does a conditioned block do what PyTorch says, forwards and backwards?

import Layers
import Randomness
import SafeTensors
import Tensors
@testable import InverseDynamics
import XCTest

final class GoldenTests: XCTestCase {
    func testConditionedBlock() throws {
        let url = Bundle.module.url(forResource: "Fixtures/conditioned-block", withExtension: "safetensors")!,
            file = try SafeTensorsFile(contentsOf: url)
        func golden(_ name: String) throws -> Tensor { Tensor(try file.floats(name), shape: file.entries[name]!.shape) }
        for kind in ["adaln", "add"] {
            var c = ActionConfiguration.micro, generator = SeededGenerator(seed: 1)
            (c.conditioning, c.embeddingDimensions, c.hiddenDimensions) = (kind, 16, 24)
            let grid = RotaryTable.grid(rows: 2, columns: 2, headWidth: 8), line = RotaryTable.line(length: 3, headWidth: 8)
            let block = ConditionedBlock(c, grid: grid, line: line, using: &generator)
            for (name, tensor) in block.tensors {
                let value = try golden("\(kind).weights.\(name)")
                XCTAssertEqual(tensor.shape, value.shape, name)
                tensor.pointer.update(from: value.pointer, count: value.count)
            }
            let x = try golden("\(kind).x").asParameter(), condition = try golden("\(kind).condition").asParameter()
            let y = block(x, condition: condition)
            assertEqual(y, try golden("\(kind).y"), within: 1e-5, "\(kind): y")
            (y * (try golden("\(kind).grad_y"))).sum().backward()
            assertEqual(x.gradient!, try golden("\(kind).grad_x"), within: 1e-4, "\(kind): gradient of x")
            assertEqual(condition.gradient!, try golden("\(kind).grad_condition"), within: 1e-4, "\(kind): gradient of the condition")
            assertEqual(
                block.modulation.weight.gradient!, try golden("\(kind).grad_modulation"), within: 1e-4,
                "\(kind): gradient of the modulation")
        }
    }

    /// Every number within `tolerance`, relative to the largest of the expected ones.
    private func assertEqual(_ actual: Tensor, _ expected: Tensor, within tolerance: Float, _ message: String) {
        XCTAssertEqual(actual.shape, expected.shape, message)
        let scale = expected.values.map(abs).max() ?? 1
        let worst = zip(actual.values, expected.values).map { abs($0 - $1) / scale }.max() ?? 0
        XCTAssertLessThan(worst, tolerance, message)
    }
}
