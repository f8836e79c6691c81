// TrainingRunTests.swift - does a run give the same weights however often it was stopped, and survive being killed?

import CommandTesting
import XCTest

final class TrainingRunTests: TokenizerCommandTestCase {
    private let names = ["model.safetensors", "training-state.safetensors"]

    private func bytes(_ name: String, run: String = "default") throws -> Data {
        try Data(contentsOf: file("checkpoints/\(run)/\(name)"))
    }

    private func assertSame(_ run: String, _ other: String, line: UInt = #line) throws {
        try assertSameFiles(names, in: run, and: other, line: line)
    }

    func testStoppedAndResumedGivesTheSameBytes() throws {
        for (quantizer, threads, compression) in [("fsq", "2", "2"), ("vq", "1", "1")] {
            let plan = ["--steps", "8", "--quantizer", quantizer, "--threads", threads, "--temporal-compression", compression]
            try succeed(train("--run", "whole-\(quantizer)") + plan)
            let output = try succeed(train("--run", "parts-\(quantizer)", "--stop-at", "5") + plan)
            XCTAssertTrue(output.contains("go on with: train-tokenizer --data \(Self.data.path) --run parts-\(quantizer) --resume"), output)
            // The plan is in the checkpoint: no flag is needed but the data.
            try succeed(["train-tokenizer", "--data", Self.data.path, "--run", "parts-\(quantizer)", "--resume"])
            try assertSame("whole-\(quantizer)", "parts-\(quantizer)")
        }
    }

    func testTheSameCommandGivesTheSameBytesAndAnotherSeedDoesNot() throws {
        try succeed(train("--steps", "2", "--run", "a"))
        try succeed(train("--steps", "2", "--run", "b"))
        try assertSame("a", "b")
        try succeed(train("--steps", "2", "--run", "c", "--seed", "2"))
        XCTAssertFalse(try bytes("model.safetensors", run: "a") == bytes("model.safetensors", run: "c"))
    }

    func testOverwriteReplacesARun() throws {
        try succeed(train("--steps", "2", "--seed", "2"))
        try succeed(train("--steps", "1", "--overwrite"))
        try succeed(train("--steps", "1", "--run", "new"))
        try assertSame("default", "new")
        let log = String(decoding: try bytes("metrics.jsonl"), as: UTF8.self)
        XCTAssertFalse(log.contains("\"step\":2"), log)
    }

    /// Resuming at a step that is already reached saves at once: so a kill soon after the start often hits a save.
    func testAKillWhileSavingLeavesTheLastCheckpoint() throws {
        try succeed(train("--steps", "4", "--stop-at", "2"))
        let before = try names.map { try bytes($0) }
        var hits = 0
        for attempt in 0 ..< 12 {
            let partial = file("checkpoints/default/.\(names[attempt % 2]).partial").path
            try? FileManager.default.removeItem(atPath: partial)
            let command = try start(train("--resume", "--stop-at", "1"))
            command.wait { FileManager.default.fileExists(atPath: partial) }
            command.kill()
            if FileManager.default.fileExists(atPath: partial) { hits += 1 }
            XCTAssertTrue(try names.map { try bytes($0) } == before, "attempt \(attempt)")
        }
        XCTAssertGreaterThan(hits, 0, "no kill came while a file was written")
        try succeed(train("--resume"))
        try succeed(train("--steps", "4", "--run", "whole"))
        try assertSame("default", "whole")
    }

    func testKillsDuringTrainingCostOnlyTheStepsSinceTheLastSave() throws {
        try succeed(train("--steps", "30", "--stop-at", "2"))
        let before = try names.map { try bytes($0) }
        for milliseconds in [30, 90, 180, 320] {
            let command = try start(train("--resume", "--stop-at", "29"))
            usleep(UInt32(milliseconds * 1000))
            command.kill()
            if try savedStep() == 2 { XCTAssertTrue(try names.map { try bytes($0) } == before) }
        }
        try succeed(train("--resume"))
        try succeed(train("--steps", "30", "--run", "whole"))
        try assertSame("default", "whole")
    }

