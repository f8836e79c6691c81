// GradientTests.swift - every differentiable operation against finite differences.
//
// Sizes are odd on purpose: kernels work on sixteen numbers at a time, and mistakes live in what is left over.

@testable import Tensors
import XCTest

final class GradientTests: XCTestCase {
    func testElementwiseOfOneTensor() {
        let cases: [(String, (Tensor) -> Tensor)] = [
            ("-x", { -$0 }), ("x + c", { $0 + 1.5 }), ("c + x", { 1.5 + $0 }), ("x - c", { $0 - 1.5 }), ("c - x", { 1.5 - $0 }),
            ("x * c", { $0 * 1.5 }), ("c * x", { 1.5 * $0 }), ("x / c", { $0 / 1.5 }),
            ("exp", { $0.exp() }), ("squared", { $0.squared() }), ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }),
            ("silu", { $0.silu() }), ("gelu", { $0.gelu() }),
        ]
        for (name, operation) in cases { checkGradients(name, [[3, 7]]) { operation($0[0]) } }
    }

    func testElementwiseWherePositive() {
        let cases: [(String, (Tensor) -> Tensor)] = [
            ("log", { $0.log() }), ("squareRoot", { $0.squareRoot() }), ("c / x", { 1.5 / $0 }),
        ]
        for (name, operation) in cases { checkGradients(name, [[19]], from: 0.5) { operation($0[0]) } }
    }

    /// Functions with a corner, away from the corner.
    func testElementwiseOnEitherSideOfCorners() {
        for (low, high) in [(Float(0.1), Float(0.9)), (-0.9, -0.1), (1.1, 2), (-2, -1.1)] {
            checkGradients("absolute", [[17]], from: low, to: high) { $0[0].absolute() }
            checkGradients("relu", [[17]], from: low, to: high) { $0[0].relu() }
            checkGradients("clamped", [[17]], from: low, to: high) { $0[0].clamped(-1, 1) }
        }
    }

    func testTwoTensorsAndBroadcasting() {
        let shapes: [[[Int]]] = [
            [[3, 7], [3, 7]], [[2, 3, 5], [5]], [[5], [2, 3, 5]], [[3, 1], [3, 7]], [[3, 7], [1, 7]], [[2, 1, 5], [3, 1]],
            [[], [3, 5]], [[17], []], [[2, 1, 3, 1], [2, 5, 1, 4]], [[1], [1]],
        ]
        for shapes in shapes {
            checkGradients("+ \(shapes)", shapes) { $0[0] + $0[1] }
            checkGradients("- \(shapes)", shapes) { $0[0] - $0[1] }
            checkGradients("* \(shapes)", shapes) { $0[0] * $0[1] }
            checkGradients("/ \(shapes)", shapes, from: 0.7) { $0[0] / $0[1] }
        }
        checkGradients("swiGLU", [[3, 7], [3, 7]]) { Tensor.swiGLU(gate: $0[0], up: $0[1]) }
        checkGradients("expanded", [[3, 1, 5]]) { $0[0].expanded(to: [2, 3, 4, 5]) }
        checkGradients("expanded along the last axis", [[3, 1]]) { $0[0].expanded(to: [2, 3, 17]) }
    }

    func testReductions() {
        checkGradients("sum", [[3, 7]]) { $0[0].sum() }
        checkGradients("mean", [[3, 7]]) { $0[0].mean() }
        for axis in [-3, -2, -1, 0, 1, 2] {
            checkGradients("sum(axis: \(axis))", [[2, 3, 5]]) { $0[0].sum(axis: axis) }
            checkGradients("mean(axis: \(axis))", [[2, 3, 5]]) { $0[0].mean(axis: axis) }
        }
    }

    func testShapes() {
        checkGradients("reshaped", [[3, 7]]) { $0[0].reshaped([7, -1]) }
        checkGradients("transposed", [[2, 3, 7]]) { $0[0].transposed() }
        for axes in [[0, 1, 2, 3], [0, 2, 1, 3], [3, 2, 1, 0], [1, 0, 2, 3], [2, 0, 3, 1], [0, 1, 3, 2]] {
            checkGradients("permuted \(axes)", [[2, 3, 4, 5]]) { $0[0].permuted(axes) }
        }
        checkGradients("permuted sizes of one", [[3, 5, 1]]) { $0[0].permuted([1, 0, 2]) }
        for axis in [-1, 0, 1, 2] {
            checkGradients("sliced(axis: \(axis))", [[4, 3, 5]]) { $0[0].sliced(axis: axis, 1 ..< 3) }
            checkGradients("padded(axis: \(axis))", [[2, 3, 5]]) { $0[0].padded(axis: axis, before: 2, after: 1) }
        }
        checkGradients("concatenated", [[2, 3, 5], [2, 1, 5], [2, 4, 5]]) { Tensor.concatenated($0, axis: 1) }
        checkGradients("concatenated(axis: -1)", [[2, 3], [2, 4]]) { Tensor.concatenated($0, axis: -1) }
        checkGradients("rows", [[5, 3]]) { $0[0].rows(at: [3, 0, 3, 3, 4]) }
        checkGradients("gathered", [[2, 3, 5]]) { $0[0].gathered([4, 0, 1, 1, 2, 3]) }
    }

    func testProducts() {
        checkGradients("matmul", [[3, 5], [5, 7]]) { $0[0].matmul($0[1]) }
        checkGradients("matmul in batches", [[2, 3, 4, 5], [2, 3, 5, 2]]) { $0[0].matmul($0[1]) }
        checkGradients("matmul with one matrix for all", [[2, 3, 4], [4, 5]]) { $0[0].matmul($0[1]) }
        checkGradients("linear", [[2, 3, 5], [7, 5]]) { $0[0].linear($0[1]) }
        checkGradients("linear, bias", [[2, 3, 5], [7, 5], [7]]) { $0[0].linear($0[1], bias: $0[2]) }
        checkGradients("linear, residual", [[2, 3, 5], [7, 5], [2, 3, 7]]) { $0[0].linear($0[1], residual: $0[2]) }
        checkGradients("linear, both", [[3, 5], [17, 5], [17], [3, 17]]) { $0[0].linear($0[1], bias: $0[2], residual: $0[3]) }
    }

    func testNormsAndSoftmax() {
        for width in [1, 5, 16, 33] {
            checkGradients("rmsNorm \(width)", [[2, 3, width], [width]], from: 0.3) { $0[0].rmsNorm($0[1]) }
            checkGradients("layerNorm \(width)", [[2, 3, width], [width], [width]]) { $0[0].layerNorm($0[1], $0[2], epsilon: 1e-2) }
            checkGradients("softmax \(width)", [[2, 3, width]]) { $0[0].softmax() }
        }
    }

    func testLosses() {
        checkGradients("crossEntropy", [[4, 7]]) { $0[0].crossEntropy([3, 0, 6, 2]) }
        checkGradients("crossEntropy with weights", [[4, 3]]) { $0[0].crossEntropy([2, 0, -1, 2], weights: [0.5, 1, 3]) }
        checkGradients("crossEntropy with ignored rows", [[2, 2, 19]]) { $0[0].crossEntropy([3, -1, 18, -1]) }
        let truth = random([3, 7], 0, 1, seed: 5)
        checkGradients("sigmoidCrossEntropy", [[3, 7]]) { $0[0].sigmoidCrossEntropy(truth) }
        checkGradients("meanSquaredError", [[3, 7]]) { $0[0].meanSquaredError(truth) }
        checkGradients("meanAbsoluteError", [[3, 7]], from: 1.1) { $0[0].meanAbsoluteError(truth) }
        checkGradients("meanAbsoluteError below", [[3, 7]], to: -0.1) { $0[0].meanAbsoluteError(truth) }
        checkGradients("meanSmoothAbsoluteError", [[3, 7]], from: 0.1, to: 0.9) { $0[0].meanSmoothAbsoluteError(truth) }
        checkGradients("meanSmoothAbsoluteError far off", [[3, 7]], from: 2.1, to: 3) { $0[0].meanSmoothAbsoluteError(truth) }
        checkGradients("scalar", [[3, 7]]) { inputs in
            let x = inputs[0]
            return x.scalar(x.values.reduce(0) { $0 + $1 * $1 }, slope: Tensor.withoutGradients { x * 2 })
        }
    }

    func testConvolution() {
        for (size, stride, padding) in [(1, 1, 0), (3, 1, 0), (3, 1, 1), (3, 2, 1), (2, 2, 0), (5, 3, 2), (4, 2, 1)] {
            let name = "convolution \(size)×\(size), stride \(stride), padding \(padding)"
            checkGradients(name, [[2, 6, 5, 3], [4, size * size * 3], [4]]) {
                $0[0].convolution($0[1], bias: $0[2], stride: stride, padding: padding)
            }
            checkGradients(name + ", no bias", [[2, 6, 5, 1], [2, size * size]]) {
                $0[0].convolution($0[1], stride: stride, padding: padding)
            }
        }
        // More than 16 outputs: two vectors of weights at once, the second not full.
        checkGradients("convolution, wide", [[1, 3, 3, 18], [20, 162], [20]]) { $0[0].convolution($0[1], bias: $0[2], padding: 1) }
        checkGradients("convolution with a residual", [[2, 4, 3, 2], [3, 18], [3], [2, 4, 3, 3]]) {
            $0[0].convolution($0[1], bias: $0[2], residual: $0[3], padding: 1)
        }
    }

    func testPictures() {
        checkGradients("upsampled", [[2, 3, 2, 3]]) { $0[0].upsampled(by: 2) }
        checkGradients("averagePooled", [[2, 4, 6, 3]]) { $0[0].averagePooled(by: 2) }
        // no two so near that the step of the check swaps them
        let apart = Tensor((0 ..< 144).map { Float($0 * 37 % 144) / 4 }, shape: [2, 4, 6, 3])
        checkGradients("maxPooled", [[2, 4, 6, 3]], from: -0.1, to: 0.1) { ($0[0] + apart).maxPooled(by: 2) }
        checkGradients("spaceToDepth", [[2, 4, 6, 3]]) { $0[0].spaceToDepth(2) }
        checkGradients("depthToSpace", [[2, 2, 3, 8]]) { $0[0].depthToSpace(2) }
        checkGradients("groupNorm", [[2, 3, 2, 6], [6], [6]]) { $0[0].groupNorm(2, scale: $0[1], shift: $0[2], epsilon: 1e-2) }
        checkGradients("groupNorm, adaptive", [[2, 3, 2, 6], [2, 6], [2, 6]]) {
            $0[0].groupNorm(3, scale: $0[1], shift: $0[2], epsilon: 1e-2)
        }
        checkGradients("groupNorm, bare", [[2, 3, 2, 6]]) { $0[0].groupNorm(1, epsilon: 1e-2) }
        checkGradients("groupNorm, shift only", [[2, 5, 6], [2, 6]]) { $0[0].groupNorm(6, shift: $0[1], epsilon: 1e-2) }
    }

    /// The gradient of rounding is a lie by design: that of no rounding at all.
    func testStraightThroughAndStop() {
        let x = Tensor([-1.6, 0.4, 2.5, 3.5], shape: [4]).asParameter()
        let rounded = x.roundedStraightThrough()
        XCTAssertEqual(rounded.values, [-2, 0, 2, 4])
        (rounded * Tensor([1, 2, 3, 4], shape: [4])).sum().backward()
        XCTAssertEqual(x.gradient!.values, [1, 2, 3, 4])

        x.clearGradient()
        (x * x.stopGradient()).sum().backward()  // d(x·c)/dx = c
        XCTAssertEqual(x.gradient!.values, x.values)
    }

    func testRecurrent() {
        // A width below a vector's, one of a vector, and one with something left over.
        for H in [3, 16, 19] {
            checkGradients("lstm \(H)", [[2, 3, 4 * H], [4 * H, H], [2, 2 * H]], from: -0.7, to: 0.7) { $0[0].lstm($0[1], state: $0[2]) }
            checkGradients("gru \(H)", [[2, 3, 3 * H], [3 * H, H], [3 * H], [2, H]], from: -0.7, to: 0.7) {
                $0[0].gru($0[1], bias: $0[2], state: $0[3])
            }
        }
    }

    func testLogarithmsOfSums() {
        for n in [1, 5, 16, 19] {
            checkGradients("logSumExp \(n)", [[2, 3, n]]) { $0[0].logSumExp() }
            checkGradients("logSoftmax \(n)", [[2, 3, n]]) { $0[0].logSoftmax() }
        }
    }
}
