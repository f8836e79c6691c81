// TrainingLoopTests.swift - is a loop that was stopped and resumed the loop that was not, and does it do what is due when it is due?

import Layers
import Randomness
import SafeTensors
import Tensors
@testable import Training
import XCTest

final class TrainingLoopTests: TrainingTestCase {
    /// A loop of 7 steps whose gradients hang on chance. -> What it did in which step.
    @discardableResult
    private func train(
        _ arguments: String...
    ) throws -> (loop: TrainingLoop<SampleConfiguration>, begun: [Int], logged: [Int], saved: [Int]) {
        let loop = try TrainingLoop<SampleConfiguration>(TrainingOptions.parse(arguments), command: "train-sample", kind: "sample")
        let plan = try loop.plan(TrainingPlan(steps: 7, batchSize: 4, learningRate: 0.1))
        let model = SampleModel(), optimizer = AdamW(model.parameters)
        var noise = SeededGenerator(seed: plan.seed), begun: [Int] = [], logged: [Int] = [], saved: [Int] = []
        loop.keep("noise") { noise.state } set: { noise.state = $0 }
        loop.afterSave = { saved.append(loop.step) }
        try loop.begin(model, SampleConfiguration(), [optimizer], tokensPerStep: 1)
        while let step = loop.next() {
            begun.append(step)
            let loss = (model.weight * model.weight * noise.normal()).sum() + (model.bias * model.bias).sum()
            loss.backward()
            try loop.check(loss.item, 0)
            optimizer.step(learningRate: 0.1)
            loop.done(loss: loss.item)
            if loop.isDue(every: 3) { logged.append(loop.step) }
            loop.log(every: 3, ["loss": Double(loss.item)])
            if loop.isDue(every: 5) { try loop.save() }
        }
        try loop.finish(chart: nil, next: "validate-sample")
        return (loop, begun, logged, saved)
    }

    private func bytes(_ run: String, _ name: String) throws -> Data { try Data(contentsOf: file("checkpoints/\(run)/\(name)")) }

    func testStoppedAndResumedIsTheSameAsWhole() throws {
        let whole = try train("--run", "whole")
        XCTAssertEqual(whole.begun, Array(0 ..< 7))
        XCTAssertEqual(whole.logged, [3, 6, 7])
        XCTAssertEqual(whole.saved, [5, 7], "what the last step saved is not saved twice")
        XCTAssertNil(whole.loop.resumed)
        XCTAssertTrue(whole.loop.isComplete)

        let first = try train("--run", "parts", "--stop-at", "4")
        XCTAssertFalse(first.loop.isComplete)
        XCTAssertEqual(first.saved, [4])
        let second = try train("--run", "parts", "--resume")
        XCTAssertEqual(second.begun, [4, 5, 6])
        XCTAssertEqual(second.loop.resumed, SampleConfiguration())
        for name in ["model.safetensors", "training-state.safetensors"] {
            XCTAssertEqual(try bytes("parts", name), try bytes("whole", name), name)
        }
        func losses(_ run: Run) -> [Double] { run.metrics.compactMap { $0["loss"] } }
        XCTAssertEqual(losses(second.loop.run).suffix(2), losses(whole.loop.run).suffix(2))

        // A kill between two files leaves a model that is older than the state: to resume what is complete makes it new.
        try Data().write(to: file("checkpoints/parts/model.safetensors"))
        XCTAssertEqual(try train("--run", "parts", "--resume").begun, [])
        XCTAssertEqual(try bytes("parts", "model.safetensors"), try bytes("whole", "model.safetensors"))
    }

    func testWhatIsDrawnByAGeneratorMattersToTheNextStep() throws {
        // Without the generator's state the resumed run would be another: what the test above holds is not empty.
        try train("--run", "one", "--seed", "1")
        try train("--run", "two", "--seed", "2")
        XCTAssertNotEqual(try bytes("one", "model.safetensors"), try bytes("two", "model.safetensors"))
    }

    func testANewRunMayBeginWithTheWeightsOfAnother() throws {
        try train("--run", "first")
        func begin(_ run: String, from earlier: String) throws -> SampleModel {
            let loop = try TrainingLoop<SampleConfiguration>(options("--run", run), command: "train-sample", kind: "sample")
            _ = try loop.plan(TrainingPlan(steps: 7, batchSize: 4, learningRate: 0.1))
            let model = SampleModel()
            try loop.begin(model, SampleConfiguration(), [], tokensPerStep: 1, from: file("checkpoints/\(earlier)"))
            XCTAssertEqual(loop.next(), 0, "it is a run of its own")
            return model
        }
        let learned = SampleModel(), model = try begin("second", from: "first")
        try Checkpoint.fill(learned.tensors, from: SafeTensorsFile(contentsOf: file("checkpoints/first/model.safetensors")))
        XCTAssertEqual(model.tensors.map(\.tensor.values), learned.tensors.map(\.tensor.values))
        XCTAssertNotEqual(model.tensors.map(\.tensor.values), SampleModel().tensors.map(\.tensor.values))
        assertThrows("nowhere/model.safetensors: no such checkpoint", "train-sample") { _ = try begin("third", from: "nowhere") }
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints/third").path))
    }

    func testALossThatIsNoNumberStopsTheLoop() throws {
        let loop = try TrainingLoop<SampleConfiguration>(options(), command: "train-sample", kind: "sample")
        _ = try loop.plan(TrainingPlan(steps: 7, batchSize: 4, learningRate: 0.1))
        try loop.begin(SampleModel(), SampleConfiguration(), [], tokensPerStep: 1)
        assertThrows("step 1: the loss is not a number", "--learning-rate") { try loop.check(.nan, 0) }
        assertThrows("step 1: the loss is not a number") { try loop.check(0, .infinity) }
        XCTAssertEqual(try loop.check(0, 0.5), 0.5)
    }
}
