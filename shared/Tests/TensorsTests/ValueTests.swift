// ValueTests.swift - do the vector functions agree with the C library's, near zero, far out, and where there is no number?

import Foundation
import Randomness
@testable import Tensors
import XCTest

final class ValueTests: XCTestCase {
    /// Numbers of both signs from the very small to the very large.
    private let range: [Float] = {
        let sizes = (-60 ... 80).map { powf(10, Float($0) / 16) }
        return sizes.map { -$0 } + [0, -0.0] + sizes
    }()

    private func apply(_ operation: (Tensor) -> Tensor, to x: [Float]) -> [Float] { operation(Tensor(x, shape: [x.count])).values }

    func testExponential() {
        let x = stride(from: Float(-87), through: 88, by: 0.0371).map { $0 }
        for (x, y) in zip(x, apply({ $0.exp() }, to: x)) { XCTAssertEqual(y / expf(x), 1, accuracy: 4e-7, "exp(\(x))") }
        XCTAssertEqual(apply({ $0.exp() }, to: [0]), [1])
        let extremes = apply({ $0.exp() }, to: [-1e30, -.infinity, 1e30, .infinity])
        XCTAssert(extremes[0] < 2e-38 && extremes[1] < 2e-38 && extremes[2] > 1e38 && extremes[3] > 1e38, "\(extremes)")
    }

    func testFunctionsThatSaturate() {
        func phi(_ x: Float) -> Double { 0.5 * erfc(-Double(x) / 2.0.squareRoot()) }
        assertClose(apply({ $0.tanh() }, to: range), range.map(tanhf), 3e-7, "tanh")
        assertClose(apply({ $0.sigmoid() }, to: range), range.map { Float(1 / (1 + Foundation.exp(-Double($0)))) }, 3e-7, "sigmoid")
        assertClose(apply({ $0.silu() }, to: range), range.map { Float(Double($0) / (1 + Foundation.exp(-Double($0)))) }, 1e-6, "silu")
        assertClose(apply({ $0.gelu() }, to: range), range.map { Float(Double($0) * phi($0)) }, 1e-6, "gelu")
        assertClose(range.map { Vector.erf(Vector(repeating: $0))[0] }, range.map(erff), 5e-7, "erf")
    }

    func testLogarithmRootRounding() {
        let positive = range.filter { $0 > 0 }
        assertClose(apply({ $0.log() }, to: positive), positive.map(logf), 1e-7, "log")
        assertClose(apply({ $0.squareRoot() }, to: positive), positive.map { $0.squareRoot() }, 0, "squareRoot")
        let moderate = range.filter { abs($0) < 4e6 }
        assertClose(apply({ $0.roundedStraightThrough() }, to: moderate), moderate.map { $0.rounded(.toNearestOrEven) }, 0, "rounding")
    }

