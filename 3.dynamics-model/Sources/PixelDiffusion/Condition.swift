// Condition.swift - what is said to every block of the network: what was done, and how much noise there is.
//
// Actions are few: a table, with a row of its own for "three frames ago" and "now". Noise levels come as waves of many lengths (DIAMOND's
// inner_model.py does both).

import Layers
import Randomness
import Tensors

final class Condition: Module {
    /// [K·(A+1), D]: for each of the K places in time, one row an action; the last is "nobody knows".
    private let actions: Embedding
    private let noise: Linear, pastNoise: Linear, mix: Linear
    private let count: Int

    init(_ c: PixelDiffusionConfiguration, using generator: inout SeededGenerator) {
        let D = c.conditionDimensions
        count = c.actions + 1
        actions = Embedding(c.pastFrames * count, D, standardDeviation: 1 / Float(c.pastFrames).squareRoot(), using: &generator)
        noise = Linear(Waves.count, D, using: &generator)
        pastNoise = Linear(Waves.count, D, using: &generator)
        mix = Linear(D, D, using: &generator)
    }

    /// - Parameters:
    ///   - actions: B·K, oldest first: what led to each past frame but the first, and what is done now; nil: unknown.
    ///   - noise: B, `cNoise` of the noisy frame; nil: there is none.
    ///   - pastNoise: B, the noise on the past, from 0 to about 0.1.
    /// - Returns: [B,D]
    func callAsFunction(actions: [Int?], noise: [Float]?, pastNoise: [Float]) -> Tensor {
        let batch = pastNoise.count, K = actions.count / batch
        let rows = actions.enumerated().map { i, action in i % K * count + (action ?? count - 1) }
        var sum = self.actions(rows).reshaped([batch, K, -1]).sum(axis: 1).reshaped([batch, -1])
        sum = sum + self.pastNoise(Waves.of(pastNoise.map { $0 * 10 }))
        if let noise { sum = sum + self.noise(Waves.of(noise)) }
        return mix(sum.silu()).silu()
    }

    var tensors: [NamedTensor] {
        actions.tensors(in: "actions") + noise.tensors(in: "noise") + pastNoise.tensors(in: "past_noise") + mix.tensors(in: "mix")
    }
}
