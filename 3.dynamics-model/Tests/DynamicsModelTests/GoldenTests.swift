// GoldenTests.swift - does the model compute what PyTorch says, in training and in use?
//
// From the same weights, tokens and actions: logits, cross-entropy, every gradient; and the logits of a frame after three that were read
// one by one. Were one layer, one name or one position different, nothing here would fit.

@testable import DynamicsModel
import SafeTensors
import Tensors
import XCTest

final class GoldenTests: XCTestCase {
    private var file: SafeTensorsFile!, model: MaskedDynamics!

    /// The micro model with the goldens' weights.
    override func setUpWithError() throws {
        let url = try XCTUnwrap(Bundle.module.url(forResource: "Fixtures/masked-dynamics", withExtension: "safetensors"))
        file = try SafeTensorsFile(contentsOf: url)
        model = micro()
        let names = file.names.filter { $0.hasPrefix("weights.") }.map { $0.dropFirst("weights.".count).description }
        XCTAssertEqual(Set(model.parameters.map(\.name)), Set(names), "names are the checkpoint's keys")
        for (name, tensor) in model.parameters {
            let value = try golden("weights.\(name)")
            XCTAssertEqual(tensor.shape, value.shape, name)
            tensor.pointer.update(from: value.pointer, count: value.count)
        }
    }

    private func golden(_ name: String) throws -> Tensor { Tensor(try file.floats(name), shape: file.entries[name]?.shape ?? []) }

    func testTrainingPass() throws {
        let read = try file.integers("read"), guessed = try file.integers("guessed"), actions = try file.integers("actions")
        let logits = model.logits(read: read, guessed: guessed, actions: actions, batch: 2)
        assertEqual(logits, try golden("logits"), within: 1e-5, "logits")
        let loss = logits.crossEntropy(try file.integers("targets"))
        assertEqual(loss, try golden("loss"), within: 1e-5, "cross-entropy")
        loss.backward()
        for (name, parameter) in model.parameters {
            assertEqual(parameter.gradient, try golden("gradients.\(name)"), within: 1e-4, "gradient of \(name)")
        }
    }

    func testTheNextFrame() throws {
        let c = model.configuration, (T, N) = (c.frames, c.patches)
        let read = try file.integers("read"), guessed = try file.integers("guessed"), actions = try file.integers("actions")
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
        assertEqual(logits, try golden("next.logits"), within: 1e-5, "logits of the next frame")
    }

    /// Every number within `tolerance`, relative to the largest of the expected ones.
    private func assertEqual(_ actual: Tensor?, _ expected: Tensor, within tolerance: Float, _ message: String) {
        guard let actual, actual.count == expected.count else {
            return XCTFail("\(message): \(String(describing: actual)), expected \(expected.shape)")
        }
        let scale = max(1e-6, expected.values.map(abs).max() ?? 0)
        let wrong = zip(actual.values, expected.values).first { !(abs($0 - $1) <= tolerance * scale) }
        XCTAssertNil(wrong, "\(message): is, and should be")
    }
}