    /// A run that has gone wrong must show it: a function that turns NaN into a number hides that.
    func testNotANumberStaysNotANumber() {
        let cases: [(String, (Tensor) -> Tensor)] = [
            ("exp", { $0.exp() }), ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }), ("silu", { $0.silu() }), ("gelu", { $0.gelu() }),
            ("relu", { $0.relu() }), ("absolute", { $0.absolute() }), ("clamped", { $0.clamped(-1, 1) }), ("softmax", { $0.softmax() }),
            ("crossEntropy", { $0.crossEntropy([1]) }),
            ("sigmoidCrossEntropy", { $0.sigmoidCrossEntropy(Tensor(repeating: 1, shape: $0.shape)) }),
            ("meanSquaredError", { $0.meanSquaredError(Tensor(repeating: 0, shape: $0.shape)) }),
            ("rounding", { $0.roundedStraightThrough() }),
        ]
        for (name, operation) in cases {
            XCTAssert(apply(operation, to: [.nan, 1, 2])[0].isNaN, "\(name) of a NaN gives a number")
        }
        let qkv = Tensor(repeating: .nan, shape: [3, 6])
        XCTAssert(qkv.attention(axis: 0, heads: 1, isCausal: true).values.allSatisfy(\.isNaN), "attention among NaNs gives numbers")
    }

    func testLossesAtTheExtremesStayFinite() {
        let logits = Tensor([1000, -1000, 0, 500], shape: [2, 2])
        XCTAssertEqual(logits.softmax().values.map { ($0 * 1e6).rounded() }, [1e6, 0, 0, 1e6])
        XCTAssertEqual(logits.crossEntropy([1, 1]).item, 1000, accuracy: 1e-3)
        XCTAssertEqual(logits.crossEntropy([-1, -1]).item, 0)
        // Three coins: -log ½ once with weight 1; -log of almost 1 twice with weight 2.
        let coins = Tensor([0, 0, 50, 0, 50, 0], shape: [3, 2])
        XCTAssertEqual(coins.crossEntropy([1, 0, 0], weights: [2, 1]).item, logf(2) / 5, accuracy: 1e-6)
        XCTAssertEqual(
            logits.sigmoidCrossEntropy(Tensor([0, 1, 1, 1], shape: [2, 2])).item, (1000 + 1000 + logf(2) + 0) / 4, accuracy: 1e-3)
    }

    /// mean(x²) - mean(x)² loses all its digits when the mean is large: 16 significant bits are gone at 1000 ± 1.
    func testLayerNormFarFromZero() {
        let one = Tensor(repeating: 1, shape: [6]), zero = Tensor(repeating: 0, shape: [6])
        let near = Tensor([-2, -1, 0, 1, 2, 3], shape: [1, 6])
        assertClose((near + 4096).layerNorm(one, zero).values, near.layerNorm(one, zero).values, 1e-4, "shifted by 4096")
        assertClose(Tensor(repeating: 777.7, shape: [1, 6]).layerNorm(one, zero).values, zero.values, 0.05, "all equal")
    }

    func testShapesKeepTheirNumbers() {
        let x = Tensor((0 ..< 24).map(Float.init), shape: [2, 3, 4])
        XCTAssertEqual(x.permuted([2, 0, 1]).values.prefix(6), [0, 4, 8, 12, 16, 20])
        XCTAssertEqual(x.permuted([1, 0, 2]).values.prefix(8), [0, 1, 2, 3, 12, 13, 14, 15])
        XCTAssertEqual(x.transposed().permuted([0, 2, 1]).values, x.values)
        XCTAssertEqual(x.sliced(axis: -2, 1 ..< 2).values, [4, 5, 6, 7, 16, 17, 18, 19])
        XCTAssertEqual(x.sliced(axis: 1, 0 ..< 0).shape, [2, 0, 4])
        XCTAssertEqual(x.reshaped([4, -1]).shape, [4, 6])
        XCTAssertEqual(Tensor.concatenated([x.sliced(axis: 1, 0 ..< 1), x.sliced(axis: 1, 1 ..< 3)], axis: -2).values, x.values)
        XCTAssertEqual(x.padded(axis: 0, before: 1, after: 2).sliced(axis: 0, 1 ..< 3).values, x.values)
        XCTAssertEqual(x.padded(axis: 2, before: 1, after: 0).values.prefix(6), [0, 0, 1, 2, 3, 0])
        XCTAssertEqual(x.sum(axis: 0).values.prefix(3), [12, 14, 16])
        XCTAssertEqual(Tensor([0, 5, 5, 9, 2, 3], shape: [2, 3]).argmax(), [1, 0])
        XCTAssertEqual(Tensor([1, 2], shape: [2, 1]).expanded(to: [2, 3]).values, [1, 1, 1, 2, 2, 2])
    }

    func testEigenvalues() {
        // By hand: [[2,1],[1,2]] is 3 along (1,1) and 1 across.
        for (value, expected) in zip(symmetricEigenvalues([2, 1, 1, 2], 2).values.sorted(), [1.0, 3]) {
            XCTAssertEqual(value, expected, accuracy: 1e-12)
        }
        var generator = SeededGenerator(seed: 1)
        let n = 23, noise = (0 ..< n * n).map { _ in Double(generator.normal()) },
            a = (0 ..< n * n).map { noise[$0] + noise[$0 % n * n + $0 / n] }
        let (values, v) = symmetricEigenvalues(a, n)
        for i in 0 ..< n {
            for j in 0 ..< n {
                let again = (0 ..< n).reduce(0) { $0 + v[i * n + $1] * values[$1] * v[j * n + $1] }
                XCTAssertEqual(again, a[i * n + j], accuracy: 1e-9)
            }
        }
    }
}
