// Sampling.swift - how does a frame of nothing but masks become a picture?
//
// All tokens at once would be fast, but neighbors would not agree: each is drawn without knowing what the other became. One by one would
// take 64 passes. MaskGIT (arXiv 2202.04200, section 3.2 "Iterative Decoding") goes between. In each of K steps
//   1. predict all masked tokens, draw one for each,
//   2. score each with its probability ("confidence"), made uncertain by noise that dies away over the steps,
//   3. keep the best, so that N·cos(π/2·k/K) stay masked, and go on: what was kept is there to agree with.

import Foundation
import FrameCoding
import Randomness
import Tensors
import VideoTokenizer
import WorldModels

/// A batch of B frames, drawn.
public struct SampledFrames {
    /// B·N
    public var tokens: [Int]
    /// B·N: how likely the model held each token when it was kept, 0...1.
    public var confidences: [Float]
    /// B·N: the step in which each was kept, from 0.
    public var filledAt: [Int]
    /// [B,N,Z], what the tokenizer's decoder shall draw: at temperature 0 the mean of the latents of all codes, each as much as it is
    /// likely; else the tokens' own.
    public var latents: Tensor
}

extension SampledFrames {
    /// B frames in which nothing is known yet.
    init(batch B: Int, places N: Int, width Z: Int, mask: Int) {
        tokens = Array(repeating: mask, count: B * N)
        confidences = Array(repeating: 0, count: B * N)
        filledAt = Array(repeating: 0, count: B * N)
        latents = Tensor(repeating: 0, shape: [B, N, Z])
    }
}

extension MaskedDynamics {
    /// How many of N tokens are still masked after step `k` of K, k from 1: N·cos(π/2·k/K), rounded down. (With many steps the first
    /// may keep none.)
    static func masked(after k: Int, of steps: Int, tokens n: Int) -> Int {
        k >= steps ? 0 : Int(Float(n) * cosf(.pi / 2 * Float(k) / Float(steps)))
    }

    /// Draws the frames that come after `past`, one for each of B actions, in four steps if not told otherwise. At temperature 0 nothing is
    /// drawn: each token is the middle of what is possible, the most confident come first, and the picture is the mean. `last` are the B·N
    /// tokens of the frames before them, `codebook` [V,Z] the latents of all codes.
    public func sample(
        _ actions: [Int?], after past: FrameMemory, last: [Int], expected: Tensor? = nil, codebook: Tensor, _ sampling: Sampling,
        using generator: inout SeededGenerator
    ) -> SampledFrames {
        let (B, N, Z, temperature) = (actions.count, configuration.patches, codebook.size(1), sampling.temperature)
        if configuration.isWritten {
            return written(actions, after: past, last: last, expected: expected, codebook: codebook, sampling, using: &generator)
        }
        var frames = SampledFrames(batch: B, places: N, width: Z, mask: configuration.maskToken)
        let steps = sampling.steps ?? 4
        for k in 0 ..< steps {
            let masked = frames.tokens.indices.filter { frames.tokens[$0] == configuration.maskToken }
            // What each masked token may be: [M,V].
            let logits = logits(next: frames.tokens, actions: actions, expected: expected, batch: B, after: past, last: last, at: masked)
            let (tokens, confidences, latents) = draw(from: logits, codebook, temperature, using: &generator)
            let noise = temperature * (1 - Float(k + 1) / Float(steps))
            let scores = confidences.map { logf(max($0, 1e-20)) + noise * gumbel(&generator) }
            var rest = masked.indices[...]
            for frame in 0 ..< B {
                let guesses = rest.prefix { masked[$0] / N == frame }       // of this frame; `masked` goes from frame to frame
                rest = rest.dropFirst(guesses.count)
                let kept = guesses.count - min(guesses.count, MaskedDynamics.masked(after: k + 1, of: steps, tokens: N))
                for i in guesses.sorted(by: { (scores[$0], $1) > (scores[$1], $0) }).prefix(kept) {
                    let place = masked[i]
                    frames.tokens[place] = tokens[i]
                    frames.confidences[place] = confidences[i]
                    frames.filledAt[place] = k
                    (frames.latents.pointer + place * Z).update(from: latents.pointer + i * Z, count: Z)
                }
            }
        }
        return frames
    }

    /// A token of each row of [M,V] from softmax(logits / temperature), its probability without temperature, and what to draw [M,Z].
    func draw(
        from logits: Tensor, _ codebook: Tensor, _ temperature: Float, using generator: inout SeededGenerator
    ) -> (tokens: [Int], confidences: [Float], latents: Tensor) {
        Tensor.withoutGradients {
            let probabilities = logits.softmax()
            guard temperature > 0 else {
                let middle = middle(of: probabilities)
                return (middle, probabilities.gathered(middle).values, probabilities.matmul(codebook))
            }
            let sharpened = temperature == 1 ? probabilities : (logits / temperature).softmax(), V = logits.size(1)
            let drawn = (0 ..< logits.size(0)).map { row in
                // One uniform number falls somewhere on the line on which each token has a piece of the length of its probability.
                let pieces = sharpened.pointer + row * V
                var left = generator.uniform(), token = 0
                while token < V - 1, left >= pieces[token] {
                    left -= pieces[token]
                    token += 1
                }
                return token
            }
            return (drawn, probabilities.gathered(drawn).values, codebook.rows(at: drawn))
        }
    }

    /// The token in the middle of each row of [M,V]: for each digit of a code the median, the first level at which half of the probability
    /// is reached.
    ///
    /// Why not the likeliest code? Where a door may be anywhere, each of hundreds of codes is unlikely, and the likeliest draws a door at
    /// some place. The levels of a digit lie on a scale, so there is a middle, and no guess has a smaller distance to the truth on average.
    /// Codes of a vector quantizer lie on none: of those, the likeliest.
    func middle(of probabilities: Tensor) -> [Int] {
        let levels = configuration.levels
        guard levels.count > 1 else { return probabilities.argmax() }
        let ofDigits = probabilities.matmul(digits.sliced(axis: 0, 0 ..< configuration.vocabulary)), width = ofDigits.size(1)    // [M,ΣL]
        return (0 ..< ofDigits.size(0)).map { row in
            var next = ofDigits.pointer + row * width
            return quantizer.code(of: levels.map { level in
                defer { next += level }
                var reached: Float = 0
                return (0 ..< level - 1).prefix { i in
                    reached += next[i]
                    return reached < 0.5
                }.count
            })
        }
    }

    /// Noise of the kind that makes "the highest score" a draw from the softmax of the scores.
    private func gumbel(_ generator: inout SeededGenerator) -> Float { -logf(max(-logf(max(generator.uniform(), 1e-20)), 1e-20)) }
}
