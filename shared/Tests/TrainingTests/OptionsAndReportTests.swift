// OptionsAndReportTests.swift - the small things around a training loop: flags, plan, report, times and pictures.

import Pictures
import Tensors
@testable import Training
import XCTest

final class OptionsAndReportTests: TrainingTestCase {
    func testFlagsThatMakeNoSense() throws {
        for arguments in [
            ["--steps", "0"], ["--batch-size", "0"], ["--batch-size", "-1"], ["--learning-rate", "0"], ["--learning-rate", "nan"],
            ["--learning-rate", "inf"], ["--stop-at", "0"], ["--threads", "0"], ["--run", ""], ["--run", "a/b"], ["--run", ".."],
                          ["--resume", "--overwrite"], ["--seed", "-1"], ["--steps", "many"]] {
            XCTAssertThrowsError(try TrainingOptions.parse(arguments), "\(arguments)") { error in
                // The message names the flag, as ArgumentParser spells it.
                XCTAssertTrue(
                    TrainingOptions.message(for: error).contains(String(arguments[0].dropFirst(2))), TrainingOptions.message(for: error))
            }
        }
        XCTAssertEqual(try options("--data", "my data", "--run", "it's mine").run.flags, #"--data 'my data' --run 'it'\''s mine'"#)
        let plain = try options()
        XCTAssertEqual([plain.run.data, plain.run.run, plain.preset], ["data/default", "default", "default"])
    }

    func testFlagsTakeTheirPlacesInThePlan() throws {
        var plan = TrainingPlan(steps: 100, batchSize: 8, learningRate: 0.1)
        XCTAssertEqual(plan.adjusted(by: try options()), plan)
        XCTAssertEqual(plan.seed, 1)
        let adjusted = plan.adjusted(
            by: try options("--steps", "5", "--batch-size", "2", "--learning-rate", "0.5", "--seed", "7", "--threads", "3"))
        (plan.steps, plan.batchSize, plan.learningRate, plan.seed, plan.threads) = (5, 2, 0.5, 7, 3)
        XCTAssertEqual(adjusted, plan)
        XCTAssertEqual(plan.asked(by: try options("--preset", "patient")).steps, 15)
        XCTAssertEqual(plan.asked(by: try options("--preset", "patient", "--steps", "6")).steps, 6)
        XCTAssertEqual(try JSONDecoder().decode(TrainingPlan.self, from: Data(json(plan).utf8)), plan)
    }

    func testTheReportIsFlatJSON() throws {
        var report = ValidationReport()
        report.add("psnr_db", 28.5, expected: "28 to 31", baseline: "14.2")
        report.add("not_measured", .nan)
        report.add("perfect", .infinity)
        report.add("large", 1e300)
        report.add("count", -3)
        try report.finish(writing: file("validation.json"))
        let text = String(decoding: try Data(contentsOf: file("validation.json")), as: UTF8.self)
        XCTAssertEqual(text, "{\"count\":-3,\"large\":1e+300,\"not_measured\":null,\"perfect\":null,\"psnr_db\":28.5}\n")
        // The table as printed, with what to expect: `run` shows it again at its end.
        let table = String(decoding: try Data(contentsOf: file("validation.txt")), as: UTF8.self).split(separator: "\n")
        XCTAssertEqual(table[0].split(separator: " "), ["metric", "value", "expected", "baseline"])
        XCTAssertTrue(table[2].hasPrefix("psnr_db") && table[2].hasSuffix("28 to 31  14.2"), String(table[2]))
        XCTAssertEqual(table[3], "not_measured  none")
        XCTAssertEqual(table[6], "count         -3")
    }

    func testARowThatIsMeasuredTwiceIsNoCrash() throws {
        var report = ValidationReport()
        report.add("labels", 50)
        report.add("labels", 51)
        try report.finish(writing: file("validation.json"))
        XCTAssertEqual(try String(contentsOf: file("validation.json"), encoding: .utf8), "{\"labels\":51}\n")
    }

    func testDurations() {
        let expected: [(Double, String)] = [
            (0, "0 s"), (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3600, "1 h 0 min"),
                                            (3900, "1 h 5 min"), (.nan, "0 s"), (.infinity, "0 s")]
        for (seconds, text) in expected { XCTAssertEqual(duration(seconds), text) }
        XCTAssertTrue(duration(1e300).hasSuffix("min"))
    }

    func testPicturesOfFramesAreCutOffAtTheirEnds() {
        let frames = Tensor([0, 0, 0, 1, 1, 1, -5, 7, 0.5, .nan, .infinity, -.infinity], shape: [2, 1, 2, 3])
        XCTAssertEqual(Image(frames, frame: 0).pixels, [0, 0, 0, 255, 255, 255])
        XCTAssertEqual(Image(frames, frame: 1).pixels, [0, 255, 128, 0, 255, 0])
        XCTAssertEqual(Image(frames, frame: 1).width, 2)
    }
}
