// MaskedDream.swift - what does it mean to imagine, frame after frame?
//
//   the frames so far -> memory;  memory + action -> tokens of the next frame -> picture;  the tokens join the frames so far
//
// A dream is a value. A copy of it can take another action: that is how a planner compares futures. B dreams go on together, because a
// batch costs less than B times one.

import FrameCoding
import Randomness
import Tensors
import VideoTokenizer
import WorldModels

public struct MaskedDream: Dream {
    let world: MaskedWorldModel
    /// B
    public let batch: Int
    /// The last frames: B·N tokens each, the B actions that led there (nil: none did, it is the first), what the decoder draws, [B,N,Z],
    /// and the B·w words that were said of it, where the model has words.
    private var frames: RecentFrames<(tokens: [Int], led: [Int?], latents: Tensor, words: [Int])>
    /// What the dynamics model and the tokenizer's decoder have read of them. They catch up when they are asked for a frame.
    private var past: SlidingMemory, drawn: SlidingMemory
    /// What was expected of the last frame; nil where nobody is asked.
    private var outlook: Outlook?

    /// B·N, of the last frame: how likely the model held each token as it was chosen, 0...1, and the decoding step in which that was, from
    /// 0.
    public private(set) var confidences: [Float] = [], filledAt: [Int] = []

    init(world: MaskedWorldModel, batch: Int) {
        (self.world, self.batch) = (world, batch)
        // One place of the T is for the frame to come.
        past = SlidingMemory(most: world.dynamics.configuration.frames - 1, memory: world.dynamics.emptyMemory)
        drawn = SlidingMemory(most: world.tokenizer.configuration.frames, memory: world.tokenizer.emptyMemory)
        frames = RecentFrames(for: past, drawn)
    }

    /// B·N tokens of the last frame.
    public var tokens: [Int] { frames.last?.tokens ?? [] }

    /// [B,N,Z] of the last frame: what the decoder draws.
    public var latents: Tensor? { frames.last?.latents }

    /// Adds a frame that was seen: B·N tokens, and what led to it.
    mutating func append(_ tokens: [Int], led: [Int?], picture: Tensor) {
        outlook = world.expectation?.begin(picture)
        frames.append((tokens, led, world.codebook.rows(at: tokens).reshaped([batch, tokens.count / batch, -1]), words(nil)))
    }

    /// Imagines the next frame of each of the B dreams -> [B,H,W,3], about 0...1.
    public mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        guard let expectation = world.expectation, let last = outlook else {
            return step(actions, expecting: nil, sampling, using: &generator)
        }
        // What is expected goes first, on from what was expected before.
        let expected = expectation.next(last, actions)
        let drawn = step(actions, expecting: expectation.latents(of: expected), sampling, using: &generator)
        // The tokens have decided whom to believe. What they believe of what was carried over is shown as it was seen, not in ten bits a
        // patch.
        let picture = expected.carried.map { $0.confirmed(by: drawn, patch: world.tokenizer.configuration.patchSize) } ?? drawn
        // Nobody has learned to correct one that is older: it begins anew, from what the tokens drew. (What is carried already would be
        // carried again, with all its errors.)
        outlook = expected.age == ExpectedEpisodes.oldest ? expectation.begin(drawn) : expected
        return picture
    }

    /// The same when it is known what is to be expected: latents [B,N,Z or 2Z].
    public mutating func step(
        _ actions: [Int], expecting latents: Tensor?, _ sampling: Sampling, using generator: inout SeededGenerator
    ) -> Tensor {
        precondition(actions.count == batch && frames.count > 0, "\(actions.count) actions for \(batch) dreams of \(frames.count) frames")
        read()
        let expected = latents.map { $0.reshaped([batch, 1, tokens.count / batch, -1]) }
        let next = world.dynamics.sample(
            actions, after: past.memory, last: tokens, expected: expected, codebook: world.codebook, sampling, using: &generator)
        (confidences, filledAt) = (next.confidences, next.filledAt)
        frames.append((next.tokens, actions, next.latents, words(sampling.words)))
        return picture()
    }

    /// Reads and draws the frames that are not yet in memory.
    public mutating func catchUp() {
        read()
        _ = picture()
    }

    private mutating func read() {
        let unread = past.next(upTo: frames.count)
        if unread.isEmpty { return }
        var led = frames[unread].map(\.led)
        // In training nobody knew what had led to the first frame of a clip.
        if past.memory.frames == 0 { led[0] = Array(repeating: nil, count: batch) }
        let tokens = ClipGrid(frames: frames[unread].map(\.tokens), clips: batch), actions = ClipGrid(frames: led, clips: batch)
        let words = ClipGrid(frames: frames[unread].map(\.words), clips: batch)
        world.dynamics.read(tokens.values, actions: actions.values, words: words.values, batch: batch, into: &past.memory)
    }

    /// A sentence said to all B dreams: B·w.
    private func words(_ sentence: String?) -> [Int] { world.dynamics.rows(of: sentence, count: batch) }

    /// The last frame as the tokenizer draws it -> [B,H,W,3].
    public mutating func picture() -> Tensor {
        if drawn.end == frames.count { drawn = SlidingMemory(most: drawn.most, memory: world.tokenizer.emptyMemory) }   // drawn before
        let undrawn = drawn.next(upTo: frames.count)
        // The F frames that are not drawn yet: [B,F,N,Z].
        let latents = Tensor.concatenated(frames[undrawn].map { $0.latents.reshaped([batch, 1, $0.latents.size(1), -1]) }, axis: 1)
        let pictures = world.tokenizer.decode(latents, after: &drawn.memory)
        return pictures.sliced(axis: 1, undrawn.count - 1 ..< undrawn.count).reshaped([batch, world.imageSize, world.imageSize, 3])
    }

    public func selecting(_ rows: [Int]) -> MaskedDream {
        func chosen<Value>(_ values: [Value]) -> [Value] { WorldModels.selecting(rows, of: values, batch: batch) }
        var dream = MaskedDream(world: world, batch: rows.count)
        dream.frames = frames.mapped { (chosen($0.tokens), chosen($0.led), $0.latents.rows(at: rows), chosen($0.words)) }
        (dream.past, dream.drawn) = (past, drawn)
        (dream.past.memory, dream.drawn.memory) = (past.memory.selecting(rows), drawn.memory.selecting(rows))
        dream.outlook = outlook?.selecting(rows)
        (dream.confidences, dream.filledAt) = (chosen(confidences), chosen(filledAt))
        return dream
    }
}
