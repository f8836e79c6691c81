// PNGTests.swift - is a PNG read to the same pixels that another program sees, and written back bit for bit?

import XCTest
@testable import Pictures

final class PNGTests: XCTestCase {
    func testPixelsAreThoseThatPillowSees() throws {
        let files = try Fixtures.files("png")
        XCTAssertEqual(files.count, 12)
        for url in files { XCTAssertEqual(try Image(pngAt: url).pixels, try Fixtures.expected(for: url), url.lastPathComponent) }
    }

    func testTransparencyShowsTheGivenBackground() throws {
        let url = Fixtures.url("rgba.png")
        XCTAssertEqual(try Image(pngAt: url, background: Color(1, 2, 3))[0, 0], Color(1, 2, 3))     // alpha is 0 there
    }

    func testWrittenPNGsReadBackBitForBit() throws {
        for (width, height) in [(1, 1), (1, 300), (64, 64), (257, 3)] {
            let image = ImageTests.ramp(width, height)
            XCTAssertEqual(try Image(pngData: image.pngData(), name: "memory"), image)
        }
        var noise = Image(width: 200, height: 100), state: UInt32 = 1        // nothing to compress: the worst case for room
        for i in noise.pixels.indices { state = state &* 1_664_525 &+ 1_013_904_223; noise.pixels[i] = UInt8(state >> 24) }
        XCTAssertEqual(try Image(pngData: noise.pngData(), name: "memory"), noise)
    }

    func testFilesAreReplacedWholeAndNothingElseIsLeft() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("picture.png")
            try Image(width: 9, height: 9).writePNG(to: url)
            try ImageTests.ramp(30, 20).writePNG(to: url)
            XCTAssertEqual(try Image(pngAt: url), ImageTests.ramp(30, 20))
            XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["picture.png"])
        }
    }

    func testErrorsNameTheFileAndTheRemedy() throws {
        let missing = URL(fileURLWithPath: "/nowhere/at-all.png")
        XCTAssertThrowsError(try Image(pngAt: missing)) {
            XCTAssertEqual("\($0)", "/nowhere/at-all.png: there is no such file; check the path")
        }
        XCTAssertThrowsError(try Image(width: 1, height: 1).writePNG(to: missing)) {
            XCTAssertTrue("\($0)".contains("does the folder exist"), "\($0)")
        }
        XCTAssertThrowsError(try Image(pngAt: FileManager.default.temporaryDirectory)) {
            XCTAssertTrue("\($0)".contains("is it a file"), "\($0)")
        }
        XCTAssertThrowsError(try Image(pngData: Data("GIF89a".utf8), name: "a.png")) {
            XCTAssertEqual("\($0)", "a.png: not a PNG file; convert it to PNG")
        }
        XCTAssertThrowsError(try Image(pngData: Data(), name: "empty.png"))

        // A header that promises 60,000 x 60,000 pixels is refused before memory is set aside for them.
        var huge = try Image(width: 1, height: 1).pngData()
        huge.replaceSubrange(16 ..< 24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
        XCTAssertThrowsError(try Image(pngData: huge, name: "huge.png"))
    }
}
