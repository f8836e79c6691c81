// NextToken.swift - what if a frame is written as a sentence is, one token after the other?
//
// A language model gives the next word, hears it, and gives the next. GAIA-1 (arXiv 2309.17080, section 2.3) drives a car in a stream of
// tokens that it writes in this way, IRIS (arXiv 2209.00588, section 2.2) plays Atari in one. No two tokens are drawn without knowing of
// each other, so nothing has to be kept or thrown away; and a frame of N tokens takes N passes.
//
// In training each place of a guessed frame is shown the token before it, and hears the places before it (`SpaceTimeBlock.writing`): all
// N tokens of a frame are asked for in one pass, where masks ask for two thirds of them. All else is `MaskedDynamics`.

import FrameCoding
import Randomness
import Tensors
import WorldModels

extension MaskedDynamics {
    /// `sample` in raster order: a pass for each word that is told, and then one for each of N places. What a place has heard in its own
    /// frame and in those before is remembered.
    func written(
        _ actions: [Int?], after past: FrameMemory, last: [Int], expected: Tensor?, codebook: Tensor, _ sampling: Sampling,
        using generator: inout SeededGenerator
    ) -> SampledFrames {
        Tensor.withoutGradients {
            // With guidance each frame is asked for twice, told and not told, and written once.
            let frames = actions.count, isGuided = sampling.guidance != 1 && sampling.words != nil && configuration.words != nil
            func both<Value>(_ values: [Value]) -> [Value] { isGuided ? values + values : values }
            let actions = both(actions), last = both(last), past = isGuided ? past.selecting(both(Array(0 ..< frames))) : past
            let expected = isGuided ? expected.map { .concatenated([$0, $0], axis: 0) } : expected
            let words = rows(of: sampling.words, count: frames) + (isGuided ? rows(of: nil, count: frames) : [])
            let c = configuration, (B, N, E) = (actions.count, c.patches, c.embeddingDimensions), w = c.wordPlaces, embeddings = embeddings
            // What lies under all N places does not hang on what is written on it; a token's vector is added to that.
            let begun = Array(repeating: c.maskToken, count: B * N), start = embeddings.rows(at: [c.maskToken])
            let under = embedded(begun, after: embeddings.rows(at: last).reshaped([B, 1, N, E]), actions, expected, embeddings) - start
            let said = said(words, batch: B), led = actionEmbeddings.map { $0(actions.map { $0 ?? c.actions }).reshaped([B, 1, 1, E]) }
            var heard = FrameMemory(blocks: blocks.count), tokens: [[Int]] = [], confidences: [[Float]] = [], latents: [Tensor] = []
            for place in 0 ..< w + N {
                let shown = tokens.last.map(both) ?? Array(repeating: c.maskToken, count: B)
                var x = place < w ? said!.sliced(axis: 2, place ..< place + 1)
                    : under.sliced(axis: 2, place - w ..< place - w + 1) + embeddings.rows(at: shown).reshaped([B, 1, 1, E])
                for (i, block) in blocks.enumerated() {
                    let (out, qkv) = block(
                        x + led[i], before: heard.qkv[i]?.reshaped([B, 1, place, 3 * E]),
                        past: past.qkv[i]?.sliced(axis: 2, place ..< place + 1))
                    heard.append(qkv, block: i)
                    x = out
                }
                if place < w { continue }         // what is told is not asked for
                var logits = logits(x.reshaped([B, E]), embeddings)
                if isGuided {
                    let (told, untold) = (logits.sliced(axis: 0, 0 ..< frames), logits.sliced(axis: 0, frames ..< B))
                    logits = untold + (told - untold) * sampling.guidance
                }
                let drawn = draw(from: logits, codebook, sampling.temperature, using: &generator)
                tokens.append(drawn.tokens)
                confidences.append(drawn.confidences)
                latents.append(drawn.latents.reshaped([frames, 1, -1]))
            }
            return SampledFrames(
                tokens: ClipGrid(frames: tokens, clips: frames).values, confidences: ClipGrid(frames: confidences, clips: frames).values,
                filledAt: (0 ..< frames).flatMap { _ in 0 ..< N }, latents: .concatenated(latents, axis: 1))
        }
    }
}
