// FlowTests.swift - is it found where pixels came from, and are they carried there, sharp, however many steps it takes?

import CommandTesting
import Episodes
import Foundation
import InverseDynamics
@testable import OpticalFlow
import Randomness
import Tensors
import XCTest

final class FlowTests: XCTestCase {
    /// The same as grid_sample of PyTorch 2.15 (bilinear, border, align_corners), also beyond the rim.
    func testWarpedEqualsPyTorch() {
        let map = Tensor((0 ..< 12).map { Float($0 * $0) }, shape: [1, 2, 3, 2])
        let places = Tensor([0, 0, 1.25, 0.5, 2, 1, -3, 0.25, 1.9, 7], shape: [1, 1, 5, 2])
        let golden: [Float] = [0, 1, 40, 52, 100, 121, 9, 13, 96.4, 117]
        for (own, theirs) in zip(warped(map, by: places).values, golden) { XCTAssertEqual(own, theirs, accuracy: 1e-4) }
    }

    /// P windows of `side` pixels on a world of soft noise, and the same ones seen from (dx, dy) further.
    private func views(_ count: Int, side: Int, dx: Float, dy: Float) -> (last: Tensor, next: Tensor) {
        var generator = SeededGenerator(seed: 4)
        let world = Tensor.uniform([count, side + 8, side + 8, 3], 0, 1, using: &generator)
        func window(_ x: Float, _ y: Float) -> Tensor {
            let places = (0 ..< side * side).flatMap { (i: Int) -> [Float] in [Float(4 + i % side) + x, Float(4 + i / side) + y] }
            return warped(world, by: Tensor((0 ..< count).flatMap { _ in places }, shape: [count, side, side, 2]))
        }
        return (window(0.4, 0.4), window(0.4 + dx, 0.4 + dy))
    }

    /// Who moves by (2, -1) finds each pixel's origin there, to a fraction of a pixel (the noise is hard: one pixel says nothing of the
    /// next).
    func testOriginsAreFound() {
        for (dx, dy, accuracy) in [(Float(2), Float(-1), Float(0.15)), (-1.5, 0, 0.35)] {
            let side = 12, (last, next) = views(60, side: side, dx: dx, dy: dy)
            let origins = Flow.origins(of: next, in: last)
            for y in 2 ..< side - 2 {
                for x in 3 ..< side - 3 {
                    let i = (y * side + x) * 2
                    XCTAssertEqual(origins.values[i], Float(x) + dx, accuracy: accuracy, "x of \(x), \(y)")
                    XCTAssertEqual(origins.values[i + 1], Float(y) + dy, accuracy: accuracy, "y of \(x), \(y)")
                }
            }
        }
    }

    /// Two steps of half a pixel are one of a whole pixel, as sharp as before, for the dream that makes them and no other. What comes into
    /// view is what others draw.
    func testPlacesAreCarriedOnNotPictures() {
        let side = 6, flow = Flow(actions: 2, side: side)
        for y in 0 ..< side {
            for x in 0 ..< side {
                let i = (side + y) * side + x                                       // of action 1, which looks half a pixel to the right
                flow.origins.pointer[2 * i] += 0.5
                flow.known.pointer[i] = x < side - 1 ? 1 : 0
            }
        }
        var generator = SeededGenerator(seed: 2)
        let seen = Tensor.uniform([2, side, side, 3], 0, 1, using: &generator), drawn = Tensor(repeating: 7, shape: seen.shape)
        var carried = CarriedPicture(seen)
        assertClose(carried.over(drawn), seen, "nothing was done yet")
        carried.move(flow, [0, 1])
        carried.move(flow, [0, 1])
        XCTAssertEqual(carried.selecting([0]).over(drawn.rows(at: [0])).values, drawn.rows(at: [0]).values, "of action 0 nothing is known")
        let own = carried.selecting([1]).over(drawn.rows(at: [1])).values, picture = seen.rows(at: [1]).values
        for y in 0 ..< side {
            for x in 0 ..< side - 2 {
                XCTAssertEqual(own[(y * side + x) * 3], picture[(y * side + x + 1) * 3], accuracy: 1e-5, "\(x), \(y)")
            }
            XCTAssertEqual(own[(y * side + side - 1) * 3], 7, "came into view")
        }
    }

