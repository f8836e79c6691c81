// RunTests.swift - is a run's folder kept as its commands promise, and does what decides the next step come back?

import Layers
import SafeTensors
@testable import Training
import XCTest

final class RunTests: TrainingTestCase {
    private let plan = TrainingPlan(steps: 10, batchSize: 4, learningRate: 0.1)
    private let metadata = Checkpoint.metadata(kind: "sample", configuration: SampleConfiguration())

    /// A run of one step with its log, saved.
    @discardableResult
    private func saved(_ model: SampleModel = SampleModel()) throws -> (run: Run, optimizer: AdamW) {
        let run = try Run(options(), command: "train-sample"), optimizer = AdamW(model.parameters)
        try run.begin(at: 0)
        model.step(optimizer)
        run.log(1, ["loss": 0.5, "infinite": .infinity])
        try run.save(TrainingState(step: 1, plan: plan, generators: ["sampler": .max]), model: model, optimizers: [optimizer], metadata: metadata)
        return (run, optimizer)
    }

    private func open(_ run: Run) throws -> (configuration: SampleConfiguration, state: TrainingState, file: SafeTensorsFile) {
        try run.openState(kind: "sample", madeBy: "train-sample", as: SampleConfiguration.self)
    }

    func testAResumedRunTakesTheSameNextStep() throws {
        let model = SampleModel(), (_, optimizer) = try saved(model)
        let other = SampleModel([0, 0, 0, 0]), otherOptimizer = AdamW(other.parameters)
        let run = try Run(options("--resume"), command: "train-sample"), (configuration, state, file) = try open(run)
        XCTAssertEqual(configuration, SampleConfiguration())
        XCTAssertEqual(state.step, 1)
        XCTAssertEqual(state.plan, plan)
        XCTAssertEqual(state.generators, ["sampler": .max])
        try run.restore(file, model: other, optimizers: [otherOptimizer])
        XCTAssertEqual(otherOptimizer.stepCount, 1)
        model.step(optimizer)
        other.step(otherOptimizer)
        XCTAssertEqual(other.values.map(\.bitPattern), model.values.map(\.bitPattern))
    }

    func testRunsThatExistOrDoNot() throws {
        assertThrows("checkpoints/default", "nothing to resume", "`train-sample`", "without --resume") { try Run(options("--resume"), command: "train-sample") }
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints").path), "refusing leaves nothing behind")
        try saved()
        assertThrows("checkpoints/default", "exists", "--resume", "--overwrite", "--run NAME") { try Run(options(), command: "train-sample") }
        _ = try Run(options("--run", "another"), command: "train-sample")
    }

    func testReplacingARunChangesNothingBeforeTheFirstSave() throws {
        try saved()
        let log = file("checkpoints/default/metrics.jsonl"), before = try Data(contentsOf: log)
        let run = try Run(options("--overwrite"), command: "train-sample")
        try run.begin(at: 0)
        run.log(1, ["loss": 9])
        XCTAssertEqual(try Data(contentsOf: log), before)
        try run.save(TrainingState(step: 1, plan: plan, generators: [:]), model: SampleModel(), optimizers: [], metadata: metadata)
        XCTAssertEqual(String(decoding: try Data(contentsOf: log), as: UTF8.self), "{\"loss\":9,\"step\":1}\n")
    }

    func testTheLogIsCutAtTheStepOfTheCheckpoint() throws {
        try saved()
        let log = file("checkpoints/default/metrics.jsonl")
        XCTAssertEqual(String(decoding: try Data(contentsOf: log), as: UTF8.self), "{\"loss\":0.5,\"step\":1}\n")
        // The last line as a machine leaves it that loses its power, and lines that are none.
        try Data("{\"loss\":0.5,\"step\":1}\n\nnot JSON\n{\"loss\":0.4}\n{\"loss\":0.3,\"step\":2}\n{\"loss\":0.2,\"st".utf8).write(to: log)
        let run = try Run(options("--resume"), command: "train-sample")
        try run.begin(at: 1)
        XCTAssertEqual(run.metrics, [["loss": 0.5, "step": 1]])
    }

    func testAFileInPlaceOfTheFolder() throws {
        try FileManager.default.createDirectory(at: file("checkpoints"), withIntermediateDirectories: false)
        try Data().write(to: file("checkpoints/default"))
        assertThrows("checkpoints/default", "cannot make this folder", "is a file in its place") { try Run(options(), command: "train-sample").begin(at: 0) }
    }

    func testAStateWithoutItsNumbersIsRefused() throws {
        let (run, _) = try saved()
        let whole = try SafeTensorsFile(contentsOf: run.file("training-state.safetensors")), before = SampleModel()
        for key in ["step", "plan", "generators", "optimizer_steps"] {
            var writer = SafeTensorsWriter(metadata: whole.metadata.filter { $0.key != key })
            for name in whole.names { writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name)) }
            try writer.write(to: run.file("training-state.safetensors"))
            let model = SampleModel()
            assertThrows("training-state.safetensors", "'\(key)'", "--overwrite") {
                try run.restore(try open(run).file, model: model, optimizers: [AdamW(model.parameters)])
            }
            XCTAssertEqual(model.values, before.values)
        }
    }

    func testChartsLeaveOutWhatWasNotLogged() throws {
        let (run, _) = try saved()
        run.log(2, ["loss": 0])  // has no place on a logarithmic axis
        try run.drawChart("loss.png", title: "loss", yLabel: "loss", of: ["loss", "never logged"], logarithmicY: true)
        XCTAssertGreaterThan(try Data(contentsOf: run.file("loss.png")).count, 1000)
    }
}
