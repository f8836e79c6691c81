// Motion.swift - if everything only moved: what would stand here, and where would it come from?
//
// When the robot turns left, all that it sees moves to the right, near the middle of the lens by a patch, at its rim by less. Which place
// of the last frame comes to stand at which place of the next depends on the action and on the lens, and not on what is in the picture.
// So nobody needs to ask for it with questions and labels, as attention does: it is learned, one table for each action. (Attention whose
// weights hang on positions alone is the "random synthesizer" of arXiv 2005.00743, section 3.2; that it hangs on the action too is ours.)
// All that is new, hidden, or of its own mind is left to the blocks.

import Layers
import Randomness
import Tensors

final class Motion: Module {
    /// [A+1, G·N·N]: for each action ("none" is the last), head, and place of the next frame, how much each place of the last one counts.
    let origins: Tensor
    let output: Linear
    private let heads: Int, patches: Int

    init(_ c: DynamicsConfiguration, using generator: inout SeededGenerator) {
        (heads, patches) = (c.motionHeads, c.patches)
        // At first, whatever the action: from here, and from around here. One patch away counts exp(-1.5) = 0.22 of what is here (found by
        // trying).
        let near = (0 ..< c.patches).flatMap { to in
            (0 ..< c.patches).map { from -> Float in
                let (rows, columns) = (to / c.side - from / c.side, to % c.side - from % c.side)
                return Float(rows * rows + columns * columns) * -1.5 / Motion.gain
            }
        }
        origins = Tensor(Array(repeating: near, count: (c.actions + 1) * heads).flatMap { $0 }, shape: [c.actions + 1, heads * near.count])
            .asParameter()
        output = Linear(c.embeddingDimensions, c.embeddingDimensions, using: &generator)
    }

    /// A step of the optimizer changes a number by about the learning rate. These must go further than others, so each is taken for eight
    /// times what it is.
    private static let gain: Float = 8

    /// `residual` + the last frames [B,F,N,E], moved by the B·F actions that were taken (nil: none) -> [B,F,N,E]. Each head moves its own
    /// E/G features: one may look to the left of where another looks, and how much of each is there tells between which of them something
    /// lies.
    func callAsFunction(_ last: Tensor, actions: [Int?], residual: Tensor) -> Tensor {
        let (G, N, E) = (heads, patches, last.size(-1)), none = origins.size(0) - 1
        let weights = (origins * Motion.gain).reshaped([-1, N]).softmax().reshaped(origins.shape)
        let maps = weights.rows(at: actions.map { $0 ?? none }).reshaped([-1, G, N, N])
        let moved = maps.matmul(last.reshaped([-1, N, G, E / G]).permuted([0, 2, 1, 3]))                   // [B·F,G,N,E/G]
        return output(moved.permuted([0, 2, 1, 3]).reshaped(last.shape), residual: residual)
    }

    var tensors: [NamedTensor] { [("origins", origins)] + output.tensors(in: "output") }
}
