// Pen.swift - how is a line drawn without jagged edges?
//
// Each pixel is covered as far as the line reaches into it: 1 inside, 0 outside, and in between over the one pixel
// at the edge, by the distance of the pixel's center from the line. A whole curve collects its coverage first
// (the larger of two overlapping strokes counts) and is colored once, so that corners do not show as darker beads.

/// Collects strokes with round ends into the share of each pixel that they cover, `[height, width]`, 0...1.
struct Pen {
    let width, height: Int
    let thickness: Float
    private(set) var coverage: [Float]

    init(width: Int, height: Int, thickness: Float) {
        (self.width, self.height, self.thickness) = (width, height, thickness)
        coverage = [Float](repeating: 0, count: width * height)
    }

    /// A straight stroke from `a` to `b`, in pixels; pixel `(x, y)` has its center at `(x + 0.5, y + 0.5)`.
    mutating func stroke(_ a: SIMD2<Float>, _ b: SIMD2<Float>) {
        let reach = thickness / 2 + 0.5, along = b - a, length2 = (along * along).sum()
        func range(_ p: Float, _ q: Float, _ limit: Int) -> Range<Int> {
            let low = max(0, min(p, q) - reach), high = min(Float(limit), max(p, q) + reach + 1)
            return low < high ? Int(low) ..< Int(high) : 0 ..< 0
        }
        for y in range(a.y, b.y, height) {
            for x in range(a.x, b.x, width) {
                let from = SIMD2(Float(x) + 0.5, Float(y) + 0.5) - a
                // The nearest point of the stroke lies at the share t of its length.
                let t = length2 > 0 ? min(max((from * along).sum() / length2, 0), 1) : 0
                let away = from - t * along
                let covered = reach - (away * away).sum().squareRoot()
                coverage[y * width + x] = max(coverage[y * width + x], min(covered, 1))
            }
        }
    }
}

extension Image {
    /// Lays what the pen collected over the picture, with the pen's corner at `(x, y)`.
    mutating func draw(_ pen: Pen, x: Int = 0, y: Int = 0, color: Color) {
        for row in 0 ..< pen.height {
            for column in 0 ..< pen.width { blend(x + column, y + row, color, pen.coverage[row * pen.width + column]) }
        }
    }

    /// A straight line with smooth edges between two points, in pixels.
    public mutating func drawLine(from a: (x: Float, y: Float), to b: (x: Float, y: Float), color: Color,
                                  thickness: Float = 1.5) {
        var pen = Pen(width: width, height: height, thickness: thickness)
        pen.stroke(SIMD2(a.x, a.y), SIMD2(b.x, b.y))
        draw(pen, color: color)
    }
}
