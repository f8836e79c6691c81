// ImagineTests.swift - are the film and the sheet there, and do they show what they say?

import CommandTesting
import Pictures
import Recording
import XCTest

final class ImagineTests: XCTestCase {
    private func imagine(_ arguments: String...) throws -> (film: Animation, sheet: Image, said: String) {
        let program = try StartedCommand(["imagine", "--data", "data", "--output", "film"] + arguments)
        let (status, output, errors) = program.finish()
        XCTAssertEqual(status, 0, errors)
        let place = Sample.folder.appendingPathComponent("film")
        return (try Animation(gifAt: place.appendingPathExtension("gif")), try Image(pngAt: place.appendingPathExtension("png")), output)
    }

    func testTheRobotsOwnActions() throws {
        let (film, sheet, said) = try imagine("--frames", "6", "--start", "1")
        XCTAssertEqual(film.frames.count, 4 + 6)
        XCTAssertEqual(film.delays[0], 0.25)
        XCTAssertEqual(film.delays.last, 1.25)
        XCTAssertTrue(said.contains("6 frames from episode 0, frames 1 to 4") && said.contains("recorded"), said)
        XCTAssertGreaterThan(sheet.height, 5 * 128)
        // Side by side: before the imagination begins both are the same real frame.
        func sides(_ page: Image) -> [Image] { [6, 6 + 256 + 6].map { page.cropped(x: $0, y: 60, width: 256, height: 200) } }
        // (Not bit for bit: a GIF scatters what its palette lacks.)
        func difference(_ page: Image) -> Double {
            let pair = sides(page).map(\.pixels)
            return zip(pair[0], pair[1]).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(pair[0].count)
        }
        XCTAssertLessThan(difference(film.frames[3]), 0.3 * difference(film.frames[4]))
        // The episode has 12 frames: 5 were before, so 7 are left of the 12 that are wanted when nobody says how many.
        XCTAssertEqual(try imagine("--start", "1").film.frames.count, 4 + 7)
    }

    func testOtherActionsBesideTheSimulator() throws {
        let (first, _, said) = try imagine("--actions", "left*2,forward", "--sampling-steps", "2", "--temperature", "0")
        XCTAssertEqual(first.frames.count, 4 + 3)
        XCTAssertTrue(said.contains("simulated, and imagined beside it"), said)
        // Without a draw there is nothing for a seed to decide; with draws, all of it.
        func film(_ temperature: Int, _ seed: Int) throws -> Animation {
            try imagine("--actions", "left*2,forward", "--sampling-steps", "2", "--temperature", "\(temperature)", "--seed", "\(seed)").film
        }
        XCTAssertTrue(try film(0, 2) == first, "temperature 0, other seeds")
        let drawn = try film(1, 1)
        XCTAssertTrue(try film(1, 1) == drawn, "temperature 1, the same seed")
        XCTAssertFalse(try film(1, 2) == drawn, "temperature 1, other seeds")
    }

    func testAPictureAsTheStart() throws {
        try Image(width: 90, height: 70, color: Color(30, 90, 160)).writePNG(to: Sample.folder.appendingPathComponent("blue.png"))
        let (film, _, said) = try imagine("--start-picture", "blue.png", "--actions", "forward*3")
        XCTAssertEqual(film.frames.count, 1 + 3)
        XCTAssertTrue(said.contains("3 frames from blue.png"), said)
    }

    func testWhatCannotBeImagined() throws {
        try Data("no picture".utf8).write(to: Sample.folder.appendingPathComponent("text.png"))
        let cases: [([String], String)] = [
            (["--actions", "fly"], "no action is called 'fly'"), (["--episode", "7"], "--episode is 0 to 1"),
            (["--start", "9"], "--start is 0 to 8"),
            (["--start", "8"], "ends with the 4 frames of the start"), (["--start-picture", "blue.png"], "say what to do with --actions"),
            (["--start-picture", "none.png", "--actions", "left"], "none.png"),
            (["--start-picture", "text.png", "--actions", "left"], "not a PNG"),
            (["--run", "other"], "train-dynamics"), (["--data", "nowhere"], "nowhere/validation"),
            (["--sampling-steps", "0"], "--sampling-steps"),
            (["--temperature", "11"], "--temperature"), (["--output", "no/such/folder/film"], "no/such/folder/film.gif"),
        ]
        for (arguments, words) in cases {
            let (status, _, errors) = try StartedCommand(["imagine", "--data", "data"] + arguments).finish()
            let lines = errors.split(separator: "\n").filter { !$0.hasPrefix("Usage: ") && !$0.hasPrefix("  See ") }
            XCTAssertGreaterThan(status, 0, "\(arguments)")
            XCTAssertEqual(lines.count, 1, errors)
            XCTAssertTrue(errors.contains(words), errors)
        }
    }
}
