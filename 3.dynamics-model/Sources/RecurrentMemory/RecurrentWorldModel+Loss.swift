// RecurrentWorldModel+Loss.swift - what if the eye learns what the memory needs?
//
// A frozen eye keeps what its own training asked for. Dreamer's learns with the rest: pictures go in, what the state says is drawn, and
// errors of pixels teach decoder, memory and encoder at once (arXiv 2301.04104, equation 4). The price is an eye's forward and backward
// pass for every frame of every clip.

import FrameCoding
import Randomness
import Tensors

extension RecurrentWorldModel {
    /// The loss of clips of what the memory reads, [B,T,D], or of pictures [B,T,H,W,3] where the eye learns too; and its parts by name.
    public func loss(
        _ clips: Tensor, actions: [Int], using generator: inout SeededGenerator
    ) -> (total: Tensor, parts: [String: Double]) {
        guard let (eye, memory) = learning else { return memory.loss(clips, actions: actions, using: &generator) }
        let c = configuration, (B, T) = (clips.size(0), clips.size(1)), pictures = clips.reshaped([B * T] + clips.shape.dropFirst(2))
        let numbers = c.normalized(eye.encode(pictures).mean).reshaped([B, T, c.numbers])
        return memory.loss(numbers, actions: actions, using: &generator) { said in
            // Summed over a frame's pixels, as the dice's nats are over dice.
            let drawn = eye.decode(c.restored(said.reshaped([B * T, c.places, c.latentDimensions])))
            return drawn.squaredError(pictures, weights: colorWeights(of: pictures)) * Float(pictures.count / (B * T))
        }
    }
}
