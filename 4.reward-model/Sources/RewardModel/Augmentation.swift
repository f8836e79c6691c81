// Augmentation.swift - which differences between pictures must not matter?
//
// The light and its color, the noise of the sensor, and sharpness: the scorer will be asked about frames that a tokenizer decoded, and
// those are a little blurred; and about rooms that no label is from, whose light is warmer or colder. Left and right may be exchanged,
// where what is said of the picture is exchanged too.
//
// Frames are [B,H,W,3] in 0...1, and are changed in place.

import Randomness
import Tensors

/// Turns the chosen pictures left to right.
public func mirror(_ frames: Tensor, where isMirrored: [Bool]) {
    let (h, w) = (frames.size(1), frames.size(2))
    precondition(frames.shape.count == 4 && isMirrored.count == frames.size(0), "one answer for each picture of \(frames.shape)")
    for b in isMirrored.indices where isMirrored[b] {
        for y in 0 ..< h {
            let row = frames.pointer + (b * h + y) * w * 3
            for x in 0 ..< w / 2 {
                for channel in 0 ..< 3 {
                    let (left, right) = (row + 3 * x + channel, row + 3 * (w - 1 - x) + channel)
                    (left.pointee, right.pointee) = (right.pointee, left.pointee)
                }
            }
        }
    }
}

/// All pictures, turned left to right. (Those that are given stay as they are.)
func mirrored(_ frames: Tensor) -> Tensor {
    let copy = Tensor(frames.values, shape: frames.shape)
    mirror(copy, where: Array(repeating: true, count: frames.size(0)))
    return copy
}

/// Gives each picture a light, a cast of color, a blur and a noise of its own.
public func disturb(_ frames: Tensor, using generator: inout SeededGenerator) {
    let (b, h, w) = (frames.size(0), frames.size(1), frames.size(2)), bytes = h * w * 3
    let copy = UnsafeMutablePointer<Float>.allocate(capacity: bytes)
    defer { copy.deallocate() }
    for picture in 0 ..< b {
        let pixels = frames.pointer + picture * bytes
        // A third of the pictures stay sharp; the others are mixed with their own blur, once or twice over.
        for _ in 0 ..< generator.integer(below: 3) { blur(pixels, h, w, amount: generator.uniform(), copy) }
        let contrast = generator.uniform(0.85, 1.15), light = generator.uniform(-0.05, 0.05), noise = generator.uniform(0, 0.03)
        let cast = (0 ..< 3).map { _ in generator.uniform(0.88, 1.12) }
        for i in 0 ..< bytes {
            pixels[i] = ((pixels[i] - 0.5) * contrast + 0.5 + light) * cast[i % 3] + (generator.uniform() - 0.5) * noise
        }
    }
}

/// p ← (1 - amount)·p + amount·(the mean of its 3x3 neighbors), the edge pixels repeated outwards. `across` holds a picture meanwhile.
func blur(_ pixels: UnsafeMutablePointer<Float>, _ h: Int, _ w: Int, amount: Float, _ across: UnsafeMutablePointer<Float>) {
    // Rows first, then columns: two passes of three in place of one of nine.
    for y in 0 ..< h {
        for x in 0 ..< w {
            let row = pixels + y * w * 3
            let (left, right) = (max(0, x - 1), min(w - 1, x + 1))
            for c in 0 ..< 3 { across[(y * w + x) * 3 + c] = (row[3 * left + c] + row[3 * x + c] + row[3 * right + c]) / 3 }
        }
    }
    for y in 0 ..< h {
        let above = across + max(0, y - 1) * w * 3, here = across + y * w * 3, below = across + min(h - 1, y + 1) * w * 3
        let target = pixels + y * w * 3
        for i in 0 ..< w * 3 { target[i] += amount * ((above[i] + here[i] + below[i]) / 3 - target[i]) }
    }
}
