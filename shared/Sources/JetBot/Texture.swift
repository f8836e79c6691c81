// Texture.swift - how does a floor get its pattern without shimmering?
//
// A texture is a picture of a surface, painted once per room. One pixel of the camera may cover many texels
// (far floor) or a part of one. Reading a single texel would pick another one in each frame: the floor would
// flicker, and no tokenizer can learn flicker. So the texture is kept at many scales, each half as fine as the
// one before, and a pixel reads the scale on which a texel is as large as what the pixel covers
// (Williams, "Pyramidal Parametrics", SIGGRAPH 1983).

/// Red, green, blue as light, 0 black ... 1 white; the fourth number is not used.
typealias RGB = SIMD4<Float>

func gray(_ value: Float) -> RGB { RGB(repeating: value) }
func mix(_ a: RGB, _ b: RGB, _ t: Float) -> RGB { a + (b - a) * t }
func smoothstep(_ low: Float, _ high: Float, _ x: Float) -> Float {
    let t = max(0, min(1, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)
}

final class Texture: @unchecked Sendable { // never changed after the room is built
    /// Side of a texel, meters.
    static let texel: Float = 0.007
    static let levels = 6

    let width, height: Int // powers of two
    let texels: UnsafeMutablePointer<RGB> // all levels, the finest first

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        texels = .allocate(capacity: width * height * 4 / 3 + 1)
        texels.initialize(repeating: gray(0), count: width * height * 4 / 3 + 1)
    }

    deinit { texels.deallocate() }

    /// Sets every texel of the finest level from its place (meters) and its present color.
    func paint(_ color: (_ u: Float, _ v: Float, _ now: RGB) -> RGB) {
        for y in 0 ..< height {
            for x in 0 ..< width {
                let now = texels[y * width + x]
                texels[y * width + x] = color((Float(x) + 0.5) * Texture.texel, (Float(y) + 0.5) * Texture.texel, now)
            }
        }
    }

    /// Paints a rectangle (meters); a texel that it covers in part is mixed in that proportion.
    func fill(u: ClosedRange<Float>, v: ClosedRange<Float>, _ color: RGB, opacity: Float = 1) {
        func covered(_ range: ClosedRange<Float>, _ i: Int) -> Float {
            max(0, min(range.upperBound / Texture.texel, Float(i + 1)) - max(range.lowerBound / Texture.texel, Float(i)))
        }
        func touched(_ range: ClosedRange<Float>, _ count: Int) -> Range<Int> {
            let first = max(0, min(count, Int(range.lowerBound / Texture.texel)))
            return first ..< max(first, min(count, Int(range.upperBound / Texture.texel) + 1))
        }
        for y in touched(v, height) {
            for x in touched(u, width) {
                let i = y * width + x
                texels[i] = mix(texels[i], color, covered(u, x) * covered(v, y) * opacity)
            }
        }
    }

    /// Fills the coarser levels: each texel is the mean of four.
    func buildPyramid() {
        var from = texels, (w, h) = (width, height)
        for _ in 1 ..< Texture.levels {
            let to = from + w * h
            for y in 0 ..< h / 2 {
                for x in 0 ..< w / 2 {
                    let i = 2 * y * w + 2 * x
                    to[y * (w / 2) + x] = (from[i] + from[i + 1] + from[i + w] + from[i + w + 1]) * 0.25
                }
            }
            (from, w, h) = (to, w / 2, h / 2)
        }
    }

    /// The mean color around (u, v) meters over about `footprint` meters.
    @inline(__always)
    func color(u: Float, v: Float, footprint: Float) -> RGB {
        // Exponent and mantissa of a Float are a logarithm to base 2 that costs nothing (linear between powers).
        let bits = max(1, min(Float(1 << (Texture.levels - 2)) * 1.999, footprint / Texture.texel)).bitPattern
        let level = Int(bits >> 23) - 127, between = Float(bits & 0x7F_FFFF) * 0x1p-23
        return mix(bilinear(u, v, level), bilinear(u, v, level + 1), between)
    }

    @inline(__always)
    private func bilinear(_ u: Float, _ v: Float, _ level: Int) -> RGB {
        let w = width >> level, h = height >> level
        let scale = 1 / (Texture.texel * Float(1 << level))
        let x = max(0, min(Float(w) - 1.001, u * scale - 0.5)), y = max(0, min(Float(h) - 1.001, v * scale - 0.5))
        let i = Int(x), j = Int(y)
        let start = (width * height * 4 - (width * height * 4) >> (2 * level)) / 3 // texels of all finer levels
        let t = texels + start + j * w + i
        let (fx, fy) = (x - Float(i), y - Float(j))
        return mix(mix(t[0], t[1], fx), mix(t[w], t[w + 1], fx), fy)
    }
}
