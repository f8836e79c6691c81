// ImageTests.swift - do pictures keep their pixels when they are cut, joined, scaled and resized?

import XCTest
@testable import Pictures

final class ImageTests: XCTestCase {
    /// A picture whose pixels all differ, so that none can stand in for another.
    static func ramp(_ width: Int, _ height: Int) -> Image {
        var image = Image(width: width, height: height)
        for y in 0 ..< height {
            for x in 0 ..< width { image[x, y] = Color(UInt8(x % 256), UInt8(y % 256), UInt8((7 * x + 13 * y) % 256)) }
        }
        return image
    }

    func testSubscriptFillAndBlendAddressRGBFromTheTopLeft() {
        var image = Image(width: 3, height: 2, color: .black)
        image[2, 1] = Color(1, 2, 3)
        XCTAssertEqual(Array(image.pixels.suffix(3)), [1, 2, 3])
        image.fill(x: -5, y: -5, width: 6, height: 6, .white)               // reaches out of the picture
        XCTAssertEqual(image[0, 0], .white)
        XCTAssertEqual(image[1, 0], .black)
        image.fill(x: 9, y: 9, width: 3, height: 3, .white)                 // lies outside
        image.blend(1, 0, .white, 0.5)
        XCTAssertEqual(image[1, 0], .gray(128))
        image.blend(-1, 7, .white, 1)
    }

    func testCropPasteBesideAndAbove() {
        let image = Self.ramp(7, 5)
        let crop = image.cropped(x: 2, y: 1, width: 3, height: 4)
        XCTAssertEqual(crop[0, 0], image[2, 1])
        XCTAssertEqual(crop[2, 3], image[4, 4])

        var canvas = Image(width: 4, height: 4)
        canvas.paste(image, x: -5, y: -4)                                   // only the last corner lies inside
        XCTAssertEqual(canvas[1, 0], image[6, 4])
        XCTAssertEqual(canvas[2, 0], .white)
        let before = canvas
        canvas.paste(image, x: 4, y: 0)
        canvas.paste(image, x: -7, y: -9)
        XCTAssertEqual(canvas, before)

        let pair = image.beside(crop, gap: 2, background: .black)
        XCTAssertEqual([pair.width, pair.height], [12, 5])
        XCTAssertEqual(pair[9, 0], crop[0, 0])
        XCTAssertEqual(pair[7, 0], .black)
        let stack = image.above(crop, gap: 1)
        XCTAssertEqual([stack.width, stack.height], [7, 10])
        XCTAssertEqual(stack[0, 6], crop[0, 0])
    }

    func testScalingRepeatsPixels() {
        let image = Self.ramp(5, 4), large = image.scaled(by: 3)
        for y in 0 ..< 12 { for x in 0 ..< 15 { XCTAssertEqual(large[x, y], image[x / 3, y / 3]) } }
        XCTAssertEqual(large.resized(width: 5, height: 4), image)           // the average of equal pixels is the pixel
    }

    func testShrinkingAveragesTheCoveredArea() {
        var image = Image(width: 3, height: 1, color: .black)
        image[1, 0] = .gray(90)
        image[2, 0] = .gray(240)
        let small = image.resized(width: 2, height: 1)                      // (0 + 90/2) / 1.5 and (90/2 + 240) / 1.5
        XCTAssertEqual(small.pixels, [30, 30, 30, 190, 190, 190])
        XCTAssertEqual(image.resized(width: 1, height: 1)[0, 0], .gray(110))
    }

    func testGrowingBlendsBetweenPixelCenters() {
        var image = Image(width: 2, height: 1, color: .black)
        image[1, 0] = .gray(200)
        let large = image.resized(width: 4, height: 3)                      // centers at 0, 1/4, 3/4, 1 of the way
        for y in 0 ..< 3 { XCTAssertEqual((0 ..< 4).map { large[$0, y].r }, [0, 50, 150, 200]) }
        let flat = Image(width: 5, height: 9, color: Color(255, 1, 77))
        XCTAssertEqual(flat.resized(width: 13, height: 4), Image(width: 13, height: 4, color: Color(255, 1, 77)))
    }

    func testEveryLetterIsDrawnAndDiffersFromTheOthers() {
        var seen = Set<[UInt8]>()
        for code in UInt32(32) ..< 127 {
            var image = Image(width: 5, height: 9)
            image.drawText(String(Unicode.Scalar(code)!), x: 0, y: 0)
            XCTAssertEqual(image == Image(width: 5, height: 9), code == 32)
            seen.insert(image.pixels)
        }
        XCTAssertEqual(seen.count, 94)                                      // 0 and O share their shape
        var question = Image(width: 5, height: 9), foreign = question
        question.drawText("?", x: 0, y: 0)
        foreign.drawText("λ", x: 0, y: 0)
        XCTAssertEqual(question, foreign)
        foreign.drawText("off the edge", x: -40, y: 4, scale: 3)            // is clipped
        XCTAssertEqual(Image.textSize("abc", scale: 2).width, 34)
    }

    func testSheetHasRoomForAllItsPictures() {
        let images = (0 ..< 5).map { Image(width: 8, height: 8, color: .gray(UInt8(40 * $0))) }
        let plain = Image.sheet(images, columns: 3, padding: 2, background: Color(255, 0, 0))
        XCTAssertEqual([plain.width, plain.height], [32, 22])
        XCTAssertEqual(plain[2, 2], images[0][0, 0])
        XCTAssertEqual(plain[12, 12], images[4][0, 0])
        let labeled = Image.sheet(rows: [images, []], title: "a title that is wider than the pictures below it, by far",
                                   rowLabels: ["one", "two"], columnLabels: ["a"], captions: ["x", "", "a long caption"], scale: 2)
        XCTAssertGreaterThan(labeled.width, 56 * 12)
    }
}
