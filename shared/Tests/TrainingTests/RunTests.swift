// RunTests.swift - is a run's folder kept as its commands promise, and does what decides the next step come back?

import Layers
import Pictures
import SafeTensors
@testable import Training
import XCTest

final class RunTests: TrainingTestCase {
    private let plan = TrainingPlan(steps: 10, batchSize: 4, learningRate: 0.1)
    private let metadata = try! Checkpoint.metadata(kind: "sample", configuration: SampleConfiguration())

    /// A run of one step with its log, saved.
    @discardableResult
    private func saved(_ model: SampleModel = SampleModel()) throws -> (run: Run, optimizer: AdamW) {
        let run = try Run(options(), command: "train-sample"), optimizer = AdamW(model.parameters)
        try run.begin(at: 0)
        model.step(optimizer)
        run.log(1, ["loss": 0.5, "infinite": .infinity])
        try run.save(
            TrainingState(step: 1, plan: plan, generators: ["sampler": .max]), model: model, optimizers: [optimizer], metadata: metadata)
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
        assertThrows("checkpoints/default", "nothing to resume", "`train-sample`", "without --resume") {
            try Run(options("--resume"), command: "train-sample")
        }
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints").path), "refusing leaves nothing behind")
        try saved()
        assertThrows("checkpoints/default", "exists", "--resume", "--overwrite", "--run NAME") {
            try Run(options(), command: "train-sample")
        }
        _ = try Run(options("--run", "another"), command: "train-sample")
    }

