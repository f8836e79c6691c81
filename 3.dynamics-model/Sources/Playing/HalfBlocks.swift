// HalfBlocks.swift - how does a terminal show a picture?
//
// "▀" fills the upper half of a character cell with the text color; the lower half is background. So a cell is two pixels, and
// since cells are about twice as high as wide, the pixels are square. ESC [ 38;2;R;G;B m sets the text color, 48 the background
// (ISO 8613-6).

import Pictures

extension Image {
    /// The picture as lines of text, one for two rows of pixels; each ends with the terminal's own colors.
    public func halfBlocks() -> [String] {
        stride(from: 0, to: height, by: 2).map { y in
            var line = "", before: (Color, Color)?
            for x in 0 ..< width {
                let upper = self[x, y], lower = y + 1 < height ? self[x, y + 1] : .black
                // Colors hold until they are changed.
                if before?.0 != upper { line += "\u{1B}[38;2;\(upper.r);\(upper.g);\(upper.b)m" }
                if before?.1 != lower { line += "\u{1B}[48;2;\(lower.r);\(lower.g);\(lower.b)m" }
                before = (upper, lower)
                line += "▀"
            }
            return line + "\u{1B}[0m"
        }
    }
}
