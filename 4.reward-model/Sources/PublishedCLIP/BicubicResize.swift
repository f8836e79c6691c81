// BicubicResize.swift - how is a picture made smaller or larger, exactly as the published model saw it?
//
// A new pixel is a weighted mean of old ones around its place, along the rows first, then along the columns. The weight falls
// with the distance d along a cubic curve with a small negative part, which keeps edges sharp (Keys, "Cubic convolution
// interpolation for digital image processing", 1981, with a = -1/2):
//
//   |d| < 1:  (a+2)|d|³ - (a+3)d² + 1        |d| < 2:  a|d|³ - 5a·d² + 8a|d| - 4a        else 0
//
// Where the picture shrinks, the curve is stretched so that every old pixel counts: without that, thin things flicker
// ("aliasing"). Pillow rounds the weights to whole numbers of 1/2²² and each pass to bytes; the same here, so the bytes are the
// same. (From version 13 on it sometimes does the columns first, and a byte may differ by rounding. The published models were
// trained with the rows first.)

import Pictures

extension Image {
    /// The `crop` of this picture after a resize to `width` x `height`, as Pillow's `resize` with `BICUBIC`. What is outside is
    /// never computed: a picture of 1x10,000 would otherwise become one of 224x2,240,000.
    func bicubic(width: Int, height: Int, crop: (x: Int, y: Int, width: Int, height: Int)) -> Image {
        precondition(crop.x >= 0 && crop.y >= 0 && crop.x + crop.width <= width && crop.y + crop.height <= height,
                     "a crop \(crop) of a \(width)x\(height) picture")
        let across = (crop.x ..< crop.x + crop.width).map { Window(of: $0, from: self.width, to: width) }
        let down = (crop.y ..< crop.y + crop.height).map { Window(of: $0, from: self.height, to: height) }
        let firstRow = down.map(\.first).min()!, lastRow = down.map { $0.first + $0.weights.count }.max()!

        // [H, W, 3] -> [rows that count, W', 3]
        var narrow = [UInt8](repeating: 0, count: (lastRow - firstRow) * crop.width * 3)
        for y in firstRow ..< lastRow {
            for (x, window) in across.enumerated() {
                let source = (y * self.width + window.first) * 3, target = ((y - firstRow) * crop.width + x) * 3
                for c in 0 ..< 3 { narrow[target + c] = window.mean(of: pixels, from: source + c, step: 3) }
            }
        }
        // -> [H', W', 3]
        let row = crop.width * 3
        var result = [UInt8](repeating: 0, count: crop.height * row)
        for (y, window) in down.enumerated() {
            for i in 0 ..< row { result[y * row + i] = window.mean(of: narrow, from: (window.first - firstRow) * row + i, step: row) }
        }
        return Image(width: crop.width, height: crop.height, pixels: result)
    }
}

/// Which old pixels a new one is made of: `weights.count` of them from `first` on.
private struct Window {
    let first: Int
    /// In units of 1/2²²; together 1, but for rounding.
    let weights: [Int]

    private static let bits = 22

    init(of index: Int, from old: Int, to new: Int) {
        let scale = Double(old) / Double(new), stretch = max(scale, 1)
        let center = (Double(index) + 0.5) * scale, reach = 2 * stretch
        first = max(Int(center - reach + 0.5), 0)
        let end = min(Int(center + reach + 0.5), old)
        let raw = (first ..< end).map { Window.cubic((Double($0) - center + 0.5) / stretch) }, sum = raw.reduce(0, +)
        weights = raw.map { Int(($0 / sum * Double(1 << Window.bits)).rounded(.toNearestOrAwayFromZero)) }
    }

    /// Keys' curve.
    private static func cubic(_ distance: Double) -> Double {
        let d = abs(distance), a = -0.5
        if d < 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        if d < 2 { return (((d - 5) * d + 8) * d - 4) * a }
        return 0
    }

    func mean(of bytes: [UInt8], from start: Int, step: Int) -> UInt8 {
        var sum = 1 << (Window.bits - 1)                    // rounds to nearest
        bytes.withUnsafeBufferPointer { bytes in
            for (i, weight) in weights.enumerated() { sum += Int(bytes[start + i * step]) * weight }
        }
        return UInt8(max(0, min(255, sum >> Window.bits)))  // the negative part of the curve can overshoot
    }
}
