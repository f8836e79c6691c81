// OddFileTests.swift - files that are not as the book says, but as the world has them.

import XCTest
@testable import Pictures

final class OddFileTests: XCTestCase {
    // MARK: GIF

    private static let levels: [UInt8] = [10, 90, 200]
    /// A GIF as bytes: a screen of the given size, and three gray frames of 4x4 with `between` after each.
    private func gif(screen: (Int, Int) = (4, 4), between: [UInt8] = [], end: [UInt8] = [0x3B]) -> Data {
        func word(_ n: Int) -> [UInt8] { [UInt8(n & 255), UInt8(n >> 8)] }
        var bytes = Array("GIF89a".utf8) + word(screen.0) + word(screen.1) + [0x81, 0, 0]
        for level in Self.levels + [0] { bytes += [level, level, level] }
        for index in 0 ..< 3 as Range<UInt8> {
            bytes += [0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0] + word(4) + word(4) + [0, 2]
            // LZW of codes of 3 bits, cleared before each pair of pixels so that they stay of 3 bits: clear, a, a.
            var bits: [UInt8] = []
            for _ in 0 ..< 8 { for code in [4, index, index] { bits += (0 ..< 3).map { code >> $0 & 1 } } }
            bits += (0 ..< 3).map { 5 >> $0 & 1 }
            while bits.count % 8 != 0 { bits.append(0) }
            let packed = stride(from: 0, to: bits.count, by: 8).map { i in (0 ..< 8).reduce(UInt8(0)) { $0 | bits[i + $1] << $1 } }
            bytes += [UInt8(packed.count)] + packed + [0] + between
        }
        return Data(bytes + end)
    }

    private func levels(_ data: Data) throws -> [UInt8] { try Animation(gifData: data, name: "a.gif").frames.map { $0[0, 0].g } }

    func testGIFsWithoutAnEndMark() throws {
        for end in [[0x3B], [], [0], [0, 0, 0], [0x3B, 0x3B], [0, 0x3B], [0x3B, 1, 2, 3]] as [[UInt8]] {
            XCTAssertEqual(try levels(gif(end: end)), Self.levels, "\(end)")
        }
        for between in [[0], [0, 0, 0], [UInt8](repeating: 0, count: 300)] as [[UInt8]] {
            XCTAssertEqual(try levels(gif(between: between)), Self.levels)
        }
        // Cut inside a frame it is damaged, not short.
        XCTAssertThrowsError(try levels(gif().dropLast(4))) { XCTAssertTrue("\($0)".contains("damaged or cut short")) }
        XCTAssertThrowsError(try levels(gif(between: [7]))) { XCTAssertTrue("\($0)".contains("damaged or cut short")) }
    }

    func testOddScreens() throws {
        for (screen, size) in [((0, 0), (4, 4)), ((1, 1), (4, 4)), ((0, 4), (4, 4)), ((4, 2), (4, 4)), ((9, 2), (9, 4)), ((6, 7), (6, 7))] {
            let animation = try Animation(gifData: gif(screen: screen), name: "a.gif")
            XCTAssertEqual(animation.frames.map(\.width), [Int](repeating: size.0, count: 3), "\(screen)")
            XCTAssertEqual(animation.frames.map(\.height), [Int](repeating: size.1, count: 3), "\(screen)")
            XCTAssertEqual(animation.frames.map { $0[3, 3].g }, Self.levels)
        }
    }

    func testTooManyFrames() throws {
        let one = gif(), front = one.prefix(13 + 12), frame = one[25 ..< 25 + (one.count - 26) / 3]
        var long = front
        for _ in 0 ... Animation.mostFrames { long += frame }
        XCTAssertThrowsError(try levels(long)) { XCTAssertTrue("\($0)".contains("more than \(Animation.mostFrames) frames"), "\($0)") }
    }

    // MARK: PNG

