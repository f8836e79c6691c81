// MaskedDynamics.swift - given the frames so far and an action, what does the next frame look like?
//
// Genie's dynamics model (arXiv 2402.15391, section 2.1 "Dynamics Model"): a space-time transformer guesses the tokens of a frame that are
// masked, all at once, from those that are not, the frames before, and the actions. It is trained as it will be used: the past is whole,
// only the frame to be guessed is masked. For every frame of a clip to be such a frame in one pass, each stands in the input twice:
//
//   read    frames 1 ... T-1  whole; frame t sees the frames up to t                       [B, T-1, N]
//   guessed frames 2 ... T    masked; frame t sees itself and the *read* frames before t   [B, T-1, N]
//
// Attention over space and the feed-forward layer work on frames singly, so only attention over time must know (`mask`).
// Most of a frame is the frame before, moved; so a guessed frame begins with that one laid under its masks (`Motion`), not with nothing.

import Captions
import FrameCoding
import Layers
import OpticalFlow
import Randomness
import Tensors
import Training
import VideoTokenizer

public final class MaskedDynamics: CheckpointedModel {
    public static let kind = "masked-dynamics", maker = "train-dynamics"

    public let configuration: DynamicsConfiguration
    /// What each of V codes and the mask token is besides its digits.
    let tokenEmbedding: Embedding
    /// [ΣL,E], a vector for each level of each digit of a code.
    let digitEmbedding: Tensor
    /// [V+1,ΣL], 1 where a code has a level. The mask token has no digits.
    let digits: Tensor
    /// Takes codes apart into digits, and puts them together.
    let quantizer: FiniteScalarQuantizer
    /// Lays the frame before, moved, under a guessed one.
    let motion: Motion
    /// [Z] or [2Z] -> [E], of what is expected; nil where nobody is asked.
    let expectation: Linear?
    /// Where the pixels that are expected come from; nil where none are carried over.
    public let flow: Flow?
    /// What each word is; nil for a model that is told nothing (see WordRow.swift).
    let wordEmbedding: Embedding?
    /// Sentences to words.
    let wordTokenizer: WordTokenizer
    /// One table a block, A actions and "none": what an action means differs from block to block.
    let actionEmbeddings: [Embedding]
    let blocks: [SpaceTimeBlock], norm: RMSNorm
    /// [V], how common each code is.
    let bias: Tensor
    /// The rotary angles of the 2(T-1) frames of a training pass: 0 ... T-2, then 1 ... T-1.
    private let twice: RotaryTable

    public init(_ configuration: DynamicsConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, e = c.embeddingDimensions, headWidth = e / c.heads
        self.configuration = c
        // A code begins as mostly its digits: a deviation of √(0.1² + 4 · 0.15²) = 0.32, and an action's as large.
        tokenEmbedding = Embedding(c.vocabulary + 1, e, standardDeviation: 0.1, using: &generator)
        digitEmbedding = Tensor.normal([c.levels.reduce(0, +), e], standardDeviation: 0.15, using: &generator).asParameter()
        quantizer = FiniteScalarQuantizer(levels: c.levels)
        digits = MaskedDynamics.digits(of: quantizer)
        motion = Motion(c, using: &generator)
        expectation = c.expects == true ? Linear(c.expectedWidth, e, using: &generator) : nil
        flow = c.carries.map { Flow(actions: c.actions, side: $0) }
        actionEmbeddings = (0 ..< c.blocks).map { _ in Embedding(c.actions + 1, e, standardDeviation: 0.3, using: &generator) }
        wordTokenizer = WordTokenizer(words: c.words ?? [])
        wordEmbedding = c.words == nil ? nil : Embedding(wordTokenizer.vocabulary, e, standardDeviation: 0.3, using: &generator)
        let grid = RotaryTable.grid(rows: (c.words == nil ? 0 : 1) + c.side, columns: c.side, headWidth: headWidth)
        let line = RotaryTable.line(length: c.frames, headWidth: headWidth)
        blocks = (0 ..< c.blocks).map { _ in
            SpaceTimeBlock(width: e, heads: c.heads, hidden: c.hiddenDimensions, grid: grid, line: line, using: &generator)
        }
        norm = RMSNorm(e)
        bias = Tensor(repeating: 0, shape: [c.vocabulary]).asParameter()
        twice = RotaryTable.line(positions: Array(0 ..< c.frames - 1) + Array(1 ..< c.frames), headWidth: headWidth)
    }

