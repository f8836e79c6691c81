// Image+Compose.swift - how are pictures cut, scaled and put together?

extension Image {
    /// The part of the picture that the rectangle covers; it must lie inside.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
        precondition(x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height,
                     "a crop \(width)x\(height) at (\(x), \(y)) of a \(self.width)x\(self.height) picture")
        var result = Image(width: width, height: height)
        result.paste(self, x: -x, y: -y)
        return result
    }

    /// Copies `other` into this picture with its top left corner at `(x, y)`; what would lie outside is left away.
    public mutating func paste(_ other: Image, x: Int, y: Int) {
        let columns = max(0, -x) ..< max(0, -x, min(other.width, width - x))
        let width = width, height = height
        pixels.withUnsafeMutableBufferPointer { to in
            other.pixels.withUnsafeBufferPointer { from in
                for row in max(0, -y) ..< max(0, -y, min(other.height, height - y)) {
                    let source = 3 * (row * other.width + columns.lowerBound)
                    let target = 3 * ((row + y) * width + x + columns.lowerBound)
                    (to.baseAddress! + target).update(from: from.baseAddress! + source, count: 3 * columns.count)
                }
            }
        }
    }

    /// This picture with `other` at its right, `gap` pixels apart, tops aligned.
    public func beside(_ other: Image, gap: Int = 0, background: Color = .white) -> Image {
        var result = Image(width: width + gap + other.width, height: max(height, other.height), color: background)
        result.paste(self, x: 0, y: 0)
        result.paste(other, x: width + gap, y: 0)
        return result
    }

    /// This picture with `other` below it, `gap` pixels apart, left sides aligned.
    public func above(_ other: Image, gap: Int = 0, background: Color = .white) -> Image {
        var result = Image(width: max(width, other.width), height: height + gap + other.height, color: background)
        result.paste(self, x: 0, y: 0)
        result.paste(other, x: 0, y: height + gap)
        return result
    }

    /// Every pixel as a square of `factor` x `factor`: small frames made large without blur.
    public func scaled(by factor: Int) -> Image {
        precondition(factor > 0, "a picture scaled by \(factor)")
        guard factor > 1 else { return self }
        var result = Image(width: width * factor, height: height * factor)
        result.pixels.withUnsafeMutableBufferPointer { to in
            var i = 0
            for y in 0 ..< height * factor {
                for x in 0 ..< width {
                    let from = 3 * (y / factor * width + x)
                    for _ in 0 ..< factor {
                        for c in 0 ..< 3 { to[i + c] = pixels[from + c] }
                        i += 3
                    }
                }
            }
        }
        return result
    }

    /// The picture at another size: each new pixel is the average of the area it covers where the picture shrinks,
    /// and a linear blend of its neighbors where it grows. Width and height are treated apart.
    public func resized(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth > 0 && newHeight > 0, "a picture resized to \(newWidth)x\(newHeight)")
        guard (newWidth, newHeight) != (width, height) else { return self }
        let across = Image.weights(from: width, to: newWidth), down = Image.weights(from: height, to: newHeight)
        var narrow = [Float](repeating: 0, count: height * newWidth * 3)                // [H, newW, 3]
        var result = Image(width: newWidth, height: newHeight)
        narrow.withUnsafeMutableBufferPointer { narrow in
            for y in 0 ..< height {
                for x in 0 ..< newWidth {
                    var sum = SIMD4<Float>()
                    for (source, weight) in across[x] {
                        let i = 3 * (y * width + source)
                        sum += weight * SIMD4(Float(pixels[i]), Float(pixels[i + 1]), Float(pixels[i + 2]), 0)
                    }
                    for c in 0 ..< 3 { narrow[3 * (y * newWidth + x) + c] = sum[c] }
                }
            }
            let stride = 3 * newWidth
            result.pixels.withUnsafeMutableBufferPointer { to in
                for y in 0 ..< newHeight {
                    for i in 0 ..< stride {
                        var sum: Float = 0.5                                            // rounds to nearest
                        for (source, weight) in down[y] { sum += weight * narrow[source * stride + i] }
                        to[y * stride + i] = UInt8(min(sum, 255))
                    }
                }
            }
        }
        return result
    }

    /// For each of `new` pixels of a line: which of the `old` ones it is made of, and in which shares (sum 1).
    private static func weights(from old: Int, to new: Int) -> [[(source: Int, weight: Float)]] {
        let step = Double(old) / Double(new)
        return (0 ..< new).map { i in
            if new < old {                                                              // the overlap of two intervals
                let low = Double(i) * step, high = Double(i + 1) * step
                return (Int(low) ..< min(old, Int(high.rounded(.up)))).map { source in
                    (source, Float((min(high, Double(source + 1)) - max(low, Double(source))) / step))
                }
            }
            let center = min(max((Double(i) + 0.5) * step - 0.5, 0), Double(old - 1))   // pixel centers lie at + 0.5
            let left = Int(center), share = Float(center - Double(left))
            return [(left, 1 - share), (min(left + 1, old - 1), share)]
        }
    }
}
