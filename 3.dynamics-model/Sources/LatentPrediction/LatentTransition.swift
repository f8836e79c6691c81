// LatentTransition.swift - what will the eye see, if I do this?
//
//   z [B,T,N,Z] and actions [B,T] -> ẑ [B,T,N,Z], the latents of the frames after
//
// DINO-WM (arXiv 2411.04983, section 3.1): the eye is frozen; a transformer reads the latents of a few frames, each place with
// the action beside it, and says what every place will hold a frame later. Nothing is drawn, and nothing of what the eye leaves
// out need ever be foretold. V-JEPA 2-AC (arXiv 2506.09985, section 3) gives the action a token of its own, and asks for two
// steps: the second from the first one's answer.
//
// Who sees whom: position i of frame s listens to position j of frame t where t ≤ s. With all frames in one row of T·N
// positions that is one mask. Leave it out, and frame s reads its answer in frame s + 1: DINO-WM's success fell from 0.92 to
// 0.08.

import Foundation
import Layers
import Randomness
import Tensors

public final class LatentTransition: Module {
    public let configuration: LatentPredictionConfiguration
    /// [Z] each: of the eye's latents, so that all numbers count alike. Not trained.
    public let mean: Tensor, deviation: Tensor
    private let input: Linear, action: Embedding, blocks: [LatentBlock], norm: RMSNorm, output: Linear
    private let rotary: [RotaryTable], masks: [AttentionMask]
    /// Positions a frame: N, and one for the action where it has its own.
    private let perFrame: Int

    public init(_ c: LatentPredictionConfiguration, using generator: inout SeededGenerator) {
        configuration = c
        let E = c.embeddingDimensions
        mean = Tensor(repeating: 0, shape: [c.width])
        deviation = Tensor(repeating: 1, shape: [c.width])
        input = Linear(c.width, E, using: &generator)
        action = Embedding(c.actions, E, standardDeviation: 0.5, using: &generator)
        perFrame = c.recipe == .vjepa ? c.places + 1 : c.places
        let per = perFrame, isCausal = c.isCausal
        rotary = (0 ... c.lookBack).map { LatentTransition.angles(frames: $0, c, perFrame: per) }
        masks = (1 ... c.lookBack).map { frames in AttentionMask(length: frames * per) { i, j in !isCausal || j / per <= i / per } }
        let table = rotary[c.lookBack]
        blocks = (0 ..< c.blocks).map { _ in
            LatentBlock(width: E, heads: c.heads, hidden: c.hiddenDimensions, rotary: table, using: &generator)
        }
        norm = RMSNorm(E)
        output = Linear(E, c.width, gain: 0.1, using: &generator)
    }

    /// A quarter of the pairs of each head turns by the row, a quarter by the column, half by the frame: what
    /// counts is how far apart two positions are.
    private static func angles(frames: Int, _ c: LatentPredictionConfiguration, perFrame: Int) -> RotaryTable {
        let pairs = c.embeddingDimensions / c.heads / 2, quarter = pairs / 4
        func turns(_ at: Int, _ count: Int) -> [Float] { (0 ..< count).map { Float(at) * powf(100, -Float($0) / Float(count)) } }
        return RotaryTable(angles: (0 ..< frames * perFrame).map { position in
                // The action's token stands at no place.
                let (frame, place) = (position / perFrame, position % perFrame - (perFrame - c.places))
                return turns(max(0, place) / c.side, quarter) + turns(max(0, place) % c.side, quarter) + turns(frame, pairs - 2 * quarter)
        })
    }

    /// The eye's latents with mean 0 and variance 1, and back.
    public func standardized(_ z: Tensor) -> Tensor { (z - mean) / deviation }
    public func restored(_ z: Tensor) -> Tensor { z * deviation + mean }

    /// Standardized latents [B,T,N,Z], T at most H, and the action after each frame, B·T -> those of the frames after, [B,T,N,Z].
    public func callAsFunction(_ z: Tensor, _ actions: [Int]) -> Tensor {
        self(z, told: told(actions).reshaped([z.size(0), z.size(1), -1]))
    }

