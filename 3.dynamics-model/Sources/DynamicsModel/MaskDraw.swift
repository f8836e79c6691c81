// MaskDraw.swift - which tokens does the model have to guess, and which of those it reads are wrong?
//
// For each frame of each clip anew: a share is drawn, and that share of its tokens is masked. While sampling, the model meets frames from
// "all masked" to "nearly none masked", so training must show it all of those. MaskGIT (arXiv 2202.04200, section 3.1) draws r uniformly
// and masks cos(πr/2) of the tokens: mostly much. Genie (arXiv 2402.15391, section 2.1) draws the share between a half and all.

import Foundation
import Randomness
import Tensors
import WorldModels

/// The inputs of a training pass: see `MaskedDynamics`.
public struct MaskDraw {
    /// B·(T-1)·N, frames 1 ... T-1, whole, some tokens replaced by random ones.
    public let read: [Int]
    /// B·(T-1)·N, frames 2 ... T with the mask token where there is something to guess. In raster order each place shows the token before
    /// it, and the first place the mask token.
    public let guessed: [Int]
    /// The true tokens of the places that are asked for, in row-major order.
    public let targets: [Int]
    /// Of each clip: whether nothing of its past is shown, and whoever writes its frames has only words to go by.
    public let isUnseen: [Bool]

    /// - Parameter tokens: B·T·N true tokens.
    public init(_ tokens: [Int], batch: Int, _ c: DynamicsConfiguration, using generator: inout SeededGenerator) {
        let n = c.patches, clips = ClipGrid(tokens, clips: batch, size: n)
        precondition(clips.frames == c.frames, "\(tokens.count) tokens are not \(batch) clips of \(c.frames) frames of \(n)")
        var read: [Int] = [], guessed: [Int] = [], targets: [Int] = [], isUnseen: [Bool] = []
        for b in 0 ..< batch {
            // Sampling makes mistakes, and they become the past of the next frame. A model that has only ever read true frames takes
            // each of them seriously. "Augmentation of the past", as in GameNGen (arXiv 2408.14837, section 3.2.1).
            let share = generator.uniform(0, c.corruption)
            read += clips[clip: b, frames: 0 ..< c.frames - 1].map { token in
                generator.uniform() < share ? generator.integer(below: c.vocabulary) : token
            }
            isUnseen.append(c.unseen.map { generator.uniform() < $0 } ?? false)
            if isUnseen[b] { for i in b * (c.frames - 1) * n ..< read.count { read[i] = c.maskToken } }
            for t in 1 ..< c.frames where c.isWritten {
                guessed += [c.maskToken] + clips[clip: b, frame: t].dropLast()
                targets += clips[clip: b, frame: t]
            }
            for t in 1 ..< c.frames where !c.isWritten {
                let count = max(1, Int((MaskDraw.share(c.masks, generator.uniform()) * Float(n)).rounded(.up)))
                let truth = Array(clips[clip: b, frame: t])
                var frame = truth
                for i in generator.permutation(n).prefix(count) { frame[i] = c.maskToken }
                targets += (0 ..< n).filter { frame[$0] == c.maskToken }.map { truth[$0] }
                guessed += frame
            }
        }
        (self.read, self.guessed, self.targets, self.isUnseen) = (read, guessed, targets, isUnseen)
    }

    /// What is expected, [B,T-1,N,Z or 2Z], without what nobody has seen.
    public func hiding(_ expected: Tensor?) -> Tensor? {
        guard let expected, isUnseen.contains(true) else { return expected }
        return expected * Tensor(isUnseen.map { $0 ? 0 : 1 }, shape: [isUnseen.count, 1, 1, 1])
    }

    /// The share of masked tokens for `r` uniform in 0 ..< 1.
    static func share(_ kind: String, _ r: Float) -> Float { kind == "cosine" ? cosf(.pi / 2 * r) : 0.5 + 0.5 * r }
}
