// WorkedExampleTests.swift - the example that shared/README.md follows by hand, run for real.

import Tensors
import XCTest

final class WorkedExampleTests: XCTestCase {
    func testGradientsByHand() {
        let x = Tensor(2).asParameter()
        let w = Tensor(3).asParameter()
        let y = x * w + x
        let loss = (y - 5).squared()
        loss.backward()
        XCTAssertEqual([y.item, loss.item], [8, 9])
        XCTAssertEqual([w.gradient?.item, x.gradient?.item], [12, 24])
    }

    /// The place to try things begins with the same example.
    func testTheScratchBeginsWithIt() throws {
        let lines = [
            "let x = Tensor(2).asParameter()", "let w = Tensor(3).asParameter()", "let y = x * w + x", "let loss = (y - 5).squared()",
            "loss.backward()",
        ]
        let text = try XCTUnwrap(Repository.here.text("shared/scratch/beginning.swift"))
        XCTAssertTrue(text.contains(lines.joined(separator: "\n")))
    }

    /// Two losses before a step add up, until somebody forgets them.
    func testGradientsOfTwoLossesAddUp() {
        let w = Tensor(3).asParameter()
        w.squared().backward()
        w.squared().backward()
        XCTAssertEqual(w.gradient?.item, 12)
        w.clearGradient()
        XCTAssertNil(w.gradient)
    }
}
