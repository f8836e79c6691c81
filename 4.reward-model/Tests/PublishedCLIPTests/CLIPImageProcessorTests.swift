// CLIPImageProcessorTests.swift - are the pixels those of Pillow and the `transformers` library, to the last bit?

import Pictures
@testable import PublishedCLIP
import SafeTensors
import XCTest

final class CLIPImageProcessorTests: XCTestCase {
    func testResizeAndCropAgainstPillow() throws {
        let file = try SafeTensorsFile(contentsOf: fixture("resize.safetensors"))
        // The order of the script: a picture's seed is its place.
        let sizes = [
            (64, 64, 32), (64, 64, 42), (33, 32, 32), (32, 32, 32), (20, 20, 32), (1, 1, 32), (3, 50, 32), (200, 7, 32), (97, 61, 42),
            (31, 90, 30), (640, 480, 56), (1000, 20, 16),
        ]
        for (seed, (width, height, size)) in sizes.enumerated() {
            let square = CLIPImageProcessor(size: size).square(picture(width, height, seed: seed))
            XCTAssertEqual(square.width, size)
            let expected = try file.integers("\(width)x\(height) \(size)")
            XCTAssertEqual(square.pixels.count, expected.count)
            let wrong = zip(square.pixels, expected).filter { Int($0) != $1 }.count
            XCTAssertEqual(wrong, 0, "bytes of \(width)x\(height) to \(size)")
        }
        XCTAssertEqual(file.names.count, sizes.count + 1)
    }

    func testNormalizationAgainstTransformers() throws {
        let file = try SafeTensorsFile(contentsOf: fixture("resize.safetensors"))
        let pixels = CLIPImageProcessor(size: 8)([picture(8, 8, seed: 1), picture(8, 8, seed: 2)])
        XCTAssertEqual(pixels.shape, [2, 3, 8, 8])
        for (actual, expected) in zip(pixels.values, try file.floats("normalized")) { XCTAssertEqual(actual, expected, accuracy: 1e-5) }
    }

    func testAVeryLongPictureTakesNoMemory() {
        // Resized whole, it would be 7 gigabytes.
        let square = CLIPImageProcessor(size: 224).square(Image(width: 1, height: 50_000, color: Color(10, 20, 30)))
        XCTAssertEqual(square, Image(width: 224, height: 224, color: Color(10, 20, 30)))
    }
}
