// ScoreTests.swift - does the command say what it scored, and in one line what it cannot?

import CommandTesting
import Episodes
import Foundation
import Pictures
import XCTest

final class ScoreTests: CommandTestCase {
    override func setUpWithError() throws {
        try super.setUpWithError()
        _ = try copy()
        for i in 0 ..< 3 { try picture(40, 32, seed: i).writePNG(to: file("\(i).png")) }
    }

    func testPictures() throws {
        let output = try succeed(["score", "0.png", "1.png", "2.png", "--clip", "clip"])
        XCTAssertTrue(output.contains("a red Kong dog toy centered in the frame"), output)
        for words in ["picture", "reward", "0.png ", "1.png ", "2.png ", "3 pictures", "score.png"] {
            XCTAssertTrue(output.contains(words), output)
        }
        XCTAssertGreaterThan(try Image(pngAt: file("score.png")).height, 400)
        // The same again, by other words: a chart may be replaced, and the rewards are other ones.
        let other = try succeed([
            "score", "0.png", "1.png", "2.png", "--clip", "clip", "--positive", "a toy", "--negative", "a floor", "--scale", "1",
        ])
        XCTAssertTrue(other.contains("positive: a toy"), other)
        XCTAssertNotEqual(rewards(in: output), rewards(in: other))
        for reward in rewards(in: other) { XCTAssertEqual(reward, 0.5, accuracy: 0.4) }
    }

    func testGIFAndEpisode() throws {
        try Animation(frames: (0 ..< 4).map { picture(24, 24, seed: $0) }, framesPerSecond: 4).writeGIF(to: file("walk.gif"))
        var episode = Episode(frames: (0 ..< 12).flatMap { picture(16, 16, seed: $0).pixels }, width: 16, height: 16)
        episode.reward = (0 ..< 12).map { Float($0) / 11 }
        try episode.write(to: file("episode.safetensors"))
        let output = try succeed(["score", "walk.gif", "episode.safetensors", "--clip", "clip", "--output", "curve.png"])
        for words in ["walk.gif 0 ", "walk.gif 3 ", "episode.safetensors 11 ", "true reward", "16 pictures"] {
            XCTAssertTrue(output.contains(words), "'\(words)' is not in: \(output)")
        }
        XCTAssertEqual(rewards(in: output).count, 16)
        XCTAssertNoThrow(try Image(pngAt: file("curve.png")))
    }

    /// The rest of a long sentence is not read: that is said, and is no error.
    func testALongSentence() throws {
        let long = String(repeating: "toy ", count: 100)
        let (status, _, errors) = try start(["score", "0.png", "--clip", "clip", "--positive", long]).finish()
        XCTAssertEqual(status, 0)
        XCTAssertTrue(errors.contains("longer than the 77 tokens") && errors.contains("the rest is cut"), errors)
        XCTAssertEqual(errors.split(separator: "\n").count, 1, errors)
    }

    func testBadSentencesAndFlags() throws {
        try refuse(["score", "0.png", "--clip", "clip", "--positive", ""], "--positive is empty")
        try refuse(["score", "0.png", "--clip", "clip", "--negative", "  "], "--negative is empty")
        try refuse(["score", "0.png", "--clip", "clip", "--positive", "toy", "--negative", "toy"], "are the same")
        try refuse(["score", "0.png", "--clip", "clip", "--run", "mine"], "choose one")
        try refuse(["score", "0.png", "--run", "../mine"], "--run is a plain name")
        try refuse(["score", "0.png", "--run", "nowhere"], "checkpoints/nowhere/model.safetensors", "train-reward")
        try refuse(["score", "0.png", "--clip", "clip", "--scale", "0"], "--scale must be above 0")
        try refuse(["score", "0.png", "--clip", "clip", "--scale", "nan"], "--scale")
        try refuse(["score", "0.png", "--clip", "clip", "--threads", "0"], "--threads must be at least 1")
        try refuse(["score", "0.png", "--clip", "clip", "--output", "chart.gif"], "does not end in .png")
        try refuse(["score", "0.png", "--clip", "clip", "--output", "nowhere/chart.png"], "there is no folder nowhere")
        // A chart would take the place of the picture.
        try refuse(["score", "0.png", "--clip", "clip", "--output", "0.png"], "is one of the pictures")
        try refuse(["score", "0.png", "--clip", "clip", "--output", "./clip/../0.png"], "is one of the pictures")
    }

