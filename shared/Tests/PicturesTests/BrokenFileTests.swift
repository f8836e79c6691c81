// BrokenFileTests.swift - does a damaged file end in a clear error, never in a crash?

import XCTest
@testable import Pictures

final class BrokenFileTests: XCTestCase {
    /// Reads damaged bytes; whatever comes out must be a whole picture or an error of one line that names the file.
    private func read(_ data: Data, _ name: String, errors: inout Int, file: StaticString = #filePath, line: UInt = #line) {
        do {
            let images = name.hasSuffix("png") ? [try Image(pngData: data, name: name)] : try Animation(gifData: data, name: name).frames
            XCTAssertFalse(images.isEmpty)
            for image in images { XCTAssertEqual(image.pixels.count, image.width * image.height * 3, file: file, line: line) }
        } catch let error as PictureError {
            errors += 1
            XCTAssertTrue(
                error.description.hasPrefix("\(name): ") && !error.description.contains("\n"), error.description, file: file, line: line)
        } catch { XCTFail("\(name): an error of another kind: \(error)", file: file, line: line) }
    }

    private func all() throws -> [(name: String, data: Data)] {
        try (Fixtures.files("png") + Fixtures.files("gif")).map { ($0.lastPathComponent, try Data(contentsOf: $0)) }
    }

    func testFilesCutAtEveryLength() throws {
        var errors = 0, tried = 0
        for (name, data) in try all() {
            for length in 0 ..< data.count {
                read(data.prefix(length), name, errors: &errors)
                tried += 1
            }
            // Before half of the file nothing can be whole.
            XCTAssertThrowsError(try name.hasSuffix("png") ? Image(pngData: data.prefix(data.count / 2), name: name).width
                                                           : Animation(gifData: data.prefix(data.count / 2), name: name).frames.count)
        }
        print("\(tried) cuts: \(errors) errors, \(tried - errors) whole pictures (a PNG is whole before its last checksum)")
    }

    func testFlippedBytes() throws {
        var numbers = TestNumbers(1), errors = 0, tried = 0
        for (name, data) in try all() {
            for round in 0 ..< 150 {
                var broken = data
                for _ in 0 ... round % 4 { broken[numbers.below(data.count)] = UInt8(numbers.below(256)) }
                read(broken, name, errors: &errors)
                tried += 1
            }
        }
        print("\(tried) files with flipped bytes: \(errors) errors, \(tried - errors) pictures")
    }

    func testPiecesRemovedRepeatedAndSwapped() throws {
        var numbers = TestNumbers(2), errors = 0, tried = 0
        for (name, data) in try all() {
            for _ in 0 ..< 60 {
                let start = numbers.below(data.count), end = start + numbers.below(min(40, data.count - start) + 1)
                let piece = data[start ..< end], place = numbers.below(data.count)
                read(data.prefix(start) + data.suffix(from: end), name, errors: &errors)
                read(data.prefix(place) + piece + data.suffix(from: place), name, errors: &errors)
                tried += 2
            }
        }
        print("\(tried) files with pieces removed or repeated: \(errors) errors, \(tried - errors) pictures")
    }

    /// Checksums guard most of a PNG from the flips above; with the right ones the damage reaches libpng's insides.
    func testDamagedPNGHeadersWithRightChecksums() throws {
        var numbers = TestNumbers(4), errors = 0, tried = 0
        for (name, data) in try all() where name.hasSuffix("png") {
            for _ in 0 ..< 100 {
                var broken = data
                broken[16 + numbers.below(13)] = UInt8(numbers.below(256))          // width, height, depth, kind, interlacing
                var checksum: UInt32 = 0xFFFF_FFFF
                for byte in broken[12 ..< 29] {
                    checksum ^= UInt32(byte)
                    for _ in 0 ..< 8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
                }
                broken.replaceSubrange(29 ..< 33, with: withUnsafeBytes(of: (~checksum).bigEndian, Array.init))
                read(broken, name, errors: &errors)
                tried += 1
            }
        }
        print("\(tried) PNGs with damaged headers: \(errors) errors, \(tried - errors) pictures")
    }
}