    /// Which levels each code has: [V+1,ΣL], the mask token's row all 0.
    static func digits(of quantizer: FiniteScalarQuantizer) -> Tensor {
        let width = quantizer.levels.reduce(0, +)
        let codes = (0 ..< quantizer.vocabulary).flatMap { code in
            zip(quantizer.digits(of: code), quantizer.levels).flatMap { digit, level in (0 ..< level).map { $0 == digit ? Float(1) : 0 } }
        }
        return Tensor(codes + Array(repeating: 0, count: width), shape: [quantizer.vocabulary + 1, width])
    }

    /// [V+1,E], what tokens look like: the sum of the vectors of a code's digits, and something of its own. The codes of FSQ are not 1,000
    /// strangers: two that share three of four digits draw nearly alike, and what is learned of one is known of all that share a digit with
    /// it.
    var embeddings: Tensor { tokenEmbedding.weight + digits.matmul(digitEmbedding) }

    // MARK: Training

    /// Who sees whom among the 2(T-1) frames of a training pass.
    static func mask(frames T: Int) -> AttentionMask {
        AttentionMask(length: 2 * (T - 1)) { i, j in
            if i < T - 1 { return j <= i }               // a read frame sees the read frames up to itself
            return j == i || j <= i - (T - 1)            // a guessed frame sees itself and the read frames before it
        }
    }

    /// Logits of the masked tokens; in raster order of all.
    /// - Parameters:
    ///   - read: B·(T-1)·N tokens of frames 1 ... T-1, whole, perhaps with mistakes in them.
    ///   - guessed: B·(T-1)·N tokens of frames 2 ... T, some of them the mask token; in raster order see `MaskDraw.guessed`.
    ///   - actions: B·(T-1); action t leads from frame t to frame t+1.
    ///   - expected: [B,T-1,N,Z or 2Z], what is expected of frames 2 ... T, for a model that asks.
    ///   - words: B·T·w, what is said of each frame, for a model that is told.
    /// - Returns: [M,V] for the M places that are asked for, in row-major order.
    public func logits(read: [Int], guessed: [Int], actions: [Int], expected: Tensor? = nil, words: [Int] = [], batch B: Int) -> Tensor {
        let c = configuration, (T, N, E) = (c.frames, c.patches, c.embeddingDimensions)
        precondition(read.count == B * (T - 1) * N && guessed.count == read.count && actions.count == B * (T - 1),
                     "\(read.count) + \(guessed.count) tokens and \(actions.count) actions for \(B) clips of \(T) frames of \(N)")
        let embeddings = embeddings, seen = embeddings.rows(at: read).reshaped([B, T - 1, N, E])
        var x = Tensor.concatenated([seen, embedded(guessed, after: seen, actions, expected, embeddings)], axis: 1)        // [B,2(T-1),N,E]
        if let said = said(words, batch: B) {
            x = .concatenated([.concatenated([said.sliced(axis: 1, 0 ..< T - 1), said.sliced(axis: 1, 1 ..< T)], axis: 1), x], axis: 2)
        }
        // The action that led to a frame stands with that frame. None led to the first.
        let led = (0 ..< B).flatMap { b -> [Int] in
            let own = actions[b * (T - 1) ..< (b + 1) * (T - 1)]
            return [c.actions] + own.dropLast() + own
        }
        let mask = MaskedDynamics.mask(frames: T)
        for (block, action) in zip(blocks, actionEmbeddings) {
            x = x + action(led).reshaped([B, 2 * (T - 1), 1, E])
            x = c.isWritten ? block.writing(x, from: T - 1, mask: mask, rotary: twice) : block(x, mask: mask, rotary: twice)
        }
        x = x.sliced(axis: 1, T - 1 ..< 2 * (T - 1))
        if c.wordPlaces > 0 { x = x.sliced(axis: 2, c.wordPlaces ..< c.wordPlaces + N) }
        return logits(x.reshaped([-1, E]).rows(at: c.asked(guessed)), embeddings)
    }

    /// B·F·w words -> [B,F,w,E]; nil for a model that is told nothing.
    func said(_ words: [Int], batch: Int) -> Tensor? {
        precondition(words.isEmpty == (wordEmbedding == nil), "a model that is told words must be told, if only silence, and no other")
        return wordEmbedding.map { $0(words).reshaped([batch, -1, configuration.wordPlaces, configuration.embeddingDimensions]) }
    }

