// Positions.swift - how does a patch know where it was, when its neighbors have been taken away?
//
// By a vector of its own that is added to it: sines and cosines of its row and of its column, at wavelengths from short to long (the grid
// form of arXiv 1706.03762, section 3.5, as I-JEPA has it). They are fixed: a mask may ask for a place that no patch of this step shows.

import Foundation
import Tensors

/// [side², width], row-major. The first half says the row, the second the column; each half is sines, then cosines.
public func gridPositions(side: Int, width: Int) -> Tensor {
    precondition(width % 4 == 0, "positions of \(width) numbers: a sine and a cosine for rows and columns each")
    let waves = width / 4
    return Tensor((0 ..< side * side).flatMap { place in
        [place / side, place % side].flatMap { at -> [Float] in
            let angles = (0 ..< waves).map { Float(at) * powf(100, -Float($0) / Float(waves)) }
            return angles.map(sinf) + angles.map(cosf)
        }
    }, shape: [side * side, width])
}
