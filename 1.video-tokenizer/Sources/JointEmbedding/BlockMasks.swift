// BlockMasks.swift - which patches are shown, and which are to be foretold?
//
// Single patches could be guessed from their neighbors. So I-JEPA (arXiv 2301.08243, section 3 and appendix) asks for blocks:
// four of 15 to 20 % of the frame, and shows a block of 85 to 100 % less all that is asked for. All frames of a step have
// blocks of one size, each in places of its own.
//
// Two slips in published samplers are worth knowing. A block of height h can begin in rows 0...side - h; drawn from 0..<side - h, the last
// row and column are never shown and never asked for: 15 of our 64 patches. And where frames have unequal numbers of patches left, the
// surplus must go at random: cut off the end of the list, and the bottom of the picture, where the floor is, goes first.

import Foundation
import Randomness

public struct BlockMasks {
    /// For each frame the patches that are shown, as many in each; in the order of their numbers.
    public let context: [[Int]]
    /// Four times, for each frame, those of one block.
    public let targets: [[[Int]]]

    public init(frames: Int, side: Int, using generator: inout SeededGenerator) {
        func size(_ share: Float, aspect: Float) -> (height: Int, width: Int) {
            let area = share * Float(side * side)
            func limited(_ x: Float) -> Int { min(side, max(1, Int(x.rounded()))) }
            return (limited((area * aspect).squareRoot()), limited((area / aspect).squareRoot()))
        }
        func block(_ size: (height: Int, width: Int)) -> [Int] {
            let top = generator.integer(below: side - size.height + 1), left = generator.integer(below: side - size.width + 1)
            return (top ..< top + size.height).flatMap { row in (left ..< left + size.width).map { row * side + $0 } }
        }
        let asked = size(generator.uniform(0.15, 0.2), aspect: generator.uniform(0.75, 1.5)),
            shown = size(generator.uniform(0.85, 1), aspect: 1)
        targets = (0 ..< 4).map { _ in (0 ..< frames).map { _ in block(asked) } }
        let targets = targets
        let left = (0 ..< frames).map { f -> [Int] in
            let hidden = Set(targets.flatMap { $0[f] })
            return block(shown).filter { !hidden.contains($0) }
        }
        // Four blocks can cover nearly all of a small frame: one patch at least must be left.
        let count = max(1, left.map(\.count).min()!)
        context = left.map { patches in
            if patches.isEmpty { return [generator.integer(below: side * side)] }
            return generator.permutation(patches.count).prefix(count).sorted().map { patches[$0] }
        }
    }
}
