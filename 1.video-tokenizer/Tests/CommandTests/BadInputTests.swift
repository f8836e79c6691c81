// BadInputTests.swift - what does a learner read when something is wrong, and is everything else still as it was?

import CommandTesting
import Pictures
import SafeTensors
import XCTest

final class BadTrainingInputTests: TokenizerCommandTestCase {
    func testFlags() throws {
        try refuse(train("--preset", "tinny"), "--preset", "default, tiny, patient or large", "tinny")
        try refuse(train("--quantizer", "pq"), "fsq or vq", "pq")
        try refuse(train("--temporal-compression", "0"), "--temporal-compression is 1 to 8 frames")
        try refuse(train("--patch-size", "7"), "patch size 7")
        try refuse(train("--batch-size", "0"), "--batch-size must be at least 1")
        try refuse(train("--steps", "0"), "--steps must be at least 1")
        try refuse(train("--threads", "0"), "--threads must be at least 1")
        try refuse(train("--learning-rate", "nan"), "--learning-rate")
        try refuse(train("--run", "../elsewhere"), "--run is a plain name")
        try refuse(train("--resume", "--overwrite"), "choose one")
        try refuse(["episodes", "record", "--rooms", "0"], "--rooms")
    }

    func testDataThatIsNotThere() throws {
        try refuse(train(data: file("nowhere")), "nowhere/train", "there is no such folder", "episodes record")
        try FileManager.default.createDirectory(at: file("empty/train"), withIntermediateDirectories: true)
        try refuse(train(data: file("empty")), "empty/train", "there are no episodes", "episodes record")
        let data = try copyData()
        try FileManager.default.removeItem(at: data.appendingPathComponent("validation"))
        try refuse(train(data: data), "data/validation", "there is no such folder")
    }

    func testDamagedAndUnfittingEpisodes() throws {
        try refuse(train("--preset", "large"), "frames are 64x64", "--size 128")
        let data = try copyData(), first = data.appendingPathComponent("train/0000.safetensors")
        try Data(contentsOf: first).dropLast(1000).write(to: first)
        try refuse(train(data: data), "train/0000.safetensors", "truncated", "make the data set anew")
        try refuse(["episodes", "inspect", "--data", "data"], "train/0000.safetensors", "truncated")
        // One episode of another size among the others, then all of them.
        try succeed([
            "episodes", "record", "--data", "small", "--rooms", "1", "--episodes", "1", "--validation-episodes", "1", "--frames", "16",
            "--size", "32",
        ])
        let small = file("small/train/0000.safetensors")
        try Data(contentsOf: small).write(to: first)
        try refuse(train(data: data), "64x64", "32x32", "one --size")
        try refuse(train(data: file("small")), "small/train", "frames are 32x32", "--size 64")
    }

    func testClipsLongerThanEpisodes() throws {
        try succeed([
            "episodes", "record", "--data", "short", "--rooms", "1", "--episodes", "1", "--validation-episodes", "1", "--frames", "3",
        ])
        try refuse(train(data: file("short")), "short/train", "a clip takes 4 frames, the longest episode has 3")
        let data = try copyData()
        try FileManager.default.removeItem(at: data.appendingPathComponent("validation"))
        try FileManager.default.moveItem(at: file("short/validation"), to: data.appendingPathComponent("validation"))
        try refuse(train(data: data), "data/validation", "no episode has the 4 frames of a clip")
    }

    func testRunsThatExistOrDoNot() throws {
        try refuse(train("--resume"), "checkpoints/default", "nothing to resume", "without --resume")
        try succeed(train("--steps", "1"))
        try refuse(train("--steps", "1"), "checkpoints/default", "exists", "--resume", "--overwrite", "--run")
        try Data("a file".utf8).write(to: file("checkpoints/taken"))
        try refuse(train("--run", "taken"), "checkpoints/taken", "is a file in its place")
    }

    func testALossThatIsNotANumber() throws {
        try succeed(train("--steps", "1"))
        for quantizer in ["fsq", "vq"] {
            try refuse(train("--steps", "4", "--overwrite", "--learning-rate", "1e30", "--quantizer", quantizer),
                       "step 2", "the loss is not a number", "checkpoints/default is kept", "lower --learning-rate")
        }
    }

    func testAnAbsurdNumberOfSteps() throws {
        try refuse(train("--steps", "\(Int.max)"), "--steps", "at most")
        try succeed(train("--steps", "1000000000", "--stop-at", "1"))
    }

    func testFoldersThatCannotBeWritten() throws {
        try XCTSkipUnless(FileManager.default.fileExists(atPath: "/proc/self"), "needs a folder that not even root can write")
        try FileManager.default.createSymbolicLink(atPath: file("checkpoints").path, withDestinationPath: "/proc/self")
        let (status, _, errors) = try start(train()).finish()
        XCTAssertEqual(status, 1)
        XCTAssertEqual(errors.split(separator: "\n").count, 1, errors)
        XCTAssertTrue(errors.contains("checkpoints/default: cannot make this folder"), errors)
    }