    /// Patch by patch: shown as it was seen where the drawn patch has the same mean color, half so where the two colors are the tolerance
    /// apart, and hardly where another thing was drawn. Of a patch that is half known half as much; what is not known is never shown.
    func testWhatIsCarriedIsShownWhereTheDrawnPatchAgrees() {
        var generator = SeededGenerator(seed: 3)
        let side = 4, seen = Tensor.uniform([1, side, side, 3], 0, 1, using: &generator), drawn = Tensor(uninitialized: seen.shape)
        let apart: [[Float]] = [[0, 0.06], [0.6, 0]], share: [[Float]] = [[1, 0.5], [1 / 101, 1]]          // of 2x2 patches
        func at(_ y: Int, _ x: Int, _ c: Int) -> Int { (y * side + x) * 3 + c }
        for y in 0 ..< side {
            for x in 0 ..< side {
                for c in 0 ..< 3 {
                    let (top, left) = (y / 2 * 2, x / 2 * 2)
                    let sum = [at(top, left, c), at(top, left + 1, c), at(top + 1, left, c), at(top + 1, left + 1, c)]
                        .reduce(0) { $0 + seen.values[$1] }
                    drawn.pointer[at(y, x, c)] = sum / 4 + apart[y / 2][x / 2]                         // a patch of one color
                }
            }
        }
        var carried = CarriedPicture(seen)
        let shown = carried.confirmed(by: drawn, patch: 2).values
        for i in 0 ..< seen.count {
            let (y, x) = (i / 3 / side, i / 3 % side)
            let expected = drawn.values[i] + share[y / 2][x / 2] * (seen.values[i] - drawn.values[i])
            XCTAssertEqual(shown[i], expected, accuracy: 1e-5, "pixel \(x), \(y)")
        }
        // Action 0 moves nothing, and keeps the upper row of each patch; action 1 loses all.
        let flow = Flow(actions: 2, side: side)
        for i in 0 ..< side * side { flow.known.pointer[i] = i / side % 2 == 0 ? 1 : 0 }
        carried.move(flow, [0])
        let half = carried.confirmed(by: drawn, patch: 2).values
        // Of the first patch two pixels are known: what they change of its mean color, and half of the share that belongs to that.
        let change = (0 ..< 6).map { seen.values[$0] - drawn.values[$0] }, mean = (0 ..< 3).map { (change[$0] + change[$0 + 3]) / 4 }
        let belief = 0.5 * 0.0036 / (mean.reduce(0) { $0 + $1 * $1 } / 3 + 0.0036)
        for i in 0 ..< 6 { XCTAssertEqual(half[i], drawn.values[i] + belief * change[i], accuracy: 1e-5, "half is known") }
        XCTAssertEqual(half[at(1, 0, 0)], drawn.values[at(1, 0, 0)], "not known")
        carried.move(flow, [1])
        XCTAssertEqual(carried.confirmed(by: drawn, patch: 2).values, drawn.values, "nothing is known any more")
    }

    private func assertClose(_ a: Tensor, _ b: Tensor, _ message: String, line: UInt = #line) {
        XCTAssertEqual(a.shape, b.shape, line: line)
        for (a, b) in zip(a.values, b.values) { XCTAssertEqual(a, b, accuracy: 1e-5, message, line: line) }
    }

    /// Known is what has less than twice the squared error of what is drawn; and a red pixel in a gray picture counts for more than its
    /// size.
    func testKnownIsWhatIsNotMuchWorseThanDrawn() {
        let truth = Tensor(repeating: 0.5, shape: [2, 1, 3, 3]), drawn = truth + 0.1
        let carried = truth + Tensor([0.13, 0.15, 0], shape: [3, 1])               // 1.7 times the squared error, 2.3 times, none
        XCTAssertEqual(Flow.known(carried, beside: drawn, truth: truth).values, [1, 0, 1])
        XCTAssertEqual(Flow.known(drawn, beside: truth, truth: truth).values, [0, 0, 0], "nothing is better than the truth")
        // In the second of two pictures the first pixel is red, and only there what is carried is better.
        let red = Tensor((0 ..< 128).flatMap { $0 == 64 ? [0.9, 0.1, 0.1] : [0.5, 0.5, 0.5] as [Float] }, shape: [2, 1, 64, 3])
        func only(_ pixel: Int) -> Tensor { Tensor((0 ..< 128).map { $0 == pixel ? 1 : 0 }, shape: [2, 1, 64, 1]) }
        let (first, second) = (only(0), only(64))
        XCTAssertEqual(Flow.known(red + first * 0.2, beside: red + second * 0.1, truth: red).values[0], 1)
        XCTAssertEqual(Flow.known(red + second * 0.2, beside: red + first * 0.1, truth: red).values[0], 0)
    }

    /// In a world that slides, action by action, each action finds its own way; what comes from there is known, and an action that nobody
    /// ever took moves nothing.
    func testEachActionFindsItsOwnFlow() throws {
        let side = 8, length = 120, folder = try makeTemporaryFolder(), train = folder.appendingPathComponent("train")
        try FileManager.default.createDirectory(at: train, withIntermediateDirectories: true)
        var generator = SeededGenerator(seed: 6), pixels: [UInt8] = [], actions: [Int] = [], place = 0
        let strip = (0 ..< side * 40 * 3).map { _ in UInt8(generator.integer(below: 256)) }            // a world 40 pixels wide
        for t in 0 ..< length {
            for y in 0 ..< side {
                for x in 0 ..< side {
                    let first = (y * 40 + (place + x) % 40) * 3
                    pixels += strip[first ..< first + 3]
                }
            }
            if t == length - 1 { break }
            actions.append(generator.integer(below: 2))
            place = (place + (actions[t] == 0 ? 1 : 38)) % 40        // one to the right, or two to the left
        }
        try Episode(frames: pixels, width: side, height: side, actions: nil, metadata: ["fps": "4"])
            .write(to: train.appendingPathComponent("0.safetensors"))
        let flow = Flow(actions: 3, side: side), still = flow.origins.values
        var c = ActionConfiguration.tiny
        (c.imageSize, c.patchSize, c.mapSide, c.levels) = (side, 4, 8, [2, 2])
        flow.find(in: try EpisodeSet(folder, .train), actions: [actions], beside: LatentActionModel(c, using: &generator))
        for (action, dx) in [(0, Float(1)), (1, -2), (2, 0)] {
            for y in 0 ..< side {
                for x in 2 ..< side - 2 {
                    let i = (action * side + y) * side + x
                    XCTAssertEqual(flow.origins.values[2 * i], still[2 * i] + dx, accuracy: 0.3, "action \(action), \(x), \(y)")
                    XCTAssertEqual(flow.known.values[i], action == 2 ? 0 : 1, "action \(action), \(x), \(y)")
                }
            }
        }
    }
}
