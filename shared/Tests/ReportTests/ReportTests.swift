// ReportTests.swift - is the page whole by itself, and fit for a wide window and for a phone?
//
// With WORKBOOK_SCREENSHOTS set to a folder, what the browser shows is written there, to be looked at.

import CommandTesting
import Foundation
import Pictures
import SafeTensors
import Training
import XCTest

final class ReportTests: CommandTestCase {
    /// A run of a stage that has been validated, with two pictures and a film.
    private func run(_ path: String, _ rows: [(String, Double, String)]) throws {
        let url = file(path)
        try FileManager.default.createDirectory(at: url.appendingPathComponent("comparison"), withIntermediateDirectories: true)
        var report = ValidationReport()
        for (name, value, baseline) in rows { report.add(name, value, expected: "1 to <9>", baseline: baseline) }
        try report.finish(writing: url.appendingPathComponent("validation.json"))
        let picture = Image(width: 900, height: 200, color: Color(hex: 0x3070A0))
        for name in ["horizon.png", "loss.png", "comparison/comparison.png", "own-thing.png"] {
            try picture.writePNG(to: url.appendingPathComponent(name))
        }
        try Animation(frames: [picture, picture], delays: [0.5, 0.5]).writeGIF(to: url.appendingPathComponent("drive.gif"))
    }

    private func page() throws -> String { try String(contentsOf: file("report.html"), encoding: .utf8) }

    private func makeRuns() throws {
        try run("1.video-tokenizer/checkpoints/quick", [("psnr_db", 21.5, "20.40 (mean frame)")])
        try run("4.reward-model/checkpoints/quick", [("drive_success", 0.1, "0 (random)"), ("spearman_finetuned", .nan, "")])
        // Used, not validated.
        try run("4.reward-model/checkpoints/pretrained", [])
        try FileManager.default.removeItem(at: file("4.reward-model/checkpoints/pretrained/validation.txt"))
        try Data("success  1.000 (0.722 to 1.000)\n".utf8).write(to: file("4.reward-model/checkpoints/pretrained/drive.txt"))
    }

    func testThePageHoldsEverythingItself() throws {
        try makeRuns()
        let folders = ["1.video-tokenizer", "2.inverse-dynamics", "4.reward-model"].map { "\($0)/checkpoints/quick" }
            + ["4.reward-model/checkpoints/pretrained"]
        XCTAssertEqual(try succeed(["report"] + folders), "report.html: 3 runs, 15 pictures and films\n")
        let text = try page()
        for word in ["<td>21.50</td>", "20.40 (mean frame)", "1 to &lt;9&gt;", "own-thing.png", "<title>",
                     "<pre class=\"wide\">success  1.000"] { XCTAssertTrue(text.contains(word), word) }
        let sources = text.components(separatedBy: "src=\"").dropFirst().map { $0.prefix(11) }
        XCTAssertEqual(sources.count, 15)
        XCTAssertTrue(sources.allSatisfy { $0 == "data:image/" }, "\(sources)")
        for outside in ["http:", "https:", "url(", "<script", "@import", "<link rel=\"stylesheet"] {
            XCTAssertFalse(text.contains(outside), outside)
        }
        let found = try XCTUnwrap(text.range(of: "the pretrained weights")),
            missed = try XCTUnwrap(text.range(of: "the tiny models of run quick"))
        XCTAssertLessThan(found.lowerBound, missed.lowerBound, "who finds the toy comes first")
    }

    func testWhatIsNotThereIsSaid() throws {
        try refuse(["report", "nowhere"], "nowhere", "no run here has been validated")
        try makeRuns()
        try refuse(["report", "1.video-tokenizer/checkpoints/quick", "--output", "page.txt"], ".html")
        try refuse(["report", "1.video-tokenizer/checkpoints/quick", "--output", "nowhere/page.html"], "nowhere/page.html")
    }

    func testABrowserShowsItWideAndNarrow() throws {
        if let other = ProcessInfo.processInfo.environment["WORKBOOK_REPORT"] {
            try FileManager.default.copyItem(at: URL(fileURLWithPath: other), to: file("report.html"))
        } else {
            try makeRuns()
            try succeed([
                "report", "1.video-tokenizer/checkpoints/quick", "4.reward-model/checkpoints/quick",
                "4.reward-model/checkpoints/pretrained",
            ])
        }
        for (width, scheme) in [(1400, "light"), (400, "light"), (1400, "dark")] {
            let browser = try Browser(opening: file("report.html"), width: width, height: 900)
            try browser.call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": scheme]]])
            try waitUntil("the page is there") { try browser.value("document.readyState") == "complete" }
            XCTAssertEqual(try browser.value("innerWidth"), "\(width)")
            XCTAssertLessThanOrEqual(Int(try browser.value("document.documentElement.scrollWidth"))!, width, "nothing hangs out")
            XCTAssertEqual(try browser.value("[...document.images].filter(i => !i.complete || !i.naturalWidth).length"), "0")
            XCTAssertEqual(
                try browser.value("performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length"), "0")
            let paper = try browser.value("getComputedStyle(document.body).backgroundColor")
            XCTAssertEqual(paper, scheme == "dark" ? "rgb(27, 26, 24)" : "rgb(251, 250, 247)")
            if let folder = ProcessInfo.processInfo.environment["WORKBOOK_SCREENSHOTS"] {
                try browser.screenshot(whole: true).write(
                    to: URL(fileURLWithPath: folder).appendingPathComponent("report-\(width)-\(scheme).png"))
            }
        }
    }

    func testWeightsArePacked() throws {
        var writer = SafeTensorsWriter(metadata: ["kind": "sample", "configuration": "{}", "companions": "{}"])
        writer.add("keep.me", shape: [2], floats: [0.1, -3])
        writer.add("maps.first", shape: [1], floats: [1])
        try writer.write(to: file("model.safetensors"))
        let said = try succeed(["pack-weights", "model.safetensors", "pretrained/model.safetensors", "--without", "maps."])
        XCTAssertTrue(said.contains("no number moved by more than 0.00002"), said)
        let packed = try SafeTensorsFile(contentsOf: file("pretrained/model.safetensors"))
        XCTAssertEqual(packed.names, ["keep.me"])
        XCTAssertEqual(packed.entries["keep.me"]?.dtype, .f16)
        XCTAssertEqual(packed.metadata, ["kind": "sample", "configuration": "{}"])

        try refuse(["pack-weights", "model.safetensors", "model.safetensors"], "would replace")
        var large = SafeTensorsWriter()
        large.add("x", shape: [1], floats: [1e6])
        try large.write(to: file("large.safetensors"))
        try refuse(["pack-weights", "large.safetensors", "packed.safetensors"], "large.safetensors", "'x'", "F16")
    }
}
