// Image.swift - what is a picture here?
//
// Width, height and a flat array of bytes `[H, W, 3]`: red, green, blue, row by row from the top left. That is
// also the layout of a frame in an episode file, so frames and pictures turn into each other without work.
// There is no alpha: transparency is composited away when a file is read.

import Files
import Foundation

/// An RGB color, 0...255 a channel (sRGB, as files and screens have it).
public struct Color: Hashable, Sendable {
    public var r, g, b: UInt8

    public init(_ r: UInt8, _ g: UInt8, _ b: UInt8) { (self.r, self.g, self.b) = (r, g, b) }

    /// A color as it is written in hexadecimal: `Color(hex: 0xFF8800)`.
    public init(hex: UInt32) { self.init(UInt8(hex >> 16 & 255), UInt8(hex >> 8 & 255), UInt8(hex & 255)) }

    /// The gray of the given level.
    public static func gray(_ level: UInt8) -> Color { Color(level, level, level) }
    public static let white = gray(255), black = gray(0)

    /// `amount` (0...1) of `other`, the rest of this color.
    public func mixed(with other: Color, _ amount: Float) -> Color {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Float(a) + (Float(b) - Float(a)) * amount + 0.5)) }
        return Color(mix(r, other.r), mix(g, other.g), mix(b, other.b))
    }
}

/// A picture: `pixels` is `[H, W, 3]`, RGB bytes.
public struct Image: Equatable, Sendable {
    public private(set) var width: Int
    public private(set) var height: Int
    public var pixels: [UInt8] {
        didSet { precondition(pixels.count == width * height * 3, "\(pixels.count) bytes in a \(width)x\(height) picture") }
    }

    /// A picture of one color.
    public init(width: Int, height: Int, color: Color = .white) {
        precondition(width > 0 && height > 0, "a picture of \(width)x\(height)")
        (self.width, self.height) = (width, height)
        pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { bytes, count in
            for i in 0 ..< width * height {
                (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = (color.r, color.g, color.b)
            }
            count = width * height * 3
        }
    }

    /// A picture of the given bytes `[H, W, 3]`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3,
                     "\(pixels.count) bytes for a picture of \(width)x\(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// The color of a pixel; `x` counts from the left, `y` from the top.
    public subscript(x: Int, y: Int) -> Color {
        get {
            let i = index(x, y)
            return Color(pixels[i], pixels[i + 1], pixels[i + 2])
        }
        set {
            let i = index(x, y)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (newValue.r, newValue.g, newValue.b)
        }
    }

    private func index(_ x: Int, _ y: Int) -> Int {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "pixel (\(x), \(y)) of a \(width)x\(height) picture")
        return 3 * (y * width + x)
    }

    /// Lays `color` over a pixel with `opacity` 0...1. Outside of the picture nothing happens: whoever draws need not clip.
    public mutating func blend(_ x: Int, _ y: Int, _ color: Color, _ opacity: Float) {
        guard opacity > 0, x >= 0, x < width, y >= 0, y < height else { return }
        self[x, y] = self[x, y].mixed(with: color, min(opacity, 1))
    }

    /// Fills the part of a rectangle that lies in the picture.
    public mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Color) {
        let columns = max(0, x) ..< max(0, x, min(self.width, x + width))
        for row in max(0, y) ..< max(0, y, min(self.height, y + height)) {
            for column in columns { self[column, row] = color }
        }
    }
}

/// What is wrong with a picture file, in one line that names the file and the remedy.
public struct PictureError: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = printable(description) }

    /// Larger pictures are refused before any memory is set aside: their header is more likely damaged than true.
    static let largestSide = 16_384, largestArea = 100_000_000

    static func checkSize(_ width: Int, _ height: Int, of name: String) throws {
        guard width > 0, height > 0 else {
            throw PictureError("\(name): the picture is \(width)x\(height) pixels; the file is damaged, make it again")
        }
        guard max(width, height) <= largestSide, width * height <= largestArea else {
            throw PictureError("\(name): \(width)x\(height) pixels is too large (at most \(largestSide) a side and "
                + "\(largestArea / 1_000_000) million in all); make it smaller first")
        }
    }
}
