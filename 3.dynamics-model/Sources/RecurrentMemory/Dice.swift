// Dice.swift - what if a frame adds not 32 numbers to the state, but 16 throws of a die?
//
// Dreamer's latents are categorical: G dice with C faces. A throw is a one-hot row, and its gradient goes to the probabilities as if they
// had been the result (straight-through, arXiv 1308.3432). A share of every die is even, so that no face is ever impossible and no
// divergence infinite (arXiv 2301.04104, "unimix").

import Foundation
import Randomness
import Tensors

/// n·G dice of C faces.
struct Dice {
    /// log p, [n·G,C].
    let logProbabilities: Tensor
    let groups: Int

    /// From logits [n,G·C].
    init(_ logits: Tensor, groups: Int, evenShare: Float) {
        self.groups = groups
        let classes = logits.size(-1) / groups, p = logits.reshaped([-1, classes]).softmax()
        // p = (1 - ε)·softmax + ε/C
        logProbabilities = (p * (1 - evenShare) + evenShare / Float(classes)).log()
    }

    /// One throw of each, one-hot [n,G·C]; the gradient is that of the probabilities. Temperature 0 is the mean of all throws: the
    /// probabilities themselves.
    func thrown(temperature: Float = 1, using generator: inout SeededGenerator) -> Tensor {
        let p = logProbabilities.exp(), C = p.size(1), shape = [p.size(0) / groups, groups * C]
        if temperature == 0 { return p.reshaped(shape) }
        let chances = temperature == 1 ? p : (logProbabilities / temperature).softmax()
        let throwOff = Tensor(uninitialized: p.shape)                                                               // one-hot - p
        for row in 0 ..< p.size(0) {
            let chances = chances.pointer + row * C
            var face = 0
            var left = generator.uniform()
            while face < C - 1, left >= chances[face] {
                left -= chances[face]
                face += 1
            }
            for i in 0 ..< C { throwOff.pointer[row * C + i] = (i == face ? 1 : 0) - p.pointer[row * C + i] }
        }
        // z = stop(one-hot - p) + p
        return (p + throwOff).reshaped(shape)
    }

    /// Σ over the G dice of KL(self ‖ other), for each of n: [n,1].
    func divergence(from other: Dice) -> Tensor {
        let each = logProbabilities.exp() * (logProbabilities - other.logProbabilities)
        return each.reshaped([each.size(0) / groups, -1]).sum(axis: 1)
    }

    /// The same dice, through which no gradient flows.
    var stopped: Dice { Dice(logProbabilities: logProbabilities.stopGradient(), groups: groups) }

    private init(logProbabilities: Tensor, groups: Int) { (self.logProbabilities, self.groups) = (logProbabilities, groups) }
}
