// RecurrentTests.swift - are LSTM, GRU and two-hot PyTorch's, and is a clip the same frame by frame?

import CommandTesting
import GoldenTesting
import Layers
import Randomness
import Tensors
import XCTest

final class RecurrentTests: XCTestCase {
    private var generator = SeededGenerator(seed: 1)

    func testLSTM() throws {
        let golden = try Golden("recurrent", in: .module), layer = LSTM(5, 19, using: &generator)
        try golden.fill(layer.input.weight, from: "lstm.weight_ih_l0")
        try golden.fill(layer.input.bias!, from: "lstm.bias_ih_l0")
        try golden.fill(layer.weight, from: "lstm.weight_hh_l0")
        let x = try golden.tensor("lstm.input").asParameter(), h = try golden.tensor("lstm.h").asParameter(),
            c = try golden.tensor("lstm.c").asParameter()
        let (hidden, state) = layer(x, state: .concatenated([h, c], axis: 1))
        assertEqual(hidden, try golden.tensor("lstm.output"), "output")
        let last = Tensor.concatenated([try golden.tensor("lstm.last.h"), try golden.tensor("lstm.last.c")], axis: 1)
        assertEqual(state, last, "the state after the last frame")
        let slope = Tensor.concatenated([try golden.tensor("lstm.slope.h"), try golden.tensor("lstm.slope.c")], axis: 1)
        ((hidden * (try golden.tensor("lstm.slope"))).sum() + (state * slope).sum()).backward()
        for (tensor, key) in [(x, "gradInput"), (h, "grad.h"), (c, "grad.c"), (layer.input.weight, "grad.weight_ih_l0"),
                              (layer.input.bias!, "grad.bias_ih_l0"), (layer.weight, "grad.weight_hh_l0")] {
            assertEqual(tensor.gradient, try golden.tensor("lstm.\(key)"), within: 5e-6, key)
        }
    }

    func testGRU() throws {
        let golden = try Golden("recurrent", in: .module), layer = GRU(5, 19, using: &generator)
        try golden.fill(layer.input.weight, from: "gru.weight_ih_l0")
        try golden.fill(layer.input.bias!, from: "gru.bias_ih_l0")
        try golden.fill(layer.weight, from: "gru.weight_hh_l0")
        try golden.fill(layer.bias, from: "gru.bias_hh_l0")
        let x = try golden.tensor("gru.input").asParameter(), h = try golden.tensor("gru.h").asParameter()
        let states = layer(x, state: h)
        assertEqual(states, try golden.tensor("gru.output"), "output")
        let last = states.sliced(axis: 1, 3 ..< 4).reshaped([3, 19])
        ((states * (try golden.tensor("gru.slope"))).sum() + (last * (try golden.tensor("gru.slope.h"))).sum()).backward()
        for (tensor, key) in [
            (x, "gradInput"), (h, "grad.h"), (layer.input.weight, "grad.weight_ih_l0"), (layer.input.bias!, "grad.bias_ih_l0"),
                              (layer.weight, "grad.weight_hh_l0"), (layer.bias, "grad.bias_hh_l0")] {
            assertEqual(tensor.gradient, try golden.tensor("gru.\(key)"), within: 5e-6, key)
        }
    }

    /// A clip at once, and frame by frame with the state handed on: the same numbers. And the future changes nothing before it.
    func testFrameByFrameAndCausal() {
        let lstm = LSTM(6, 24, using: &generator), gru = GRU(6, 24, using: &generator)
        let x = Tensor.normal([2, 5, 6], standardDeviation: 1, using: &generator)
        var state = lstm.emptyState(batch: 2), h = gru.emptyState(batch: 2)
        for t in 0 ..< 5 {
            let frame = x.sliced(axis: 1, t ..< t + 1)
            let one = lstm(frame, state: state)
            state = one.state
            assertEqual(one.hidden, lstm(x).hidden.sliced(axis: 1, t ..< t + 1), "LSTM, frame \(t)")
            let next = gru(frame, state: h)
            h = next.reshaped([2, 24])
            assertEqual(next, gru(x).sliced(axis: 1, t ..< t + 1), "GRU, frame \(t)")
        }
        let other = Tensor(x.values, shape: x.shape)
        for b in 0 ..< 2 { other.pointer[(b * 5 + 3) * 6] += 1 }
        XCTAssertEqual(lstm(other).hidden.sliced(axis: 1, 0 ..< 3).values, lstm(x).hidden.sliced(axis: 1, 0 ..< 3).values)
        XCTAssertEqual(gru(other).sliced(axis: 1, 0 ..< 3).values, gru(x).sliced(axis: 1, 0 ..< 3).values)
        XCTAssertNotEqual(gru(other).sliced(axis: 1, 3 ..< 4).values, gru(x).sliced(axis: 1, 3 ..< 4).values)
    }

    func testTwoHot() throws {
        let golden = try Golden("recurrent", in: .module), twoHot = TwoHot(), values = try golden.tensor("two-hot.values").values
        for (ours, theirs) in zip(twoHot.bins, try golden.tensor("two-hot.bins").values) {
            XCTAssertEqual(ours, theirs, accuracy: 2e-5 * max(1, abs(theirs)))
        }
        assertEqual(twoHot(values), try golden.tensor("two-hot.target"), within: 1e-4, "the shares")
        let logits = try golden.tensor("two-hot.logits").asParameter(), loss = twoHot.loss(logits, values)
        assertEqual(loss, try golden.tensor("two-hot.loss"), within: 1e-4, "the loss")
        loss.backward()
        assertEqual(logits.gradient, try golden.tensor("two-hot.gradLogits"), within: 1e-5, "its gradient")
    }

    /// By hand, with bins -1, 0, 1, 2 and the number 0.25: three quarters of it lie in bin 0, one in bin 1.
    func testTwoHotByHand() {
        let twoHot = TwoHot(count: 4, from: -1, to: 2)
        XCTAssertEqual(twoHot([0.25]).values, [0, 0.75, 0.25, 0])
        XCTAssertEqual(twoHot([5, -7]).values, [0, 0, 0, 1, 1, 0, 0, 0], "what lies outside is the last bin's")
        XCTAssertEqual(twoHot.values(of: Tensor([-30, log(0.75), log(0.25), -30], shape: [1, 4]))[0], 0.25, accuracy: 1e-5)
        XCTAssertEqual(TwoHot().values(of: Tensor(repeating: 0.3, shape: [2, 255])), [0, 0], "a network that has learned nothing says 0")
    }

    func testSymlogIsUndone() {
        let numbers: [Float] = [-1000, -0.5, 0, 1e-3, 3, 1e5], x = Tensor(numbers, shape: [6])
        XCTAssertEqual(symlog(x).values[4], log(4), accuracy: 1e-6)
        for (a, b) in zip(symexp(symlog(x)).values, numbers) { XCTAssertEqual(a, b, accuracy: 1e-5 * max(1, abs(b))) }
    }
}
