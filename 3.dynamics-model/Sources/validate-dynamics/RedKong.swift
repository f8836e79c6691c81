// RedKong.swift - is the toy still there, is there still one of it, and is it where it should be?
//
// PSNR hardly notices a toy of twenty pixels. The Kong is the only thing in these rooms that is red, so it can be found without any learning:
// pixels with twice as much red as green, in one piece. On validation frames in which the simulator says that it is visible, that finds it in 94 of
// 100, its bearing within 5 degrees; where it is not visible it finds nothing in 99.7 of 100.

import Foundation
import JetBot
import Tensors

struct RedKong: Equatable {
    /// Radians, left positive.
    let bearing: Float
    /// Red pieces of at least three pixels in the picture.
    let pieces: Int

    /// Frame number `index` of [..,H,W,3] in 0...1. Nil where fewer than four pixels are red.
    init?(_ frames: Tensor, frame index: Int) {
        let (height, width) = (frames.size(-3), frames.size(-2)), pixels = frames.pointer + index * height * width * 3
        let red = Set((0 ..< height * width).filter { i in
            let (r, g, b) = (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2])
            return r > 0.275 && r > 2 * g && r > 1.8 * b
        })
        guard red.count >= 4 else { return nil }
        let x = red.reduce(0) { $0 + Float($1 % width) + 0.5 } / Float(red.count), y = red.reduce(0) { $0 + Float($1 / width) + 0.5 } / Float(red.count)
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