    /// A kill between the two files of the last save: the state is complete, the model is that of an earlier step.
    func testAModelOlderThanTheStateIsBroughtUpToDate() throws {
        try succeed(train("--steps", "2", "--stop-at", "1"))
        let old = try bytes("model.safetensors")
        try succeed(train("--resume"))
        let new = try bytes("model.safetensors")
        XCTAssertFalse(old == new)
        try old.write(to: file("checkpoints/default/model.safetensors"))
        try succeed(train("--resume"))
        XCTAssertTrue(try bytes("model.safetensors") == new)
    }

    func testControlCSavesAndSaysHowToResume() throws {
        try interrupt(train("--steps", "100000"), says: "train-tokenizer --data \(Self.data.path) --run default --resume")
        try succeed(train("--resume", "--stop-at", "\(try savedStep() + 1)"))
    }

    func testControlCTwiceEndsAtOnce() throws {
        try succeed(train("--steps", "1"))
        let before = try names.map { try bytes($0) }
        let command = try start(train("--overwrite", "--batch-size", "64"))
        command.wait { command.outputSoFar.contains("step 1/") }
        command.process.interrupt()
        usleep(20_000)
        command.process.interrupt()
        let status = command.finish().status
        // The second signal ends a step of seconds. Should the first have come at the very end of one, the save had begun: then it was
        // ended in its middle or not at all, and either way what lies there is whole and goes on.
        XCTAssertTrue([-Int(SIGINT), 130].contains(status), "status \(status)")
        if try names.map({ try bytes($0) }) != before {
            try succeed(["train-tokenizer", "--data", Self.data.path, "--resume", "--stop-at", "\(try savedStep() + 1)"])
        }
    }

    func testAReaderThatLeavesEarlyHarmsNothing() throws {
        try succeed(train("--steps", "1"))
        let before = try names.map { try bytes($0) }
        let pipe = Pipe()
        let command = try start(train("--steps", "3", "--overwrite"), output: pipe)
        _ = pipe.fileHandleForReading.availableData
        try pipe.fileHandleForReading.close()  // as in `train-tokenizer | head -1`
        let (status, _, errors) = command.finish()
        XCTAssertEqual(errors, "")
        if status != 0 {
            XCTAssertEqual(status, -Int(SIGPIPE))
            XCTAssertTrue(try names.map { try bytes($0) } == before)
        }
    }

    func testValidationWritesEveryNumberOfTheStage() throws {
        try succeed(train("--steps", "2"))
        let table = try succeed(["validate-tokenizer", "--data", Self.data.path, "--threads", "1"])
        let object = try JSONSerialization.jsonObject(with: bytes("validation.json")) as? [String: Any]
        let numbers = try XCTUnwrap(object as? [String: Double], "\(object ?? [:])")
        XCTAssertEqual(
            numbers.keys.filter { $0 != "kong_kept" }.sorted(),
            [
                "bits_per_frame", "codebook_perplexity", "codebook_usage", "floats_per_frame", "mean_frame_psnr_db",
                                               "parameters", "psnr_db", "psnr_unseen_rooms_db", "ssim"])
        XCTAssertTrue(numbers.values.allSatisfy(\.isFinite))
        for name in numbers.keys { XCTAssertTrue(table.contains(name), name) }
        for name in [
            "reconstructions.png", "reconstructions-unseen-rooms.png", "codebook.png", "random-tokens.png", "attention.png", "loss.png",
            "samples.png",
        ] {
            XCTAssertGreaterThan(try bytes(name).count, 1000, name)
        }
        // Imported videos have no unseen rooms.
        let imported = try copyData()
        try FileManager.default.removeItem(at: imported.appendingPathComponent("unseen-rooms"))
        try succeed(["validate-tokenizer", "--data", imported.path, "--threads", "1"])
        XCTAssertTrue(String(decoding: try bytes("validation.json"), as: UTF8.self).contains("\"psnr_unseen_rooms_db\":null"))
    }
}
