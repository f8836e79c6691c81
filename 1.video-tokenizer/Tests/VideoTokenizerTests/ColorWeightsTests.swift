// ColorWeightsTests.swift - does what is rare count for more, and is the loss the mean that it says?

import Tensors
import FrameCoding
@testable import VideoTokenizer
import XCTest

final class ColorWeightsTests: XCTestCase {
    /// A gray frame of 4×4 with one red pixel, and a gray one.
    private let frames: Tensor = {
        let gray: [Float] = [0.5, 0.5, 0.5], red: [Float] = [0.8, 0.2, 0.2]
        return Tensor((0 ..< 32).flatMap { i -> [Float] in i == 5 ? red : gray }, shape: [2, 4, 4, 3])
    }()

    func testARarePixelCountsForMore() {
        let weights = colorWeights(of: frames)
        XCTAssertEqual(weights.shape, [2, 4, 4, 1])
        let w = weights.values
        // Of d² the red pixel has (15/16)², each of the others (1/16)²: 225 to 1, together 240 · (d/16)². ½ + ½ · 16 · 225/240 = 8.
        XCTAssertEqual(w[5], 8, accuracy: 1e-4)
        XCTAssertEqual(w[4], 0.53333, accuracy: 1e-4)
        let first: Float = w[0 ..< 16].reduce(0, +)
        XCTAssertEqual(first, 16, accuracy: 1e-3)
        XCTAssertEqual(Array(w[16...]), [Float](repeating: 1, count: 16), "all alike, all count alike")
    }

    /// The pixel in row 1, column 1 makes rows 0 to 2 and columns 0 to 2 count; the sum of all weights stays what it was.
    func testAReachSpreadsWhatIsRareAround() {
        let near = colorWeights(of: frames, reach: 1).values
        for i in 0 ..< 16 { XCTAssertEqual(near[i] > 1, i / 4 < 3 && i % 4 < 3, "\(i)") }
        // Nine of 225 and seven of 1: ½ + ½ · 16 · 225/2032 = 1.3858.
        XCTAssertEqual(near[0], 1.38583, accuracy: 1e-4)
        XCTAssertEqual(near[0 ..< 16].reduce(0, +), 16, accuracy: 1e-3)
        XCTAssertEqual(colorWeights(of: frames, reach: 9).values, [Float](repeating: 1, count: 32), "everywhere is nowhere")
    }

    func testWeightedError() {
        let x = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 1, 3]).asParameter(), truth = Tensor(repeating: 1, shape: [1, 2, 1, 3])
        let loss = x.squaredError(truth, weights: Tensor([2, 1], shape: [1, 2, 1, 1]))
        XCTAssertEqual(loss.item, 10, accuracy: 1e-5)  // (2·(0 + 1 + 4) + 9 + 16 + 25) / 6
        loss.backward()
        XCTAssertEqual(x.gradient!.values[1], 0.66667, accuracy: 1e-4)  // 2·2·1 / 6
    }
}
