// LabelRewardsTests.swift - does what a person says arrive in the file, and from there in the scorer? And what is refused?

import CommandTesting
import Episodes
import Foundation
import LocalPages
@testable import RewardModel
import XCTest

final class LabelRewardsTests: CommandTestCase {
    private struct Frame: Decodable { var number: Int?, reward: Float?, labeled: Int, count: Int, picture: String? }

    /// Videos of a real robot: nobody knows any rewards.
    override func setUpWithError() throws {
        try super.setUpWithError()
        try writeNoisyEpisodes(to: file("data"), withTruth: false)
    }

    private func serve(_ more: String...) throws -> (command: StartedCommand, address: URL) {
        let command = try start(["label-rewards", "--data", "data", "--labels", "mine/labels.csv", "--port", "0"] + more)
        return (command, try command.address())
    }

    private func frame(_ method: String, _ path: String, at address: URL, _ body: String? = nil) throws -> Frame {
        let answer = try ask(method, URL(string: path, relativeTo: address)!, body.map { Data($0.utf8) })
        XCTAssertEqual(answer.status, 200, String(decoding: answer.body, as: UTF8.self))
        return try JSONDecoder().decode(Frame.self, from: answer.body)
    }

    func testLabelsAreKeptAndTrainedFrom() throws {
        let episodes = try EpisodeSet(file("data"), .train), url = file("mine/labels.csv"),
            order = RewardLabels.order(of: episodes, seed: 1)
        var (command, address) = try serve("--count", "12")
        XCTAssertTrue(String(decoding: try ask("GET", address).body, as: UTF8.self).contains("<title>How good is this?</title>"))
        var shown = try frame("GET", "/frame", at: address)
        XCTAssertEqual([shown.number, shown.labeled, shown.count], [0, 0, 12])
        XCTAssertEqual(shown.picture, try episodes.episodes[order[0].episode].image(order[0].start).dataURL())
        XCTAssertFalse(FileManager.default.fileExists(atPath: url.path), "no label yet, no file")
        for number in 0 ..< 5 { shown = try frame("POST", "/label", at: address, #"{"number": \#(number), "reward": 0.\#(number)}"#) }
        XCTAssertEqual([shown.number, shown.labeled], [5, 5])
        // Looked at once more, changed, taken back.
        XCTAssertEqual(try frame("POST", "/frame", at: address, #"{"number": 3}"#).reward, 0.3)
        _ = try frame("POST", "/label", at: address, #"{"number": 3, "reward": 1}"#)
        shown = try frame("POST", "/label", at: address, #"{"number": 1, "reward": null}"#)
        XCTAssertTrue(shown.number == 1 && shown.reward == nil && shown.labeled == 4)
        command.kill()
        let file = try LabelFile(url, of: episodes)
        XCTAssertEqual(file.labels, [order[0]: 0, order[2]: 0.2, order[3]: 1, order[4]: 0.4])

        // Nine are too few. Begun again it goes on with the first that has none.
        try refuse(["train-reward", "--data", "data", "--labels", "mine/labels.csv"], "4 labels, and 10 are the fewest")
        (command, address) = try serve("--count", "12")
        XCTAssertEqual(try frame("GET", "/frame", at: address).number, 1)
        for number in [1, 5, 6, 7, 8, 9, 10, 11] {
            shown = try frame("POST", "/label", at: address, #"{"number": \#(number), "reward": 0.5}"#)
        }
        XCTAssertTrue(shown.number == nil && shown.picture == nil && shown.labeled == 12, "nothing is left")
        command.kill()

        let train = ["train-reward", "--data", "data", "--labels", "mine/labels.csv", "--threads", "1", "--batch-size", "4"]
        try succeed(train + ["--preset", "tiny", "--stage", "pretrain", "--pictures", "80", "--steps", "1"])
        let output = try succeed(train + ["--stage", "finetune", "--steps", "2", "--stop-at", "1"])
        XCTAssertTrue(output.contains("12 labels"), output)
        // A label that has changed is another run.
        var changed = try LabelFile(url, of: episodes)
        try changed.label(order[0], 0.9)
        try refuse(["train-reward", "--data", "data", "--stage", "finetune", "--resume"], "mine/labels.csv: has changed since")
    }

    func testWhatThePageRefuses() throws {
        let (command, address) = try serve("--count", "12")
        defer { command.kill() }
        let cases: [(String, String, String?, Int)] = [
            ("GET", "/nowhere", nil, 404), ("POST", "/", "{}", 405), ("GET", "/label", nil, 405), ("POST", "/label", "{", 400),
            ("POST", "/label", #"{"number": 12, "reward": 0.5}"#, 400), ("POST", "/label", #"{"number": -1, "reward": 0.5}"#, 400),
            ("POST", "/label", #"{"number": 0, "reward": 1.1}"#, 400), ("POST", "/label", #"{"number": 0, "reward": "good"}"#, 400),
            ("POST", "/frame", #"{"number": 99}"#, 400),
        ]
        for (method, path, body, status) in cases {
            let answer = try ask(method, URL(string: path, relativeTo: address)!, body.map { Data($0.utf8) })
            let text = String(decoding: answer.body, as: UTF8.self)
            XCTAssertEqual(answer.status, status, "\(method) \(path) \(body ?? ""): \(text)")
            XCTAssertEqual(text.split(separator: "\n").count, 1, text)
        }
        let foreign = try ask("POST", URL(string: "/label", relativeTo: address)!, Data(#"{"number": 0, "reward": 0.5}"#.utf8),
                              headers: ["Origin": "http://elsewhere.example"])
        XCTAssertEqual(foreign.status, 403, "another page may not label")
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("mine/labels.csv").path))
    }

    func testFilesThatAreNoLabelsAreRefused() throws {
        let episodes = try EpisodeSet(file("data"), .train),
            head = "# of the episodes with fingerprint \(episodes.fingerprint)\nepisode,frame,reward\n"
        let cases = [
            ("", "its first line"), ("episode,frame,reward\n0,1,0.5\n", "its first line"),
            (head.replacingOccurrences(of: episodes.fingerprint, with: "0123456789abcdef"), "its first line"),
            (head.replacingOccurrences(of: "reward", with: "score"), "its second line"),
            (head + "7,1,0.5\n", "row 3: there is no episode '7'"),
            (head + "0,52,0.5\n", "row 3: episode 0 has no frame '52'"), (head + "0,-1,0.5\n", "no frame"),
            (head + "0,1,1.5\n", "a reward is 0 to 1"),
            (head + "0,1,nan\n", "a reward is 0 to 1"), (head + "0,1\n", "2 cells"),
            (head + "0,1,0.5\n1,1,0.5\n0,1,0.6\n", "row 5: this frame has a label"),
        ]
        for (text, words) in cases {
            try Data(text.utf8).write(to: file("labels.csv"))
            for command in [["label-rewards", "--port", "0"], ["train-reward"]] {
                try refuse(command + ["--data", "data", "--labels", "labels.csv"], "labels.csv", words)
            }
        }
        try refuse(["train-reward", "--data", "data", "--labels", "nowhere.csv"], "nowhere.csv")
        try refuse(["train-reward", "--data", "data"], "label-rewards")
        try refuse(["label-rewards", "--data", "data", "--labels", "data/train/0.safetensors"], "not a text")
        try refuse(["label-rewards", "--count", "0"], "--count")
    }

    /// Names with commas and quotes come back as they went.
    func testNamesOfAllKinds() throws {
        let odd = file("data/train/a, \"b\".safetensors")
        try FileManager.default.moveItem(at: file("data/train/2.safetensors"), to: odd)
        let episodes = try EpisodeSet(file("data"), .train),
            index = try XCTUnwrap(episodes.episodes.firstIndex { $0.url.lastPathComponent == odd.lastPathComponent })
        var labels = try LabelFile(file("labels.csv"), of: episodes)
        try labels.label(ClipPlace(episode: index, start: 7), 0.7)
        try labels.label(ClipPlace(episode: 0, start: 1), 0)
        XCTAssertEqual(
            try LabelFile(file("labels.csv"), of: episodes).places, [ClipPlace(episode: index, start: 7), ClipPlace(episode: 0, start: 1)])
    }
}
