// FaultTests.swift - what may go wrong around a training run while nobody looks.

import CommandTesting
import Pictures
import SafeTensors
import XCTest

final class FaultTests: TokenizerCommandTestCase {
    /// A polite kill, and a terminal that is closed, save as Ctrl-C does.
    func testEverySignalThatAsksToStopSaves() throws {
        for (signal, run) in [(SIGTERM, "term"), (SIGHUP, "hup")] {
            try interrupt(train("--steps", "100000", "--run", run), with: signal,
                          says: "train-tokenizer --data \(Self.data.path) --run \(run) --resume")
            XCTAssertGreaterThan(try savedStep(run), 0)
        }
    }

    /// Before the first step there is nothing to save: a run that is replaced is not replaced by a model that has learned nothing.
    func testASignalBeforeTheFirstStepReplacesNothing() throws {
        try succeed(train("--steps", "1"))
        let model = file("checkpoints/default/model.safetensors"), before = try Data(contentsOf: model)
        let command = try start(["/bin/sh", "-c", "kill -INT $$ & exec \"$0\" \"$@\"", StartedCommand.program("train-tokenizer").path]
            + train("--overwrite", "--steps", "1", "--batch-size", "1024").dropFirst())
        let (status, _, errors) = command.finish()
        XCTAssertNotEqual(status, 0, errors)
        XCTAssertEqual(try Data(contentsOf: model), before)
    }

    func testAResumedRunGoesOnWithItsOwnData() throws {
        func importGIF(_ name: String, _ level: UInt8, into data: String) throws {
            let frames = (0 ..< 24).map { t in
                var image = Image(width: 64, height: 64, color: .gray(level))
                image.fill(x: 2 * t, y: 20, width: 12, height: 12, Color(200, 10, UInt8(8 * t)))
                return image
            }
            try Animation(frames: frames, framesPerSecond: 5).writeGIF(to: file("\(name).gif"))
            try succeed(["episodes", "import", "\(name).gif", "--data", data])
        }
        try importGIF("mine", 50, into: "my data")
        try importGIF("other", 200, into: "data/default")
        let flags = [
            "train-tokenizer", "--preset", "tiny", "--batch-size", "2", "--threads", "1", "--steps", "4", "--data", "my data", "--run",
        ]
        try succeed(flags + ["whole"])
        // The hint can be pasted into a shell.
        XCTAssertTrue(try succeed(flags + ["parts", "--stop-at", "2"]).contains("train-tokenizer --data 'my data' --run parts --resume"))
        try refuse(
            ["train-tokenizer", "--run", "parts", "--resume", "--data", "data/default"],
            "not the episodes that run 'parts' began with (then my data)")
        try succeed(["train-tokenizer", "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: "whole", and: "parts")
    }

    func testTheSameRunTwiceAtOnce() throws {
        let first = try start(train("--steps", "100000"))
        first.wait { first.outputSoFar.contains("step 1/") }
        let (status, _, errors) = try start(train("--steps", "2")).finish()
        XCTAssertEqual(status, 1)
        XCTAssertTrue(errors.contains("checkpoints/default: process \(first.process.processIdentifier) is training this run"), errors)
        XCTAssertEqual(errors.split(separator: "\n").count, 1, errors)
        // Another run on the same data is no trouble.
        try succeed(train("--steps", "1", "--run", "other"))
        first.process.interrupt()
        XCTAssertEqual(first.finish().status, 130)
        try succeed(train("--resume", "--steps", "1"))
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("checkpoints/default/.lock").path))
    }

