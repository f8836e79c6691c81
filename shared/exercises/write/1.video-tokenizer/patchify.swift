// patchify - how does a picture become a row of vectors?
//
// Cut it into squares of P×P pixels, and read each square row by row into one vector. Nothing is computed, all is in the order. Read
// section 1 of 1.video-tokenizer/README.md; the house's own is Patches.swift (arXiv 2010.11929, section 3.1).

/// A frame [H,W,3] as one row of H·W·3 numbers, whose sides `size` divides -> N = (H/P)·(W/P) patches of P·P·3 numbers. Patches go
/// from left to right, then down, and so do the pixels inside each.
public func cutIntoPatches(_ frame: [Float], height: Int, width: Int, size p: Int) -> [[Float]] {
    // hole: return []
    var patches: [[Float]] = []
    for top in stride(from: 0, to: height, by: p) {
        for left in stride(from: 0, to: width, by: p) {
            var patch: [Float] = []
            for y in top ..< top + p {
                let start = (y * width + left) * 3
                patch += frame[start ..< start + p * 3]
            }
            patches.append(patch)
        }
    }
    return patches
    // end of hole
}

// hint 1: Where in the row of numbers does the pixel in line y, column x begin? Its neighbor to the right follows at once, the one
//         below comes a whole line later.
// hint 2: The pixel (y, x) begins at (y·W + x)·3. A line of a patch is P·3 numbers in one piece; a patch is P such pieces.
// hint 3: Loop over `top` in stride(from: 0, to: height, by: p), inside over `left`, inside over y in top ..< top + p, and append
//         frame[start ..< start + p * 3] with start = (y * width + left) * 3.