    func testReplacingARunChangesNothingBeforeTheFirstSave() throws {
        try saved()
        let log = file("checkpoints/default/metrics.jsonl")
        try Data("{\"loss\":5,\"step\":0}\n{\"loss\":0.5,\"step\":1}\n".utf8).write(to: log)
        let before = try Data(contentsOf: log)
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
        assertThrows("checkpoints/default", "cannot make this folder", "is a file in its place") {
            try Run(options(), command: "train-sample").begin(at: 0)
        }
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

    // MARK: What a run was made from

    private func writeEpisode(_ path: String, _ number: UInt8) throws {
        try FileManager.default.createDirectory(at: file(path).deletingLastPathComponent(), withIntermediateDirectories: true)
        var writer = SafeTensorsWriter()
        writer.add("frames", shape: [1, 1, 1, 3], bytes: [number, 0, 0])
        try writer.write(to: file(path))
    }

    func testARunKnowsItsData() throws {
        try writeEpisode("mine/train/0.safetensors", 1)
        try writeEpisode("data/default/train/0.safetensors", 2)
        let model = SampleModel(), run = try Run(options("--data", "mine"), command: "train-sample")
        try run.begin(at: 0)
        try run.save(TrainingState(step: 1, plan: plan, generators: [:]), model: model, optimizers: [], metadata: metadata)
        func resume(_ more: String...) throws -> String {
            RunOptions.dataOfResumedRun = nil
            let options = try TrainingOptions.parse(["--resume"] + more), run = try Run(options, command: "train-sample")
            _ = try open(run)
            try run.begin(at: 1)
            return options.run.data
        }
        XCTAssertEqual(try resume(), "mine")
        XCTAssertEqual(try resume("--data", file("mine").path), file("mine").path)
        assertThrows("data/default/train", "not the episodes that run 'default' began with (then mine)") {
            try resume("--data", "data/default")
        }
        // The same names and lengths are not enough.
        try writeEpisode("mine/train/0.safetensors", 3)
        assertThrows("mine/train", "not the episodes") { try resume() }
        try writeEpisode("mine/train/0.safetensors", 1)
        try writeEpisode("mine/train/1.safetensors", 1)
        assertThrows("mine/train", "not the episodes") { try resume() }
        RunOptions.dataOfResumedRun = nil
    }

    func testCompanionsAreThoseThatWereOpenedAndBelongToTheModel() throws {
        let run = try Run(options(), command: "train-sample"), model = SampleModel()
        try run.begin(at: 0)
        run.keep(Data("eyes".utf8), as: "tokenizer.safetensors")
        try run.save(TrainingState(step: 1, plan: plan, generators: [:]), model: model, optimizers: [], metadata: metadata)
        func check() throws {
            try Checkpoint.checkCompanion(
                "tokenizer.safetensors", of: SafeTensorsFile(contentsOf: run.modelURL), madeBy: "train-sample --overwrite")
        }
        XCTAssertEqual(try Data(contentsOf: run.file("tokenizer.safetensors")), Data("eyes".utf8))
        XCTAssertNoThrow(try check())
        try Data("eyez".utf8).write(to: run.file("tokenizer.safetensors"))
        assertThrows("tokenizer.safetensors: is not the one", "--resume", "`train-sample --overwrite`") { try check() }
        try FileManager.default.removeItem(at: run.file("tokenizer.safetensors"))
        assertThrows("tokenizer.safetensors: is missing") { try check() }
    }

    func testAPartOfAnotherRunIsNotTakenUp() throws {
        func save(_ origin: String) throws {
            let run = try Run(options("--run", "whole", "--overwrite"), command: "train-sample")
            run.origin = origin
            try run.begin(at: 0)
            try run.save(TrainingState(step: 1, plan: plan, generators: [:]), model: SampleModel(), optimizers: [], metadata: metadata)
        }
        defer { CommandPlan.current = nil }
        CommandPlan.current = CommandPlan(try options("--seed", "7", "--preset", "tiny"), flags: ["pictures": "128"])
        XCTAssertFalse(try Run.isBegun("whole", origin: "a"))
        try save("a")
        XCTAssertTrue(try Run.isBegun("whole", origin: "a"))
        assertThrows("whole/training-state.safetensors", "belongs to another run", "--overwrite") { try Run.isBegun("whole", origin: "b") }
        CommandPlan.current!.overwrite = true
        XCTAssertFalse(try Run.isBegun("whole", origin: "b"))

        // What was asked comes back for the parts that had not begun.
        var asked = try XCTUnwrap(CommandPlan.stored(in: ["nothing", "whole"])), resumed = try options("--resume")
        try asked.take(up: &resumed)
        XCTAssertEqual(resumed.preset, "tiny")
        XCTAssertEqual(resumed.seed, 7)
        XCTAssertEqual(asked.flags, ["pictures": "128"])
        var other = try options("--resume", "--seed", "8")
        assertThrows("keeps seed 7") { try asked.take(up: &other) }
    }

    // MARK: What is in a run's folder is not lost, and what is in its files is not believed

    func testAModelWithoutItsStateIsARun() throws {
        let (run, _) = try saved()
        try FileManager.default.removeItem(at: run.file("training-state.safetensors"))
        assertThrows("checkpoints/default", "exists", "--overwrite") { try Run(options(), command: "train-sample") }
        assertThrows("training-state.safetensors", "the model is there") { try Run(options("--resume"), command: "train-sample") }
        try FileManager.default.removeItem(at: run.modelURL)
        assertThrows("checkpoints/default", "exists") { try Run(options(), command: "train-sample") }
    }

    func testReplacingARunTakesItsMeasuresAndPicturesAway() throws {
        let (run, _) = try saved()
        for name in ["validation.json", "validation.txt"] { try Data("{}".utf8).write(to: run.file(name)) }
        try Image(width: 2, height: 2).writePNG(to: run.file("samples.png"))
        try Data("no picture of ours".utf8).write(to: run.file("photo.png"))
        usleep(20_000)
        let other = try Run(options("--overwrite"), command: "train-sample")
        try other.begin(at: 0)
        try Image(width: 2, height: 2).writePNG(to: run.file("loss.png"))
        func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: run.folder.path).filter { !$0.hasPrefix(".") }.sorted()
        }
        XCTAssertTrue(try names().contains("validation.json"), "nothing is lost before the first save")
        try other.save(TrainingState(step: 1, plan: plan, generators: [:]), model: SampleModel(), optimizers: [], metadata: metadata)
        XCTAssertEqual(try names(), ["loss.png", "metrics.jsonl", "model.safetensors", "photo.png", "training-state.safetensors"])
    }

    func testRuinedWeightsAndUntrainedModelsReplaceNothing() throws {
        let (run, _) = try saved(), before = try Data(contentsOf: run.modelURL)
        let other = try Run(options("--overwrite"), command: "train-sample")
        try other.begin(at: 0)
        assertThrows("step 3: 'layer.weight' is no finite number", "checkpoints/default is kept", "--learning-rate") {
            try other.save(
                TrainingState(step: 3, plan: plan, generators: [:]), model: SampleModel([.infinity]), optimizers: [], metadata: metadata)
        }
        XCTAssertThrowsError(
            try other.save(TrainingState(step: 0, plan: plan, generators: [:]), model: SampleModel(), optimizers: [], metadata: metadata))
        XCTAssertEqual(try Data(contentsOf: run.modelURL), before)
        let empty = try Run(options("--run", "empty"), command: "train-sample")
        assertThrows("step 1", "not a number; nothing was saved") { try empty.checkFinite(.nan, 0, step: 1) }
    }

    func testAStateIsNotBelieved() throws {
        let (run, _) = try saved(), url = run.file("training-state.safetensors"), whole = try SafeTensorsFile(contentsOf: url)
        func with(_ key: String, _ value: String) throws {
            var writer = SafeTensorsWriter(metadata: whole.metadata.merging([key: value]) { $1 })
            for name in whole.names { writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name)) }
            try writer.write(to: url)
            let model = SampleModel(), (_, _, file) = try open(run)
            try run.restore(file, model: model, optimizers: [AdamW(model.parameters)])
            _ = try run.generator("sampler")
        }
        func plan(_ change: (inout TrainingPlan) -> Void) throws -> String { var plan = self.plan; change(&plan); return try json(plan) }
        XCTAssertNoThrow(try with("note", "nothing changed"))
        for batch in [0, -1, 1025, 1_000_000_000, .max] {
            assertThrows("training-state.safetensors: its plan is impossible") { try with("plan", plan { $0.batchSize = batch }) }
        }
        for threads in [0, -1, 70_000, .max] { assertThrows("its plan is impossible") { try with("plan", plan { $0.threads = threads }) } }
        for steps in [0, -5, Int.max] { assertThrows("its plan is impossible") { try with("plan", plan { $0.steps = steps }) } }
        for rate in [Float(0), -1] { assertThrows("its plan is impossible") { try with("plan", plan { $0.learningRate = rate }) } }
        for step in ["-5", "9223372036854775807"] { assertThrows("its plan is impossible") { try with("step", step) } }
        for steps in ["[]", "[1,2]", "[-1]", "[9223372036854775807]"] {
            assertThrows("training-state.safetensors: 'optimizer_steps'") { try with("optimizer_steps", steps) }
        }
        assertThrows("training-state.safetensors: the random number generator 'sampler' is missing") { try with("generators", "{}") }
    }

    func testTwoProcessesAtOnce() throws {
        try saved()
        // Another process, for the lock is this one's already.
        let lock = file("checkpoints/default/.lock"), other = Process(), pipe = Pipe()
        try XCTSkipUnless(FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"), "needs flock(1)")
        try FileManager.default.createDirectory(at: file("checkpoints/other"), withIntermediateDirectories: true)
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = ["-n", lock.path, "true"]
        other.standardError = pipe
        try other.run()
        other.waitUntilExit()
        XCTAssertEqual(other.terminationStatus, 1, "the run is locked")

        let holder = Process(), ready = Pipe(), theirs = file("checkpoints/other/.lock")
        holder.executableURL = URL(fileURLWithPath: "/bin/sh")
        holder.arguments = ["-c", "exec 9>\"$0\"; flock -n 9 && echo $$ >&9 && echo ready && sleep 30", theirs.path]
        holder.standardOutput = ready
        try holder.run()
        defer { holder.terminate() }
        _ = ready.fileHandleForReading.availableData
        assertThrows("checkpoints/other: process \(holder.processIdentifier) is training this run", "--run NAME") {
            try Run(options("--run", "other"), command: "train-sample")
        }
        var part = try options("--run", "other")
        part.run.run += "/labels-50"        // a run inside the run
        assertThrows("checkpoints/other: process \(holder.processIdentifier)") { try Run(part, command: "train-sample") }
    }
}
