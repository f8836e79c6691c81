// Plot.swift - what do all charts share?
//
// A title, a legend, a grid with numbers at its lines, the names of the two axes. The name of the y axis stands
// level above it, where it can be read without tilting the head.

/// The frame of a chart: drawn first, it then tells where a value belongs.
struct Plot {
    var image: Image
    let x, y: Axis
    /// The area of the data, in pixels.
    let left, right, top, bottom: Int

    /// Blue, vermilion, green, purple, orange, sky blue, gray: told apart with any kind of color vision
    /// (Okabe & Ito, "Color Universal Design", 2008; their yellow is too pale for lines on white).
    static let palette = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x555555].map { Color(hex: $0) }

    private static let ink = Color.gray(35), faded = Color.gray(105), grid = Color.gray(228), scale = 2, margin = 16
    private static let line = Font.rows * scale

    /// - Parameter legend: names of series and their colors; empty names are left out.
    init(title: String, xLabel: String, yLabel: String, x: Axis, y: Axis, legend: [(name: String, color: Color)] = [],
         width: Int, height: Int) {
        precondition(width >= 200 && height >= 150, "a chart of \(width)x\(height), at least 200x150")
        (self.x, self.y) = (x, y)
        image = Image(width: width, height: height)
        let (scale, margin, line) = (Plot.scale, Plot.margin, Plot.line)
        func textWidth(_ text: String) -> Int { Image.textSize(text, scale: scale).width }

        // Twice, a pixel apart, is bold.
        for x in [margin, margin + 1] { image.drawText(title, x: x, y: margin, scale: scale, color: Plot.ink) }
        var row = margin + (title.isEmpty ? 0 : line + 10)

        // The legend: as many entries a row as fit at the right of the y axis' name.
        let swatch = 26, space = 24
        func entryWidth(_ name: String) -> Int { swatch + 8 + textWidth(name) }
        let room = width - 2 * margin - (yLabel.isEmpty ? 0 : textWidth(yLabel) + space)
        var rows: [[(name: String, color: Color)]] = [[]], used = 0
        for entry in legend where !entry.name.isEmpty {
            if used > 0 && used + entryWidth(entry.name) > room { rows.append([]); used = 0 }
            rows[rows.count - 1].append(entry)
            used += entryWidth(entry.name) + space
        }
        for (i, entries) in rows.enumerated() {
            var x = width - margin + space - entries.reduce(0) { $0 + entryWidth($1.name) + space }
            if i > 0 { row += line + 4 }
            for (name, color) in entries {
                let level = Float(row + Font.capHeight * scale / 2)
                image.drawLine(from: (Float(x + 2), level), to: (Float(x + swatch - 2), level), color: color, thickness: 4)
                image.drawText(name, x: x + swatch + 8, y: row, scale: scale, color: Plot.ink)
                x += entryWidth(name) + space
            }
        }
        image.drawText(yLabel, x: margin, y: row, scale: scale, color: Plot.faded)
        let hasLine = !yLabel.isEmpty || !rows[0].isEmpty
        // Words never push the data out of the picture, however many there are.
        bottom = height - margin - line - 6 - (xLabel.isEmpty ? 0 : line + 6)
        top = min(row + (hasLine ? line + 16 : 4), bottom - 60)
        left = min(margin + (y.labels.map(textWidth).max() ?? 0) + 10, width / 2)
        right = width - margin - min(max(8, (x.labels.last.map(textWidth) ?? 0) / 2), width / 4)

        // Horizontal lines carry the eye from the numbers to the curve; on the x axis small ticks will do.
        for (value, label) in zip(y.ticks, y.labels) {
            let level = Int(pixelY(value)!.rounded())
            image.fill(x: left, y: level, width: right - left, height: 1, Plot.grid)
            image.drawText(label, x: left - 10 - textWidth(label), y: level - Font.capHeight * scale / 2,
                           scale: scale, color: Plot.faded)
        }
        image.drawText(xLabel, x: (left + right - textWidth(xLabel)) / 2, y: height - margin - line + 6,
                       scale: scale, color: Plot.faded)
    }

    /// Draws the x axis; after the data, so that it lies on top. Labels that would run into their neighbor are left out.
    mutating func drawXAxis(ticks: [(value: Double, label: String)]? = nil) {
        var free = 0
        image.fill(x: left, y: bottom, width: right - left, height: 2, Plot.faded)
        for (value, label) in ticks ?? Array(zip(x.ticks, x.labels)) {
            guard let center = pixelX(value) else { continue }
            let width = Image.textSize(label, scale: Plot.scale).width
            let start = min(max(Int(center) - width / 2, 0), image.width - width - 2)
            guard start >= free else { continue }
            image.fill(x: Int(center) - 1, y: bottom, width: 2, height: 6, Plot.faded)
            image.drawText(label, x: start, y: bottom + 10, scale: Plot.scale, color: Plot.faded)
            free = start + width + 12
        }
    }

    /// Writes where data would be.
    mutating func note(_ text: String) {
        let size = Image.textSize(text, scale: Plot.scale)
        image.drawText(text, x: (left + right - size.width) / 2, y: (top + bottom - size.height) / 2,
                       scale: Plot.scale, color: Plot.faded)
    }

    func pixelX(_ value: Double) -> Float? { x.position(value).map { Float(left) + $0 * Float(right - left) } }
    func pixelY(_ value: Double) -> Float? { y.position(value).map { Float(bottom) - $0 * Float(bottom - top) } }
}
