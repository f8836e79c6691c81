// CommandTests.swift - does an interrupted training end as an uninterrupted one, and what do the commands refuse?

import CommandTesting
import Foundation
import XCTest

final class CommandTests: CommandTestCase {
    override func setUpWithError() throws {
        try super.setUpWithError()
        try writeNoisyEpisodes(to: file("data"))
    }

    /// What it printed is both what it says and what it complains of.
    @discardableResult
    private func run(_ arguments: [String]) throws -> (status: Int, output: String) {
        let (status, output, errors) = try start(arguments).finish()
        return (status, output + errors)
    }

    private func bytes(_ run: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent("checkpoints/\(run)/model.safetensors"))
    }

    func testInterruptedIsAsUninterrupted() throws {
        func train(_ name: String, _ stage: String, _ more: String...) throws {
            var arguments = ["train-reward", "--data", "data", "--threads", "1", "--run", name, "--stage", stage] + more
            if stage == "pretrain" { arguments += ["--pictures", "80"] }
            // The preset of a run is known from then on.
            if stage == "pretrain" && !more.contains("--resume") { arguments += ["--preset", "tiny"] }
            let (status, output) = try run(arguments)
            XCTAssertEqual(status, 0, output)
        }
        try train("whole", "pretrain", "--steps", "4", "--batch-size", "4")
        try train("parts", "pretrain", "--steps", "4", "--batch-size", "4", "--stop-at", "2")
        XCTAssertNotEqual(try bytes("parts/pretrained"), try bytes("whole/pretrained"))
        try train("parts", "pretrain", "--resume")
        XCTAssertEqual(try bytes("parts/pretrained"), try bytes("whole/pretrained"))

        try train("whole", "finetune", "--steps", "4", "--batch-size", "4")
        try train("parts", "finetune", "--steps", "4", "--batch-size", "4", "--stop-at", "3")
        try train("parts", "finetune", "--resume")
        for part in ["", "/labels-50"] { XCTAssertEqual(try bytes("parts" + part), try bytes("whole" + part), part) }
        try train("whole", "regressors", "--steps", "4", "--batch-size", "4")

        let (status, output) = try run(["validate-reward", "--data", "data", "--run", "whole", "--drive-episodes", "0"])
        XCTAssertEqual(status, 0, output)
        let json =
            try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("checkpoints/whole/validation.json")))
            as! [String: Any]
        for name in ["auroc_zero_shot", "auroc_finetuned", "auroc_regressor", "spearman_finetuned"] {
            XCTAssertNotNil(json[name] as? Double, name)
        }

        // Another pretraining under the same name: what was fine-tuned from the first is not taken up again.
        try train("whole", "pretrain", "--steps", "2", "--batch-size", "4", "--overwrite")
        XCTAssertFalse(
            FileManager.default.fileExists(atPath: folder.appendingPathComponent("checkpoints/whole/training-state.safetensors").path))
    }

    /// What was asked at the start holds when the command is resumed without a word; and what was made from another
    /// pretraining is not taken for this one's.
    func testAResumedCommandRemembersWhatItWasAsked() throws {
        func train(_ more: String...) throws -> (status: Int, output: String) {
            try run(["train-reward", "--data", "data", "--threads", "1"] + more)
        }
        let small = ["--preset", "tiny", "--stage", "pretrain", "--pictures", "80", "--seed", "5", "--steps", "4", "--batch-size", "4"]
        for (name, more) in [("whole", []), ("parts", ["--stop-at", "2"])] as [(String, [String])] {
            let (status, output) = try run(["train-reward", "--data", "data", "--threads", "1", "--run", name] + small + more)
            XCTAssertEqual(status, 0, output)
        }
        XCTAssertTrue(
            try train("--run", "parts", "--stage", "pretrain", "--resume", "--pictures", "81").output.contains("keeps 80 pictures"))
        XCTAssertTrue(try train("--run", "parts", "--stage", "pretrain", "--resume", "--seed", "6").output.contains("keeps seed 5"))
        let (status, output) = try train("--run", "parts", "--stage", "pretrain", "--resume")
        XCTAssertEqual(status, 0, output)
        XCTAssertEqual(try bytes("parts/pretrained"), try bytes("whole/pretrained"))

        // Fine-tuned, and then another pretraining in the place of its own.
        XCTAssertEqual(try train("--run", "whole", "--stage", "finetune", "--steps", "1", "--batch-size", "4").status, 0)
        XCTAssertEqual(
            try train("--run", "other", "--preset", "tiny", "--stage", "pretrain", "--pictures", "80", "--steps", "1", "--batch-size", "4")
                .status, 0)
        for name in ["model", "training-state"] {
            let (from, to) = (
                file("checkpoints/other/pretrained/\(name).safetensors"), file("checkpoints/whole/pretrained/\(name).safetensors")
            )
            try Data(contentsOf: from).write(to: to)
        }
        let measured = try run(["validate-reward", "--data", "data", "--run", "whole", "--drive-episodes", "0"])
        XCTAssertEqual(measured.status, 1)
        XCTAssertTrue(measured.output.contains("checkpoints/whole/model.safetensors: was not fine-tuned from"), measured.output)
        let resumed = try train("--run", "whole", "--stage", "finetune", "--resume")
        XCTAssertEqual(resumed.status, 1)
        XCTAssertTrue(resumed.output.contains("belongs to another run"), resumed.output)
    }

    func testWhatIsRefused() throws {
        func refuse(_ words: String, _ arguments: String...) throws {
            let (status, output) = try run(arguments)
            XCTAssertGreaterThan(status, 0, output)
            XCTAssertTrue(output.contains(words), "'\(words)' is not in: \(output)")
        }
        try refuse("no such checkpoint", "train-reward", "--data", "data", "--preset", "tiny", "--stage", "finetune")
        try refuse("208 frames, 1000 labels", "train-reward", "--data", "data")
        try refuse("no such folder", "train-reward", "--data", "nowhere")
        try refuse("--preset is default, tiny or patient", "train-reward", "--preset", "huge")
        try refuse("train-reward", "validate-reward", "--data", "data")
        XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("checkpoints/default").path))
    }
}