    func testTwoThatRecordTheSame() throws {
        func record(_ seed: String) -> [String] {
            [
                "episodes", "record", "--data", "two", "--rooms", "1", "--episodes", "40", "--validation-episodes", "1", "--frames", "20",
                "--seed", seed,
            ]
        }
        let both = [try start(record("1")), try start(record("2"))].map { $0.finish() }
        XCTAssertEqual(both.map(\.status).sorted(), [0, 1], "\(both)")
        let refused = try XCTUnwrap(both.first { $0.status == 1 })
        XCTAssertTrue(
            refused.errors.contains("is making this data set") || refused.errors.contains("there is a data set already"), refused.errors)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: file("two/train").path).count, 40)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["two"])
    }

    /// An episode that becomes shorter while it is mapped.
    func testAnEpisodeThatIsCutWhileItIsRead() throws {
        let data = try copyData(), command = try start(train("--steps", "100000", data: data))
        command.wait { command.outputSoFar.contains("step 1/") }
        for i in 0 ..< 4 { XCTAssertEqual(truncate(data.appendingPathComponent("train/000\(i).safetensors").path, 100), 0) }
        let (status, _, errors) = command.finish()
        XCTAssertEqual(status, 1, errors)
        XCTAssertEqual(errors.split(separator: "\n").count, 1, errors)
        XCTAssertTrue(errors.contains("safetensors: was cut or overwritten while it was read"), errors)
    }

    func testWhatAKillLeavesIsClearedAway() throws {
        try succeed(train("--steps", "1"))
        for name in [".model.safetensors.partial", ".samples.png.partial", ".samples.png.4711-1.partial"] {
            try Data("x".utf8).write(to: file("checkpoints/default/\(name)"))
        }
        try Data("precious".utf8).write(to: file("precious"))
        try FileManager.default.createSymbolicLink(
            at: file("checkpoints/default/.training-state.safetensors.partial"), withDestinationURL: file("precious"))
        try succeed(train("--steps", "1", "--resume"))
        XCTAssertEqual(
            try FileManager.default.contentsOfDirectory(atPath: file("checkpoints/default").path).filter { $0.hasPrefix(".") }, [])
        XCTAssertEqual(try String(contentsOf: file("precious"), encoding: .utf8), "precious")
    }

    func testAModelWithoutItsStateIsNotReplaced() throws {
        try succeed(train("--steps", "1"))
        try FileManager.default.removeItem(at: file("checkpoints/default/training-state.safetensors"))
        try refuse(train("--steps", "1"), "checkpoints/default", "exists", "--overwrite")
    }

    func testNumbersOfCheckpointsAreNotBelieved() throws {
        try succeed(train("--steps", "1"))
        let url = file("checkpoints/default/model.safetensors"), whole = try SafeTensorsFile(contentsOf: url)
        let configuration = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(whole.metadata["configuration"]!.utf8)) as? [String: Any])
        for key in ["imageSize", "frames", "patchSize", "embeddingDimensions", "heads", "hiddenDimensions", "blocks"] {
            for number in [4_611_686_018_427_387_904, 4_294_967_296, 1_000_000, 65536, -1] where (key, number) != ("heads", 0) {
                let changed = try JSONSerialization.data(withJSONObject: configuration.merging([key: number]) { $1 })
                var writer = SafeTensorsWriter(
                    metadata: whole.metadata.merging(["configuration": String(decoding: changed, as: UTF8.self)]) { $1 })
                for name in whole.names { writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name)) }
                try writer.write(to: url)
                try refuse(["validate-tokenizer", "--data", Self.data.path], "checkpoints/default/model.safetensors: ", "`train-tokenizer`")
            }
        }
    }

    /// A film that begins in the dark.
    func testBlackFrames() throws {
        for split in ["train", "validation"] {
            var writer = SafeTensorsWriter(metadata: ["fps": "4"])
            writer.add("frames", shape: [12, 64, 64, 3], bytes: [UInt8](repeating: 0, count: 12 * 64 * 64 * 3))
            try FileManager.default.createDirectory(at: file("black/\(split)"), withIntermediateDirectories: true)
            try writer.write(to: file("black/\(split)/0.safetensors"))
        }
        try succeed(train("--steps", "4", data: file("black")))
        try succeed(["validate-tokenizer", "--data", "black", "--threads", "1"])
        try succeed(["episodes", "inspect", "--data", "black"])
    }
}
