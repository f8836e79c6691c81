// MaskedDynamics.swift - given the frames so far and an action, what does the next frame look like?
//
// Genie's dynamics model (arXiv 2402.15391, section 2.1 "Dynamics Model"): a space-time transformer guesses the tokens of a frame that are
// masked, all at once, from those that are not, the frames before, and the actions. It is trained as it will be used: the past is whole,
// only the frame to be guessed is masked. For every frame of a clip to be such a frame in one pass, each stands in the input twice:
//
//   read    frames 1 ... T    whole; frame t sees the frames up to t                       [B, T, N]
//   guessed frames 2 ... T    masked; frame t sees itself and the *read* frames before t   [B, T-1, N]
//
// Attention over space and the feed-forward layer work on frames singly, so only attention over time must know (`mask`).

import Layers
import Randomness
import Tensors
import VideoTokenizer

public final class MaskedDynamics: Module {
    public static let kind = "masked-dynamics"

    public let configuration: DynamicsConfiguration
    /// V codes and the mask token.
    let tokenEmbedding: Embedding
    /// One table a block, A actions and "none": what an action means differs from block to block.
    let actionEmbeddings: [Embedding]
    let blocks: [SpaceTimeBlock], norm: RMSNorm, toLogits: Linear
    /// The rotary angles of the 2T-1 frames of a training pass: 0 ... T-1, then 1 ... T-1 again.
    private let twice: RotaryTable

    /// `codeLatents` [V,Z], when given, are what the tokenizer's codes stand for: embeddings then begin as a random image of them, so that
    /// from the first step codes that draw alike look alike.
    public init(_ configuration: DynamicsConfiguration, codeLatents: Tensor? = nil, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions, headWidth = e / c.heads
        self.configuration = c
        tokenEmbedding = Embedding(c.vocabulary + 1, e, standardDeviation: 0.1, using: &generator)
        if let codeLatents {
            precondition(codeLatents.shape.first == c.vocabulary, "latents \(codeLatents.shape) of \(c.vocabulary) codes")
            let image = Tensor.withoutGradients {
                codeLatents.matmul(.normal([codeLatents.size(1), e], standardDeviation: 0.3, using: &generator))
            }
            for i in 0 ..< image.count { tokenEmbedding.weight.pointer[i] += image.pointer[i] }
        }
        actionEmbeddings = (0 ..< c.blocks).map { _ in Embedding(c.actions + 1, e, standardDeviation: 0.3, using: &generator) }
        let grid = RotaryTable.grid(rows: c.side, columns: c.side, headWidth: headWidth)
        let line = RotaryTable.line(length: c.frames, headWidth: headWidth)
        blocks = (0 ..< c.blocks).map { _ in
            SpaceTimeBlock(width: e, heads: c.heads, hidden: c.hiddenDimensions, grid: grid, line: line, using: &generator)
        }
        norm = RMSNorm(e)
        toLogits = Linear(e, c.vocabulary, using: &generator)
        twice = RotaryTable.line(positions: Array(0 ..< c.frames) + Array(1 ..< c.frames), headWidth: headWidth)
    }

    // MARK: Training

    /// Who sees whom among the 2T-1 frames of a training pass.
    static func mask(frames T: Int) -> AttentionMask {
        AttentionMask(length: 2 * T - 1) { i, j in
            if i < T { return j <= i }                   // a read frame sees the read frames up to itself
            return j == i || j < i - T + 1               // guessed frame t = i - T + 1 sees itself and the read frames before t
        }
    }

    /// Logits of the masked tokens.
    /// - Parameters:
    ///   - read: B·T·N tokens of whole frames, perhaps with mistakes in them.
    ///   - guessed: B·(T-1)·N tokens of frames 2 ... T, some of them the mask token.
    ///   - actions: B·(T-1); action t leads from frame t to frame t+1.
    /// - Returns: [M,V] for the M mask tokens of `guessed`, in row-major order.
    public func logits(read: [Int], guessed: [Int], actions: [Int], batch B: Int) -> Tensor {
        let c = configuration, (T, N, E) = (c.frames, c.patches, c.embeddingDimensions)
        precondition(read.count == B * T * N && guessed.count == B * (T - 1) * N && actions.count == B * (T - 1),
                     "\(read.count) + \(guessed.count) tokens and \(actions.count) actions for \(B) clips of \(T) frames of \(N)")
        var x = Tensor.concatenated([
            tokenEmbedding(read).reshaped([B, T, N, E]), tokenEmbedding(guessed).reshaped([B, T - 1, N, E])], axis: 1)  // [B,2T-1,N,E]
        // The action that led to a frame stands with that frame. None led to the first.
        let led = (0 ..< B).flatMap { b -> [Int] in
            let own = actions[b * (T - 1) ..< (b + 1) * (T - 1)]
            return [c.actions] + own + own
        }
        let mask = MaskedDynamics.mask(frames: T)
        for (block, action) in zip(blocks, actionEmbeddings) {
            x = block(x + action(led).reshaped([B, 2 * T - 1, 1, E]), mask: mask, rotary: twice)
        }
        let masked = guessed.indices.filter { guessed[$0] == c.maskToken }
        let rows = x.sliced(axis: 1, T ..< 2 * T - 1).reshaped([-1, E]).rows(at: masked)                                 // [M,E]
        return toLogits(norm(rows))
    }

    // MARK: Use

    /// Reads frames and remembers them: B·F·N tokens and the B·F actions that led to those frames (nil: none did, the first frame of all).
    public func read(_ tokens: [Int], actions: [Int?], batch: Int, into past: inout FrameMemory) {
        _ = pass(tokens, actions: actions, batch: batch, past: past) { past.append($0, block: $1) }
    }

    /// Logits [M,V] at M of the B·N places of the frame that comes after `past`, from what is known of it: B·N tokens, some of them the mask token.
    public func logits(next tokens: [Int], actions: [Int?], batch: Int, after past: FrameMemory, at places: [Int]) -> Tensor {
        let x = pass(tokens, actions: actions, batch: batch, past: past) { _, _ in }
        return Tensor.withoutGradients { toLogits(norm(x.reshaped([-1, configuration.embeddingDimensions]).rows(at: places))) }
    }

    public var emptyMemory: FrameMemory { FrameMemory(blocks: blocks.count) }

    private func pass(
        _ tokens: [Int], actions: [Int?], batch: Int, past: FrameMemory, remember: (_ qkv: Tensor, _ block: Int) -> Void
    ) -> Tensor {
        Tensor.withoutGradients {
            let c = configuration, frames = actions.count / batch
            precondition(tokens.count == actions.count * c.patches && past.frames + frames <= c.frames,
                         "\(tokens.count) tokens and \(actions.count) actions after \(past.frames) frames, in a model of \(c.frames)")
            var x = tokenEmbedding(tokens).reshaped([batch, frames, c.patches, c.embeddingDimensions])
            let led = actions.map { $0 ?? c.actions }
            for (i, block) in blocks.enumerated() {
                let (out, qkv) = block(x + actionEmbeddings[i](led).reshaped([batch, frames, 1, -1]), past: past.qkv[i])
                remember(qkv, i)
                x = out
            }
            return x
        }
    }

    public var tensors: [NamedTensor] {
        tokenEmbedding.tensors(in: "token_embedding")
            + actionEmbeddings.enumerated().flatMap { $1.tensors(in: "action_embeddings.\($0)") }
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm") + toLogits.tensors(in: "to_logits")
    }
}
