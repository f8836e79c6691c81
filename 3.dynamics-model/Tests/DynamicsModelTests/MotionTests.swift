// MotionTests.swift - does each head move its own features, by the action that was taken?

@testable import DynamicsModel
import Randomness
import Tensors
import XCTest

final class MotionTests: XCTestCase {
    private let configuration = micro().configuration   // 2×2 places, 3 actions, E = 16, 4 heads

    /// A motion whose output is what was moved.
    private func plain() -> Motion {
        var generator = SeededGenerator(seed: 1)
        let motion = Motion(configuration, using: &generator), E = configuration.embeddingDimensions
        for i in 0 ..< E * E { motion.output.weight.pointer[i] = i / E == i % E ? 1 : 0 }
        return motion
    }

    private func frame() -> Tensor {
        Tensor((0 ..< 4 * 16).map(Float.init), shape: [1, 1, 4, 16])
    }

    func testATableSaysWhereEachPlaceComesFrom() {
        let motion = plain(), zero = Tensor(repeating: 0, shape: [1, 1, 4, 16])
        // Action 2, head 1: place 0 comes from place 3, and surely so.
        motion.origins.pointer[((2 * 4 + 1) * 4 + 0) * 4 + 3] = 100
        let before = motion(frame(), actions: [1], residual: zero).values, after = motion(frame(), actions: [2], residual: zero).values
        XCTAssertEqual(Array(after[4 ..< 8]), [52, 53, 54, 55], "features 4 to 7 are head 1's; place 3 has 48 + those")
        XCTAssertEqual(Array(before[0 ..< 4] + before[8...]), Array(after[0 ..< 4] + after[8...]), "nothing else has moved")
    }

    /// Weights 1, e^-1.5 twice, e^-3: how far places are from each other on a grid of 2×2.
    func testBeforeTrainingAPlaceComesFromAroundItself() {
        let moved = plain()(frame(), actions: [nil], residual: Tensor(repeating: 1, shape: [1, 1, 4, 16])).values
        let near = expf(-1.5), far = expf(-3), expected = (near * 16 + near * 32 + far * 48) / (1 + 2 * near + far)
        for feature in 0 ..< 16 { XCTAssertEqual(moved[feature], expected + Float(feature) + 1, accuracy: 1e-3) }
    }
}