    /// A PNG of 16 bits a channel by hand, its lines stored without compression.
    private func deepPNG(
        width: Int, height: Int, color: UInt8, interlaced: Bool, chunks: [(String, [UInt8])] = [], _ pixel: (Int, Int) -> [UInt16]
    ) -> Data {
        let passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] : [(0, 0, 1, 1)]
        var raw: [UInt8] = []
        for (x0, y0, dx, dy) in passes where x0 < width && y0 < height {
            for y in stride(from: y0, to: height, by: dy) {
                raw.append(0)
                for x in stride(from: x0, to: width, by: dx) { for value in pixel(x, y) { raw += [UInt8(value >> 8), UInt8(value & 255)] } }
            }
        }
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in raw { a = (a + UInt32(byte)) % 65521; b = (b + a) % 65521 }
        func big(_ n: Int) -> [UInt8] { [UInt8(n >> 24 & 255), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255), UInt8(n & 255)] }
        func little(_ n: Int) -> [UInt8] { [UInt8(n & 255), UInt8(n >> 8)] }
        let stored = [0x78, 0x01, 0x01] + little(raw.count) + little(raw.count ^ 0xFFFF) + raw + big(Int(b << 16 | a))
        func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
            var sum: UInt32 = ~0
            for byte in Array(kind.utf8) + body {
                sum ^= UInt32(byte); for _ in 0 ..< 8 { sum = sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
            }
            return big(body.count) + Array(kind.utf8) + body + big(Int(~sum))
        }
        var file: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] + chunk("IHDR", big(width) + big(height) + [16, color, 0, 0, interlaced ? 1 : 0])
        for (kind, body) in chunks { file += chunk(kind, body) }
        return Data(file + chunk("IDAT", stored) + chunk("IEND", []))
    }

    func testDeepInterlacedPicturesAreTheSameAsPlainOnes() throws {
        for (width, height) in [(16, 16), (1, 1), (3, 9), (21, 5)] {
            func rgb(_ x: Int, _ y: Int) -> [UInt16] { (0 ..< 3).map { UInt16(truncatingIfNeeded: 4111 * x + 25_013 * y + 9973 * $0) } }
            let pictures = try [false, true].map { interlaced in
                try Image(pngData: deepPNG(width: width, height: height, color: 2, interlaced: interlaced, rgb), name: "a.png")
            }
            XCTAssertEqual(pictures[0], pictures[1], "\(width)x\(height)")
            let grays = try [false, true].map { interlaced in
                try Image(
                    pngData: deepPNG(width: width, height: height, color: 0, interlaced: interlaced) { [rgb($0, $1)[0]] }, name: "a.png")
            }
            XCTAssertEqual(grays[0], grays[1], "gray \(width)x\(height)")
            XCTAssertNotEqual(pictures[0], grays[0])
        }
    }

    /// Where libpng's answer could not be mended, nobody gets it.
    func testDeepInterlacedPicturesWithMoreToThemAreRefused() throws {
        func pixel(_ x: Int, _ y: Int) -> [UInt16] { [UInt16(x * 999), UInt16(y * 999), 7, 40_000] }
        XCTAssertNoThrow(try Image(pngData: deepPNG(width: 9, height: 9, color: 6, interlaced: false, pixel), name: "a.png"))
        for data in [deepPNG(width: 9, height: 9, color: 6, interlaced: true, pixel),
            deepPNG(width: 9, height: 9, color: 2, interlaced: true, chunks: [("gAMA", [0, 1, 0x86, 0xA0])]) {
                Array(pixel($0, $1).prefix(3))
            },
        ] {
            XCTAssertThrowsError(try Image(pngData: data, name: "a.png")) { XCTAssertTrue("\($0)".hasPrefix("a.png: interlaced"), "\($0)") }
        }
    }

    func testWhatLiesUnderTransparency() throws {
        let data = deepPNG(width: 2, height: 1, color: 6, interlaced: false) { x, _ in [0xFFFF, 0x8080, 0, x == 0 ? 0 : 0xFFFF] }
        XCTAssertEqual(try Image(pngData: data, name: "a.png").pixels, [255, 255, 255, 255, 128, 0])
        XCTAssertEqual(try Image(pngData: data, name: "a.png", background: nil).pixels, [255, 128, 0, 255, 128, 0])
    }

    // MARK: Whose picture is it?

    func testOursSaySo() throws {
        try withTemporaryFolder { folder in
            let png = folder.appendingPathComponent("a.png"), gif = folder.appendingPathComponent("a.gif"),
                other = folder.appendingPathComponent("b.png")
            var image = Image(width: 40, height: 30)
            for i in 0 ..< 1200 { image[i % 40, i / 40] = Color(UInt8(i % 251), UInt8(i % 13), UInt8(i % 97)) }
            try image.writePNG(to: png, by: "score")
            try Animation(frames: [image, image], framesPerSecond: 1).writeGIF(to: gif, by: "imagine")
            try deepPNG(width: 2, height: 2, color: 2, interlaced: false) { _, _ in [1, 2, 3] }.write(to: other)
            XCTAssertEqual(try Image(pngAt: png), image)
            XCTAssertTrue(isMadeHere(png) && isMadeHere(png, by: "score") && isMadeHere(gif, by: "imagine"))
            XCTAssertFalse(
                isMadeHere(png, by: "imagine") || isMadeHere(other) || isMadeHere(folder)
                    || isMadeHere(folder.appendingPathComponent("nothing")))

            XCTAssertNoThrow(try checkOutput([png, folder.appendingPathComponent("new.png")], by: "score"))
            for (urls, inputs, words) in [
                ([other], [], "there already"), ([gif], [], "`score` did not make it"), ([png], [png], "one of the pictures"),
                                          ([folder], [], "a folder")] as [([URL], [URL], String)] {
                XCTAssertThrowsError(try checkOutput(urls, inputs: inputs, by: "score")) { XCTAssertTrue("\($0)".contains(words), "\($0)") }
            }
        }
    }
}