    /// Tokens of frames to be guessed, each laid over the frame before it, whose vectors are `last` [B,F,N,E], and the B·F actions in
    /// between -> [B,F,N,E].
    func embedded(_ guessed: [Int], after last: Tensor, _ actions: [Int?], _ expected: Tensor?, _ embeddings: Tensor) -> Tensor {
        precondition((expected != nil) == (expectation != nil), "a model that asks what to expect must be told, and no other")
        let x = motion(last, actions: actions, residual: embeddings.rows(at: guessed).reshaped(last.shape))
        return expectation.map { $0(expected!, residual: x) } ?? x
    }

    /// [M,E] -> [M,V]. A code's embedding is also what a place must look like to be that code (weight tying, arXiv 1608.05859): what is
    /// learned of one of the two uses is known to the other, and codes that draw alike are likely together.
    ///
    /// Why / 4? norm(x) has the length √E = 8, and a code's vector the deviation 0.32: logits would begin with one of 2.5, sure of itself
    /// before anything was learned. With it they begin with 0.6, nearly even.
    func logits(_ x: Tensor, _ embeddings: Tensor) -> Tensor {
        (norm(x) / 4).linear(embeddings.sliced(axis: 0, 0 ..< configuration.vocabulary), bias: bias)
    }

    // MARK: Use

    /// Reads frames and remembers them: B·F·N tokens, the B·F actions that led to those frames (nil: none did, the first frame of all), and
    /// B·F·w words, for a model that is told.
    public func read(_ tokens: [Int], actions: [Int?], words: [Int] = [], batch: Int, into past: inout FrameMemory) {
        Tensor.withoutGradients {
            var x = embeddings.rows(at: tokens).reshaped([batch, actions.count / batch, configuration.patches, -1])
            if let said = said(words, batch: batch) { x = .concatenated([said, x], axis: 2) }
            _ = pass(x, actions: actions, past: &past, remembers: true)
        }
    }

    /// Logits [M,V] at M of the B·N places of the frame that comes after `past`, from what is known of it: B·N tokens, some of them the
    /// mask token. `last` are the B·N tokens of the frame before it.
    public func logits(
        next tokens: [Int], actions: [Int?], expected: Tensor? = nil, batch: Int, after past: FrameMemory, last: [Int], at places: [Int]
    ) -> Tensor {
        Tensor.withoutGradients {
            var past = past
            let embeddings = embeddings, last = embeddings.rows(at: last).reshaped([batch, 1, configuration.patches, -1])
            let x = pass(embedded(tokens, after: last, actions, expected, embeddings), actions: actions, past: &past, remembers: false)
            return logits(x.reshaped([-1, configuration.embeddingDimensions]).rows(at: places), embeddings)
        }
    }

    public var emptyMemory: FrameMemory { FrameMemory(blocks: blocks.count) }

    /// x [B,F,N,E] and the actions that led to those frames -> [B,F,N,E]
    private func pass(_ x: Tensor, actions: [Int?], past: inout FrameMemory, remembers: Bool) -> Tensor {
        let c = configuration, (batch, frames) = (x.size(0), x.size(1))
        precondition(actions.count == batch * frames && past.frames + frames <= c.frames,
                     "\(x.shape) and \(actions.count) actions after \(past.frames) frames, in a model of \(c.frames)")
        var x = x
        let led = actions.map { $0 ?? c.actions }
        for (i, block) in blocks.enumerated() {
            let (out, qkv) = block(x + actionEmbeddings[i](led).reshaped([batch, frames, 1, -1]), past: past.qkv[i])
            if remembers { past.append(qkv, block: i) }
            x = out
        }
        return x
    }

    public var tensors: [NamedTensor] {
        tokenEmbedding.tensors(in: "token_embedding") + [("digit_embedding", digitEmbedding)] + motion.tensors(in: "motion")
            + (expectation?.tensors(in: "expectation") ?? []) + (flow?.tensors(in: "flow") ?? [])
            + (wordEmbedding?.tensors(in: "word_embedding") ?? [])
            + actionEmbeddings.enumerated().flatMap { $1.tensors(in: "action_embeddings.\($0)") }
            + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm") + [("bias", bias)]
    }
}
