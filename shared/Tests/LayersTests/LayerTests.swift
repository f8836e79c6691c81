// LayerTests.swift - does each layer give what PyTorch gives, forward and backward?

import CommandTesting
import GoldenTesting
import Layers
import Randomness
import Tensors
import XCTest

final class LayerTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    /// Runs `layer` on the case's input and compares its output, and the gradients of Σ output · gradOutput with respect to the
    /// input and to `weights` (parameters under their golden names; "" is `weight` or `bias` itself).
    private func check(_ name: String, _ weights: [(key: String, parameter: Tensor)] = [], _ layer: (Tensor) -> Tensor) throws {
        let golden = try Golden("layers", in: .module)
        for (key, parameter) in weights { try golden.fill(parameter, from: "\(name).\(key)") }
        let input = try golden.tensor("\(name).input").asParameter(), output = layer(input)
        assertEqual(output, try golden.tensor("\(name).output"), "\(name).output")
        (output * (try golden.tensor("\(name).gradOutput")).reshaped(output.shape)).sum().backward()
        if golden.has("\(name).gradInput") { assertEqual(input.gradient, try golden.tensor("\(name).gradInput"), "\(name).gradInput") }
        for (key, parameter) in weights {
            let gradientKey = "\(name).grad\(key.prefix(1).uppercased())\(key.dropFirst())"
            assertEqual(parameter.gradient, try golden.tensor(gradientKey), gradientKey)
        }
    }

    func testLinear() throws {
        let linear = Linear(6, 4, using: &generator)
        try check("linear", [("weight", linear.weight), ("bias", linear.bias!)]) { linear($0) }
        let plain = Linear(6, 4, bias: false, using: &generator)
        try check("linear-no-bias", [("weight", plain.weight)]) { plain($0) }
        XCTAssertNil(plain.bias)
    }

    func testNorms() throws {
        let rms = RMSNorm(8), layer = LayerNorm(8)
        try check("rms-norm", [("weight", rms.weight)]) { rms($0) }
        try check("layer-norm", [("weight", layer.weight), ("bias", layer.bias)]) { layer($0) }
    }

    /// Weights from elsewhere: the same numbers come out.
    func testLayersOfGivenWeights() {
        let x = Tensor.normal([3, 6], standardDeviation: 1, using: &generator)
        let linear = Linear(6, 4, using: &generator), norm = LayerNorm(6)
        XCTAssertEqual(Linear(weight: linear.weight, bias: linear.bias)(x).values, linear(x).values)
        XCTAssertNil(Linear(weight: linear.weight, bias: nil).bias)
        XCTAssertEqual(LayerNorm(weight: norm.weight, bias: norm.bias)(x).values, norm(x).values)
        // With a large epsilon hardly anything is left: (x - mean) / √(variance + 10,000).
        for y in LayerNorm(weight: norm.weight, bias: norm.bias, epsilon: 1e4)(x).values { XCTAssertLessThan(abs(y), 0.1) }
    }

    func testFunctions() throws {
        try check("gelu-erf") { $0.gelu() }
        try check("silu") { $0.silu() }
        try check("sigmoid") { $0.sigmoid() }
        try check("softmax") { $0.softmax() }
    }

    func testLosses() throws {
        let golden = try Golden("layers", in: .module)
        let targets = try golden.integers("cross-entropy.targets"), truth = try golden.tensor("sigmoid-loss.targets")
        try check("cross-entropy") { $0.crossEntropy(targets) }
        try check("sigmoid-loss") { $0.sigmoidCrossEntropy(truth) }
    }

    func testEmbedding() throws {
        let golden = try Golden("layers", in: .module), embedding = Embedding(5, 4, using: &generator)
        try golden.fill(embedding.weight, from: "embedding.weight")
        let output = embedding(try golden.integers("embedding.input"))
        assertEqual(output.reshaped([2, 3, 4]), try golden.tensor("embedding.output"), within: 0, "embedding.output")
        (output * (try golden.tensor("embedding.gradOutput")).reshaped(output.shape)).sum().backward()
        assertEqual(embedding.weight.gradient, try golden.tensor("embedding.gradWeight"), "embedding.gradWeight")
    }

    func testConvolution() throws {
        for (name, stride, padding) in [("conv", 1, 0), ("conv-stride-padding", 2, 1)] {
            let weight = Tensor(repeating: 0, shape: [4, 27]).asParameter(), bias = Tensor(repeating: 0, shape: [4]).asParameter()
            try check(name, [("weight", weight), ("bias", bias)]) { $0.convolution(weight, bias: bias, stride: stride, padding: padding) }
        }
        let layer = Convolution(3, 4, stride: 2, using: &generator)
        try check("conv-stride-padding", [("weight", layer.weight), ("bias", layer.bias!)]) { layer($0) }
    }

    /// Whatever the window: a size that divides by the stride, divided by the stride.
    func testConvolutionKeepsOrDividesTheSize() {
        for (size, stride) in [(1, 1), (3, 1), (5, 1), (3, 2), (4, 2), (8, 8), (2, 2)] {
            let layer = Convolution(2, 3, size: size, stride: stride, bias: false, using: &generator)
            XCTAssertEqual(layer(Tensor(repeating: 1, shape: [1, 16, 8, 2])).shape, [1, 16 / stride, 8 / stride, 3], "\(size), \(stride)")
        }
    }

    func testPicturesOfAnotherSize() throws {
        try check("upsampled") { $0.upsampled(by: 2) }
        try check("average-pooled") { $0.averagePooled(by: 2) }
        try check("max-pooled") { $0.maxPooled(by: 2) }
    }

    func testGroupNorm() throws {
        let norm = GroupNorm(6, groups: 2)
        try check("group-norm", [("weight", norm.weight!), ("bias", norm.bias!)]) { norm($0) }
        let scale = Tensor(repeating: 1, shape: [3, 6]).asParameter(), shift = Tensor(repeating: 0, shape: [3, 6]).asParameter()
        try check("adaptive-group-norm", [("weight", scale), ("bias", shift)]) { $0.groupNorm(3, scale: scale, shift: shift) }
        XCTAssertEqual(GroupNorm(6, groups: 2, affine: false).tensors.count, 0)
    }

    func testSwiGLU() throws {
        let layer = SwiGLU(width: 16, hidden: 24, using: &generator)
        try check("swiglu", [("weight.gate", layer.gate.weight), ("weight.up", layer.up.weight), ("weight.down", layer.down.weight)]) {
            layer($0, residual: Tensor(repeating: 0, shape: $0.shape))
        }
    }

    /// Whom a position listens to, times what those say, is what it hears.
    func testAttentionWeights() {
        for (length, isCausal) in [(5, false), (5, true), (21, false)] {
            let rotary = RotaryTable.line(length: length, headWidth: 8)
            let layer = Attention(width: 16, heads: 2, axis: -2, isCausal: isCausal, rotary: rotary, using: &generator)
            let x = Tensor.normal([length, 16], standardDeviation: 1, using: &generator), weights = layer.weights(x)
            XCTAssertEqual(weights.shape, [2, length, length])
            let heard = (0 ..< 2).map { head -> Tensor in
                let messages = layer.qkv(x).sliced(axis: 1, 32 + 8 * head ..< 40 + 8 * head)
                return weights.sliced(axis: 0, head ..< head + 1).reshaped([length, length]).matmul(messages)
            }
            let expected = layer(x.reshaped([1, length, 16])).values, own = layer.output(.concatenated(heard, axis: 1)).values
            for (a, b) in zip(own, expected) { XCTAssertEqual(a, b, accuracy: 1e-5) }
            if isCausal { XCTAssertEqual(weights.values[1], 0, "the first listens to nobody later") }
        }
    }

    func testAttentionOverSpaceAndTime() throws {
        let grid = RotaryTable.grid(rows: 3, columns: 4, headWidth: 8), line = RotaryTable.line(length: 5, headWidth: 8)
        for (name, axis, isCausal, rotary) in [("space-attention", -2, false, grid), ("time-attention", -3, true, line)] {
            let layer = Attention(width: 16, heads: 2, axis: axis, isCausal: isCausal, rotary: rotary, using: &generator)
            try check(name, [("weight.qkv", layer.qkv.weight), ("weight.output", layer.output.weight)]) {
                layer($0, residual: Tensor(repeating: 0, shape: $0.shape))
            }
        }
    }

    /// x + layer(x), and the same with the sum written out.
    func testResidualIsAddedOnce() {
        let layer = SwiGLU(width: 16, hidden: 24, using: &generator)
        let attention = Attention(width: 16, heads: 2, axis: -2, isCausal: false, rotary: .line(length: 5, headWidth: 8), using: &generator)
        let x = Tensor.normal([3, 5, 16], standardDeviation: 1, using: &generator), zero = Tensor(repeating: 0, shape: x.shape)
        assertEqual(layer(x, residual: x), x + layer(x, residual: zero), "SwiGLU")
        assertEqual(attention(x, residual: x), x + attention(x, residual: zero), "attention")
    }

    /// A learner's checkpoint has these keys, and so has the PyTorch twin's `state_dict`.
    func testNames() {
        let layer = SwiGLU(width: 16, hidden: 24, using: &generator), linear = Linear(6, 4, using: &generator)
        XCTAssertEqual(linear.tensors.map(\.name), ["weight", "bias"])
        XCTAssertEqual(linear.tensors(in: "head").map(\.name), ["head.weight", "head.bias"])
        XCTAssertEqual(layer.tensors.map(\.name), ["gate.weight", "up.weight", "down.weight"])
        XCTAssertEqual(LayerNorm(3).tensors(in: "a.b").map(\.name), ["a.b.weight", "a.b.bias"])
        XCTAssertEqual(layer.parameterCount, 3 * 16 * 24)
        XCTAssertEqual(Embedding(5, 4, using: &generator).parameters.map(\.name), ["weight"])
    }

    /// Unit inputs give about unit outputs, whatever the width.
    func testInitialWeightsKeepTheScale() {
        for width in [32, 512] {
            let x = Tensor.normal([64, width], standardDeviation: 1, using: &generator)
            XCTAssertEqual(Linear(width, 64, using: &generator)(x).squared().mean().item, 1, accuracy: 0.15)
        }
    }
}