    func testAFullDisk() throws {
        try succeed(train("--steps", "1"))
        let kept = ["model.safetensors", "training-state.safetensors", "metrics.jsonl"].map { file("checkpoints/default/\($0)") }
        let before = try kept.map { try Data(contentsOf: $0) }
        let (status, _, errors) = try runOnAFullDisk(train("--steps", "2", "--overwrite"), kilobytes: 1000)
        XCTAssertEqual(status, 1)
        XCTAssertEqual(errors, "Error: cannot write checkpoints/default/training-state.safetensors: File too large\n")
        XCTAssertTrue(try kept.map { try Data(contentsOf: $0) } == before)
        XCTAssertEqual(
            try FileManager.default.contentsOfDirectory(atPath: file("checkpoints/default").path).filter { $0.hasSuffix("partial") }, [])
    }

    func testCheckpointsThatAreNone() throws {
        let validate = ["validate-tokenizer", "--data", Self.data.path]
        try refuse(validate, "checkpoints/default/model.safetensors", "no such checkpoint", "train-tokenizer")
        try succeed(train("--steps", "1"))
        try succeed(validate)
        let model = file("checkpoints/default/model.safetensors"), state = file("checkpoints/default/training-state.safetensors")
        for url in [model, state] { try Data(contentsOf: url).dropLast(1000).write(to: url) }
        try refuse(validate, "model.safetensors", "truncated", "`train-tokenizer`")
        try refuse(train("--resume"), "training-state.safetensors", "truncated", "--overwrite")
        for url in [model, state] { try SafeTensorsWriter(metadata: ["kind": "reward-model"]).write(to: url) }
        try refuse(validate, "model.safetensors", "holds a reward-model, which is no eye")
        try refuse(train("--resume"), "training-state.safetensors", "holds a reward-model, not a video-tokenizer")
        for url in [model, state] { try Data("not a checkpoint".utf8).write(to: url) }
        try refuse(validate, "model.safetensors", "not a safetensors file")
        try refuse(train("--resume"), "training-state.safetensors", "not a safetensors file")
    }

    func testValidationOfOtherData() throws {
        try succeed(train("--steps", "1"))
        try succeed([
            "episodes", "record", "--data", "small", "--rooms", "1", "--episodes", "1", "--validation-episodes", "1", "--frames", "16",
            "--size", "32",
        ])
        try refuse(["validate-tokenizer", "--data", "small"], "small/validation", "32x32", "--size 64")
        let data = try copyData()
        try FileManager.default.removeItem(at: data.appendingPathComponent("train"))
        try refuse(["validate-tokenizer", "--data", "data"], "data/train", "there is no such folder")
        try FileManager.default.moveItem(at: file("small/train"), to: data.appendingPathComponent("train"))
        try refuse(["validate-tokenizer", "--data", "data"], "data/train", "32x32", "--size 64")
    }
}

final class BadImportTests: TokenizerCommandTestCase {
    private let imports = ["episodes", "import", "--data", "data"]

    /// Frames of a square that moves.
    private func writeFrames(_ count: Int, into name: String) throws -> [URL] {
        try FileManager.default.createDirectory(at: file(name), withIntermediateDirectories: true)
        return try (0 ..< count).map { i in
            var image = Image(width: 20, height: 16)
            for y in 4 ..< 8 { for x in i ..< i + 4 { image[x, y] = Color(200, 20, 20) } }
            let url = file("\(name)/frame-\(i).png")
            try image.writePNG(to: url)
            return url
        }
    }

    func testPicturesThatAreNone() throws {
        let frames = try writeFrames(8, into: "pictures")
        let whole = try Data(contentsOf: frames[3])
        try whole.prefix(whole.count / 2).write(to: frames[3])
        try refuse(imports + ["pictures"], "pictures/frame-3.png")
        try Data("this is text".utf8).write(to: frames[3])
        try refuse(imports + ["pictures"], "pictures/frame-3.png", "not a PNG")
        try whole.write(to: frames[3])
        try succeed(imports + ["pictures"])
        try refuse(imports + ["pictures"], "data", "there is a data set already", "--overwrite")
        try Data().write(to: frames[3])
        try refuse(imports + ["pictures", "--overwrite"], "pictures/frame-3.png")
    }

    func testVideosThatAreNone() throws {
        try Animation(frames: [Image(width: 16, height: 16)], framesPerSecond: 4).writeGIF(to: file("one.gif"))
        try refuse(imports + ["one.gif"], "one.gif", "at least 2")
        try Data("GIF89a".utf8).write(to: file("short.gif"))
        try refuse(imports + ["short.gif"], "short.gif")
        try FileManager.default.createDirectory(at: file("empty"), withIntermediateDirectories: false)
        try refuse(imports + ["empty"], "empty", "no PNG frames, no GIF files")
        try refuse(imports + ["nowhere"], "nowhere", "there is no such folder")
    }

    func testActionsThatDoNotFit() throws {
        _ = try writeFrames(8, into: "pictures")
        try Data("0\n1\n0\n".utf8).write(to: file("actions.csv"))
        try refuse(imports + ["pictures", "--actions", "actions.csv"], "actions.csv", "3 actions for 8 frames", "expected 7")
        try Data("0.13\n0.15\n0\n0\n0\n0\n0\n".utf8).write(to: file("actions.csv"))
        try refuse(imports + ["pictures", "--actions", "actions.csv"], "actions.csv, row 1", "unknown action '0.13'", "--action-names")
        try refuse(imports + ["pictures", "--actions", "nowhere.csv"], "nowhere.csv")
    }
}