    func testBadPictures() throws {
        try Data("an old chart".utf8).write(to: file("score.png"))
        try refuse(["score", "nowhere.png", "--clip", "clip"], "nowhere.png: there is no such file")
        try refuse(["score", "0.png", "clip", "--clip", "clip"], "clip: a folder", "clip/*.png")
        try Data(contentsOf: file("0.png")).dropLast(100).write(to: file("cut.png"))
        try refuse(["score", "0.png", "cut.png", "--clip", "clip"], "cut.png", "damaged or cut short")
        try Data("no picture".utf8).write(to: file("text.png"))
        try refuse(["score", "text.png", "--clip", "clip"], "text.png", "not a PNG file")
        try Data("GIF89a".utf8).write(to: file("cut.gif"))
        try refuse(["score", "cut.gif", "--clip", "clip"], "cut.gif", "damaged or cut short")
        try Data().write(to: file("photo.jpg"))
        try refuse(["score", "photo.jpg", "--clip", "clip"], "photo.jpg", "neither PNG, GIF nor episode", "convert it")
        try refuse(["score", "clip/model.safetensors", "--clip", "clip"], "clip/model.safetensors", "not an episode file")
    }

    func testBadFolders() throws {
        let arguments = ["score", "0.png", "--clip", "clip"]
        try refuse(["score", "0.png", "--clip", "nowhere"], "nowhere: there is no such folder", "model.safetensors")
        try refuse(["score", "0.png", "--clip", "0.png"], "0.png: there is no such folder")
        for name in ["config.json", "vocab.json", "merges.txt", "model.safetensors"] {
            try FileManager.default.removeItem(at: copy().appendingPathComponent(name))
            try refuse(arguments, "clip/\(name): no such file", "download it")
        }
        try Data().write(to: file("clip/pytorch_model.bin"))
        try refuse(arguments, "clip/model.safetensors: no such file", "pytorch_model.bin, which cannot be read")
        for name in ["config.json", "vocab.json"] {
            try Data("{ \"a\": ".utf8).write(to: copy().appendingPathComponent(name))
            try refuse(arguments, "clip/\(name): not a JSON object", "again")
        }
        // Other models' files among them.
        _ = try copy()
        try FileManager.default.removeItem(at: file("clip/config.json"))
        try FileManager.default.copyItem(at: fixture("large/config.json"), to: file("clip/config.json"))
        try refuse(arguments, "clip/model.safetensors", "config.json asks for", "of the same model")
        _ = try copy()
        try edit("config.json", "\"vocab_size\": 764", "\"vocab_size\": 700")
        try refuse(arguments, "clip/vocab.json", "do not fit config.json")
        _ = try copy(of: "large")
        try edit("config.json", "\"eos_token_id\": 763", "\"eos_token_id\": 5")
        try refuse(arguments, "clip/vocab.json", "do not fit config.json")
    }

    func testBadWeights() throws {
        let arguments = ["score", "0.png", "--clip", "clip"], weights = file("clip/model.safetensors")
        try Data(contentsOf: weights).dropLast(1000).write(to: weights)
        try refuse(arguments, "clip/model.safetensors", "truncated", "download it again")
        try Data().write(to: weights)
        try refuse(arguments, "clip/model.safetensors", "truncated")
        try Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8).write(to: weights)
        try refuse(arguments, "clip/model.safetensors", "only a pointer", "git lfs pull")
        _ = try copy()
        try rewriteWeights { name, shape, floats in name == "visual_projection.weight" ? nil : (shape, .f32, floats.data) }
        try refuse(arguments, "'visual_projection.weight' is not in it")
        _ = try copy()
        try rewriteWeights { name, shape, floats in (name == "visual_projection.weight" ? shape.reversed() : shape, .f32, floats.data) }
        try refuse(arguments, "'visual_projection.weight' is [32, 24], config.json asks for [24, 32]")
        _ = try copy()
        try rewriteWeights { name, shape, floats in
            name == "visual_projection.weight" ? (shape, .i32, floats.map { Int32($0) }.data) : (shape, .f32, floats.data)
        }
        try refuse(arguments, "visual_projection.weight", "floats were expected", "F32, F16 or BF16")
        _ = try copy()
        try rewriteWeights { name, shape, floats in (shape, .f32, (name == "logit_scale" ? [Float.nan] : floats).data) }
        try refuse(arguments, "the rewards are not numbers")
    }

    /// The column of rewards of the table.
    private func rewards(in output: String) -> [Float] {
        output.split(separator: "\n").drop { !$0.hasPrefix("picture") }.dropFirst().prefix { !$0.contains("pictures") }
            .compactMap { line in line.split(separator: " ").first { $0.hasPrefix("0.") || $0.hasPrefix("1.0") }.flatMap { Float($0) } }
    }
}
