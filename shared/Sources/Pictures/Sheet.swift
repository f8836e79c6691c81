// Sheet.swift - how are many pictures compared at a glance?
//
// On a contact sheet: a grid with a title, a label on each row and column, and a caption under each picture.

extension Image {
    /// A contact sheet of the given rows. Cells are as large as the largest picture; an empty row is allowed, an empty
    /// sheet is not. Labels and captions may be fewer than rows, columns or pictures (captions count row by row).
    ///
    /// - Parameters:
    ///   - scale: every picture is enlarged by this factor first, pixel by pixel.
    ///   - padding: pixels between neighboring pictures and around the sheet.
    ///   - textScale: size of the text; a letter takes 6x9 pixels times this.
    public static func sheet(
        rows: [[Image]], title: String? = nil, rowLabels: [String] = [], columnLabels: [String] = [],
        captions: [String] = [], scale: Int = 1, padding: Int = 6, textScale: Int = 2,
        background: Color = .white, textColor: Color = .gray(40)
    ) -> Image {
        let all = rows.joined()
        precondition(!all.isEmpty, "a contact sheet without pictures")
        let columns = rows.map(\.count).max()!
        let line = Font.rows * textScale, gap = 2 * textScale
        func textWidth(_ text: String) -> Int { textSize(text, scale: textScale).width }

        // A cell is as wide as its widest caption, a margin as its widest label: text never runs into its neighbor.
        let cellWidth = max(all.map { $0.width * scale }.max()!, (captions + columnLabels).map(textWidth).max() ?? 0)
        let cellHeight = all.map { $0.height * scale }.max()!
        let captionHeight = captions.contains { !$0.isEmpty } ? gap + line : 0
        let left = padding + (rowLabels.map(textWidth).max().map { $0 + 2 * gap } ?? 0)
        let titleHeight = title == nil ? 0 : line + 2 * gap
        let top = padding + titleHeight + (columnLabels.isEmpty ? 0 : line + gap)

        var sheet = Image(
            width: max(left + columns * (cellWidth + padding), title.map { textWidth($0) + 2 * padding } ?? 0),
            height: top + rows.count * (cellHeight + captionHeight + padding), color: background)
        func write(_ text: String, x: Int, y: Int) { sheet.drawText(text, x: x, y: y, scale: textScale, color: textColor) }
        func centered(_ text: String, column: Int, y: Int) {
            write(text, x: left + column * (cellWidth + padding) + (cellWidth - textWidth(text)) / 2, y: y)
        }

        if let title { write(title, x: padding, y: padding) }
        for (column, label) in columnLabels.prefix(columns).enumerated() {
            centered(label, column: column, y: padding + titleHeight)
        }
        var captions = captions[...]
        for (row, images) in rows.enumerated() {
            let y = top + row * (cellHeight + captionHeight + padding)
            if row < rowLabels.count {
                write(rowLabels[row], x: padding, y: y + (cellHeight - Font.capHeight * textScale) / 2)
            }
            for (column, image) in images.enumerated() {
                let picture = image.scaled(by: scale)
                sheet.paste(picture, x: left + column * (cellWidth + padding) + (cellWidth - picture.width) / 2,
                            y: y + (cellHeight - picture.height) / 2)
                if let caption = captions.popFirst() { centered(caption, column: column, y: y + cellHeight + gap) }
            }
        }
        return sheet
    }

    /// A contact sheet that fills rows of `columns` pictures in order; the other parameters are those of `sheet(rows:)`.
    public static func sheet(
        _ images: [Image], columns: Int, title: String? = nil, captions: [String] = [],
        scale: Int = 1, padding: Int = 6, textScale: Int = 2, background: Color = .white, textColor: Color = .gray(40)
    ) -> Image {
        precondition(columns > 0, "a contact sheet of \(columns) columns")
        let rows = stride(from: 0, to: images.count, by: columns).map { Array(images[$0...].prefix(columns)) }
        return sheet(rows: rows, title: title, captions: captions, scale: scale, padding: padding,
                     textScale: textScale, background: background, textColor: textColor)
    }
}
