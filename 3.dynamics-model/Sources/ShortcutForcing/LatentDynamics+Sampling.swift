// LatentDynamics+Sampling.swift - how does noise become the next frame?
//
// In K steps of d = 1/K (Dreamer 4, section 3.2). Each asks for the clean frame and goes a part of the way towards what it hears:
//
//   z̃ <- z̃ + α·(ẑ1 - z̃),  α = d/(1-τ):  for K = 4 a quarter, a third, a half, and all that is left
//
// A quarter each time would be a bug that was made before: the frame never arrives, a third of the noise stays in it.

import FrameCoding
import Randomness
import Tensors

extension LatentDynamics {
    /// The frames [B,1,S,Z] that come after those in `memory`. `before` [B,1,S,Z] is the last of those.
    ///
    /// At temperature 0 nothing is drawn: the noise is its own mean, 0, and one pass at τ = 0 with the finest step says
    /// where the middle of all futures lies: the mean, since pure noise tells nothing of the frame. At temperature 1 the
    /// noise is normal, and the frame a sample.
    func sample(
        _ actions: [Int], before: Tensor, after memory: FrameMemory, steps: Int, temperature: Float, using generator: inout SeededGenerator,
        watching: (_ guess: Tensor) -> Void = { _ in }
    ) -> Tensor {
        let c = configuration, B = actions.count
        func labels(_ level: Int, _ length: Int) -> FrameLabels {
            FrameLabels(actions: actions, levels: Array(repeating: level, count: B), lengths: Array(repeating: length, count: B))
        }
        var z = Tensor(repeating: 0, shape: [B, 1, c.latents, c.latentDimensions])
        if temperature == 0 { return predict(z, before: before, labels: labels(0, 1), after: memory) }
        for i in 0 ..< z.count { z.pointer[i] = temperature * generator.normal() }
        let length = c.learnedLength(steps: steps)
        for k in 0 ..< steps {
            let level = k * c.finestSteps / steps / length * length                                     // τ = k/K, on the grid of that step
            let predicted = predict(z, before: before, labels: labels(level, length), after: memory)
            watching(predicted)
            z = Tensor.withoutGradients { z + (predicted - z) * LatentDynamics.advance(k, of: steps) }
        }
        return z
    }

    /// α of step `k` of K, from 0: d/(1-τ) = (1/K)/(1-k/K).
    static func advance(_ k: Int, of steps: Int) -> Float { 1 / Float(steps - k) }
}

extension ShortcutConfiguration {
    /// The longest step that was learned and is no longer than 1/K, in finest steps. (Asked for more steps than there are, the finest.)
    func learnedLength(steps: Int) -> Int {
        let longest = max(1, finestSteps / steps)
        switch objective {
        case "flow": return 1
        case "meanflow": return longest
        default: return 1 << (Int.bitWidth - 1 - longest.leadingZeroBitCount)  // the power of two that is not longer
        }
    }
}
