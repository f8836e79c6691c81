// GoldenTests.swift - does the model compute what PyTorch says, in training and in use?
//
// From the same weights, tokens and actions: logits, cross-entropy, every gradient; and the logits of a frame after three that were read
// one by one. Were one layer, one name or one position different, nothing here would fit.

@testable import DynamicsModel
import GoldenTesting
import Tensors
import XCTest

final class GoldenTests: XCTestCase {
    private var golden: Golden!, model: MaskedDynamics!

    /// The micro model with the goldens' weights.
    override func setUpWithError() throws { try load("masked-dynamics", order: nil) }

    private func load(_ name: String, order: String?, words: [String]? = nil) throws {
        (golden, model) = (try Golden(name, in: .module), micro(order: order, words: words))
        try golden.fill(model)
    }

    func testTrainingPass() throws { try assertTrainingPass() }

    func testTrainingPassInRasterOrder() throws {
        try load("written-dynamics", order: "raster")
        try assertTrainingPass()
    }

    func testTrainingPassWithWords() throws {
        try load("told-dynamics", order: "raster", words: microWords)
        try assertTrainingPass(words: try golden.integers("words"))
    }

    private func assertTrainingPass(words: [Int] = []) throws {
        let read = try golden.integers("read"), guessed = try golden.integers("guessed"), actions = try golden.integers("actions")
        let logits = model.logits(read: read, guessed: guessed, actions: actions, words: words, batch: 2)
        assertEqual(logits, try golden.tensor("logits"), within: 1e-5, "logits")
        let loss = logits.crossEntropy(try golden.integers("targets"))
        assertEqual(loss, try golden.tensor("loss"), within: 1e-5, "cross-entropy")
        loss.backward()
        try golden.assertGradients(of: model, within: 1e-4)
    }

    func testTheNextFrame() throws {
        let c = model.configuration, (T, N) = (c.frames, c.patches)
        let read = try golden.integers("read"), guessed = try golden.integers("guessed"), actions = try golden.integers("actions")
        let led: [Int?] = [nil] + actions[..<(T - 1)].map { $0 }
        var past = model.emptyMemory
        for t in 0 ..< T - 1 {
            let frame = Array(read[t * N ..< (t + 1) * N])
            model.read(frame, actions: [led[t]], batch: 1, into: &past)
        }
        let next = Array(guessed[(T - 2) * N ..< (T - 1) * N])
        let places = next.indices.filter { next[$0] == c.maskToken }
        let logits = model.logits(
            next: next, actions: [led[T - 1]], batch: 1, after: past, last: Array(read[(T - 2) * N ..< (T - 1) * N]), at: places)
        assertEqual(logits, try golden.tensor("next.logits"), within: 1e-5, "logits of the next frame")
    }
}