    /// The vectors of actions, [n] -> [n,E]; and of mixes of actions, whose rows sum to 1, [n,A] -> [n,E].
    public func told(_ actions: [Int]) -> Tensor { action(actions) }
    public func told(_ mixes: Tensor) -> Tensor { mixes.matmul(action.weight) }

    /// The same with the actions' vectors, [B,T,E].
    public func callAsFunction(_ z: Tensor, told: Tensor) -> Tensor {
        let c = configuration, (B, T) = (z.size(0), z.size(1)), N = c.places, E = c.embeddingDimensions
        precondition(T <= c.lookBack && told.shape == [B, T, E], "actions \(told.shape) for latents \(z.shape)")
        let told = told.reshaped([B, T, 1, E]), seen = input(z)
        var x = c.recipe == .vjepa ? Tensor.concatenated([told, seen], axis: 2) : seen + told               // [B,T,1+N or N,E]
        x = x.reshaped([B, T * perFrame, E])
        for block in blocks { x = block(x, mask: masks[T - 1], rotary: rotary[T]) }
        x = norm(x).reshaped([B, T, perFrame, E])
        if perFrame > N { x = x.sliced(axis: 2, 1 ..< perFrame) }
        return output(x, residual: z)                                                                  // "nothing moves" is where it begins
    }

    /// The loss on standardized latents [B,H+2,N,Z] and actions B·(H+1); the error one step ahead, for the log.
    public func loss(_ z: Tensor, _ actions: [Int]) -> (total: Tensor, oneStep: Tensor) {
        let H = configuration.lookBack, B = z.size(0)
        func led(_ range: Range<Int>) -> [Int] { (0 ..< B).flatMap { b in range.map { actions[b * (H + 1) + $0] } } }
        let guess = self(z.sliced(axis: 1, 0 ..< H), led(0 ..< H)), truth = z.sliced(axis: 1, 1 ..< H + 1)
        let squared = guess.meanSquaredError(truth)
        guard configuration.recipe == .vjepa else { return (squared, squared) }
        // Teacher forcing; and then one step on from what was guessed, as in a dream: true frames, and ẑ_H as the last. (The first release
        // went on to z₃ from a guess of z₃.)
        let known = z.sliced(axis: 1, 0 ..< H), last = guess.sliced(axis: 1, H - 1 ..< H)
        let dreamed = Tensor.concatenated([known, last], axis: 1).sliced(axis: 1, 1 ..< H + 1)
        let second = self(dreamed, led(1 ..< H + 1)).sliced(axis: 1, H - 1 ..< H)
        let later = z.sliced(axis: 1, H + 1 ..< H + 2)
        return (guess.meanAbsoluteError(truth) + second.meanAbsoluteError(later), squared)
    }

    public var tensors: [NamedTensor] {
        [("mean", mean), ("deviation", deviation)] + input.tensors(in: "input") + action.tensors(in: "action")
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm") + output.tensors(in: "output")
    }
}

/// x + attention(norm(x)), then x + feedForward(norm(x)): [B,L,E] -> [B,L,E].
final class LatentBlock: Module {
    private let attentionNorm: RMSNorm, attention: Attention, feedForwardNorm: RMSNorm, feedForward: SwiGLU

    init(width: Int, heads: Int, hidden: Int, rotary: RotaryTable, using generator: inout SeededGenerator) {
        attentionNorm = RMSNorm(width)
        attention = Attention(width: width, heads: heads, axis: -2, isCausal: false, rotary: rotary, using: &generator)
        feedForwardNorm = RMSNorm(width)
        feedForward = SwiGLU(width: width, hidden: hidden, using: &generator)
    }

    func callAsFunction(_ x: Tensor, mask: AttentionMask?, rotary: RotaryTable) -> Tensor {
        let heard = attention(attentionNorm(x), residual: x, mask: mask, rotary: rotary)
        return feedForward(feedForwardNorm(heard), residual: heard)
    }

    var tensors: [NamedTensor] {
        attentionNorm.tensors(in: "attention.norm") + attention.tensors(in: "attention") + feedForwardNorm.tensors(in: "feedforward.norm")
            + feedForward.tensors(in: "feedforward")
    }
}
