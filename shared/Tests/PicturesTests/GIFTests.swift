// GIFTests.swift - are GIF frames painted as other programs paint them, and are ours free of bands and flicker?

import XCTest
@testable import Pictures

final class GIFTests: XCTestCase {
    func testFramesAreThoseThatPillowSees() throws {
        let files = try Fixtures.files("gif")
        XCTAssertEqual(files.count, 9)
        for url in files {
            let animation = try Animation(gifAt: url)
            XCTAssertEqual(animation.frames.flatMap(\.pixels), try Fixtures.expected(for: url), url.lastPathComponent)
        }
    }

    func testDelaysAreSeconds() throws {
        XCTAssertEqual(try Animation(gifAt: Fixtures.url("pillow.gif")).delays, [0.05, 0.12, 0.07, 0.25])
        XCTAssertEqual(try Animation(gifAt: Fixtures.url("restore.gif")).delays, [0.2, 0.04, 0.07, 0.07])
    }

    func testTransparencyShowsTheGivenBackground() throws {
        let frame = try Animation(gifAt: Fixtures.url("partial-first.gif"), background: Color(1, 2, 3)).frames[0]
        XCTAssertEqual(frame[17, 0], Color(1, 2, 3))
    }

    /// A gray-blue slope with a red disc that moves over it: many more than 256 colors. With `noise`, as a camera has it.
    private func film(noise: Int) -> Animation {
        var numbers = TestNumbers(3)
        return Animation(frames: (0 ..< 12).map { k in
            var image = Image(width: 64, height: 64)
            for y in 0 ..< 64 {
                for x in 0 ..< 64 {
                    let dx = x - 4 * k - 8, dy = y - 40
                    let base = dx * dx + dy * dy < 49 ? [210 + dx, 40 + dy, 30] : [90 + x, 80 + y, 120 + (x + y) / 2]
                    let c = base.map { UInt8($0 + (noise > 0 ? numbers.below(2 * noise) - noise : 0)) }
                    image[x, y] = Color(c[0], c[1], c[2])
                }
            }
            return image
        }, framesPerSecond: 15)
    }

    func testWrittenGIFsAreCloseAndKeepTheirTime() throws {
        for (noise, wanted) in [(0, 42.0), (6, 37.0)] {
            for dithered in [true, false] {
                let film = film(noise: noise), data = try film.gifData(dithered: dithered)
                let back = try Animation(gifData: data, name: "memory")
                XCTAssertEqual(back.frames.count, 12)
                let value = psnr(back.frames.flatMap(\.pixels), film.frames.flatMap(\.pixels))
                print("GIF, noise \(noise), \(dithered ? "dithered" : "plain"): \(String(format: "%.2f", value)) dB, \(data.count) bytes")
                XCTAssertGreaterThan(value, wanted)
                XCTAssertEqual(back.delays.reduce(0, +), 12 / 15.0, accuracy: 0.006)
            }
        }
    }

    func testDitherKeepsTheMeanOfSmoothAreas() throws {                     // that is what "does not band" means
        let film = film(noise: 0), back = try Animation(gifData: film.gifData(), name: "memory")
        let small = zip(film.frames, back.frames).map { ($0.resized(width: 8, height: 8).pixels, $1.resized(width: 8, height: 8).pixels) }
        XCTAssertGreaterThan(psnr(small.flatMap(\.0), small.flatMap(\.1)), 42)
    }

    func testStillAreasDoNotFlicker() throws {
        let back = try Animation(gifData: film(noise: 0).gifData(), name: "memory")
        for frame in back.frames.dropFirst() {                              // the disc never comes to the upper half
            XCTAssertEqual(frame.cropped(x: 0, y: 0, width: 64, height: 32), back.frames[0].cropped(x: 0, y: 0, width: 64, height: 32))
        }
    }

    /// The files that we write, seen by another program: skipped where Python has no Pillow.
    func testPillowSeesWhatWeWrite() throws {
        try withTemporaryFolder { folder in
            let film = film(noise: 6), gif = folder.appendingPathComponent("a.gif"), png = folder.appendingPathComponent("a.png")
            try film.writeGIF(to: gif)
            try film.frames[3].writePNG(to: png)
            let script = """
                import sys
                from PIL import Image, ImageSequence
                gif = Image.open(sys.argv[1])
                assert gif.info["loop"] == 0
                frames = [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(gif)]
                open(sys.argv[3], "wb").write(b"".join(frames) + Image.open(sys.argv[2]).tobytes())
                """
            let seen = folder.appendingPathComponent("seen")
            func run(_ arguments: [String]) throws -> Int32 {
                let python = Process()
                python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                python.arguments = [ProcessInfo.processInfo.environment["WORKBOOK_PYTHON"] ?? "python3"] + arguments
                python.standardError = FileHandle.nullDevice
                try python.run()
                python.waitUntilExit()
                return python.terminationStatus
            }
            guard try run(["-c", "import PIL"]) == 0 else { throw XCTSkip("python3 has no Pillow (pip install pillow)") }
            XCTAssertEqual(try run(["-c", script, gif.path, png.path, seen.path]), 0)
            let ours = try Animation(gifAt: gif).frames.flatMap(\.pixels) + film.frames[3].pixels
            XCTAssertEqual(try [UInt8](Data(contentsOf: seen)), ours)
        }
    }

    func testFewColorsAreKeptExactly() throws {
        for count in [1, 2, 3, 200, 256] {
            var image = Image(width: 20, height: 20)
            for i in 0 ..< 400 { image[i % 20, i / 20] = Color(UInt8(i % count), 7, UInt8((i % count) / 3)) }
            let animation = Animation(frames: [image, image], delays: [0.5, 0.02])
            XCTAssertEqual(try Animation(gifData: animation.gifData(), name: "memory"), animation)
        }
    }

    func testErrorsNameTheFileAndTheRemedy() throws {
        XCTAssertThrowsError(try Animation(frames: [], delays: []).gifData())
        XCTAssertThrowsError(try Animation(gifAt: URL(fileURLWithPath: "/nowhere/a.gif"))) {
            XCTAssertEqual("\($0)", "/nowhere/a.gif: there is no such file; check the path")
        }
        func message(_ bytes: [UInt8]) -> String {
            do { _ = try Animation(gifData: Data(bytes), name: "a.gif"); return "" } catch { return "\(error)" }
        }
        let header = Array("GIF89a".utf8)
        XCTAssertEqual(message([0x89, 0x50]), "a.gif: not a GIF file; convert it to GIF")
        XCTAssertEqual(message(header + [9, 0, 9, 0, 0, 0, 0, 0x3B]), "a.gif: a GIF without any frame; make the file again")
        XCTAssertTrue(message(header + [0, 0, 9, 0, 0, 0, 0, 0x3B]).contains("0x9 pixels"))
        XCTAssertTrue(message(header + [255, 255, 255, 255, 0, 0, 0, 0x3B]).contains("too large"))
        let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 9, 0, 9, 0, 0, 2, 2, 0x4C, 1, 0]
        XCTAssertTrue(message(header + [9, 0, 9, 0, 0, 0, 0] + frame + [0x3B]).contains("without a palette"))

        // A frame of 60,000 x 60,000 in a few bytes: refused before it is read. So are too many smaller ones in sum.
        let large: [UInt8] = header + [9, 0, 9, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, 0x60, 0xEA, 0x60, 0xEA, 0, 2]
        XCTAssertTrue(message(large).contains("million pixels in its frames"), message(large))
    }
}
