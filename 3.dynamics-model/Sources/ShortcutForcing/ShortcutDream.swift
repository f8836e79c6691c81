// ShortcutDream.swift - what is remembered of a frame that was drawn in several steps?
//
// Not its steps: while a frame is being drawn, keys and values of the past stay as they are, and those of the unfinished frame are thrown
// away. When it is finished it is read once, as every past frame is: with a little noise, and the label that says so. Only then does the
// memory advance. (Keep what the last step computed, and every frame to come listens to a frame that is labeled as half noise.)

import FrameCoding
import Randomness
import Tensors
import WorldModels

public struct ShortcutDream: Dream {
    let world: ShortcutWorld
    /// B
    public let batch: Int
    /// The last frames: clean latents [B,1,S,Z], the same with a little noise, as the past shows them, and the B actions that led there
    /// (nil: none did, it is the first).
    private var frames: RecentFrames<(z: Tensor, seen: Tensor, led: [Int?])>
    /// What the dynamics model and the eye's decoder have read of them. They catch up when they are asked for a frame.
    private var past: SlidingMemory, drawn: SlidingMemory
    /// Of the past's noise: the same in every dream and in all rows of one, so that a dream without chance has none.
    private var noise = SeededGenerator(seed: 0)

    init(world: ShortcutWorld, batch: Int) {
        (self.world, self.batch) = (world, batch)
        // One place of the T is for the frame to come.
        past = SlidingMemory(most: world.dynamics.configuration.frames - 1, memory: world.dynamics.emptyMemory)
        drawn = SlidingMemory(most: world.eye.frames, memory: world.eye.emptyMemory)
        frames = RecentFrames(for: past, drawn)
    }

    /// [B,1,S,Z] of the last frame, standardized.
    public var latents: Tensor? { frames.last?.z }

    /// Adds a frame: z [B,1,S,Z] and what led to it.
    mutating func append(_ z: Tensor, led: [Int?]) {
        let share = world.dynamics.configuration.contextNoise
        let grain = Tensor.normal(Array(z.shape.suffix(2)), standardDeviation: share, using: &noise)                        // [S,Z]
        frames.append((z, Tensor.withoutGradients { z * (1 - share) + grain }, led))
    }

    public mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        advance(actions, sampling, using: &generator)
        return picture()
    }

    /// Imagines the next frame's latents, and draws nothing: what a policy is trained in.
    public mutating func advance(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) {
        precondition(actions.count == batch && frames.count > 0, "\(actions.count) actions for \(batch) dreams of \(frames.count) frames")
        catchUp()
        let z = world.dynamics.sample(
            actions, before: frames.last!.seen, after: past.memory, steps: sampling.steps ?? 4, temperature: sampling.temperature,
            using: &generator)
        append(z, led: actions)
    }

    /// What the network takes the next frame for in each of K steps, as the eye draws it: K
    /// pictures [B,H,W,3]. The dream stays where it is.
    func guesses(_ actions: [Int], steps: Int, temperature: Float, using generator: inout SeededGenerator) -> [Tensor] {
        var dream = self, pictures: [Tensor] = []
        dream.catchUp()
        _ = world.dynamics.sample(
            actions, before: frames.last!.seen, after: dream.past.memory, steps: steps, temperature: temperature, using: &generator
        ) { guess in
            var shown = dream
            shown.append(guess, led: actions)
            pictures.append(shown.picture())
        }
        return pictures
    }

    /// Reads the finished frames that are not yet in memory.
    public mutating func catchUp() {
        let unread = past.next(upTo: frames.count)
        if unread.isEmpty { return }
        let c = world.dynamics.configuration, isFirst = past.memory.frames == 0
        // In training nobody knew what had come before the first frame of a clip, or what had led to it.
        let nothing = Tensor(repeating: 0, shape: frames.last!.z.shape)
        let before = Tensor.concatenated(unread.map { $0 == unread.first && isFirst ? nothing : frames[$0 - 1].seen }, axis: 1)
        let led = (0 ..< batch).flatMap { b in unread.map { $0 == unread.first && isFirst ? nil : frames[$0].led[b] } }
        let labels = FrameLabels(actions: led, levels: led.map { _ in c.pastLevel }, lengths: led.map { _ in 1 })
        world.dynamics.read(.concatenated(unread.map { frames[$0].seen }, axis: 1), before: before, labels: labels, into: &past.memory)
    }

    /// The last frame as the eye's decoder draws it -> [B,H,W,3].
    public mutating func picture() -> Tensor {
        if drawn.end == frames.count { drawn = SlidingMemory(most: drawn.most, memory: world.eye.emptyMemory) }     // drawn before
        let undrawn = drawn.next(upTo: frames.count)
        let latents = Tensor.withoutGradients { world.dynamics.latents(of: .concatenated(frames[undrawn].map(\.z), axis: 1)) }  // [B,F,S,Z]
        let pictures = world.eye.decode(latents, after: &drawn.memory)
        return pictures.sliced(axis: 1, undrawn.count - 1 ..< undrawn.count).reshaped([batch, world.imageSize, world.imageSize, 3])
    }

    /// Dream `rows[i]` becomes dream i.
    public func selecting(_ rows: [Int]) -> ShortcutDream {
        var dream = ShortcutDream(world: world, batch: rows.count)
        dream.frames = frames.mapped {
            ($0.z.rows(at: rows), $0.seen.rows(at: rows), WorldModels.selecting(rows, of: $0.led, batch: batch))
        }
        (dream.past, dream.drawn, dream.noise) = (past, drawn, noise)
        (dream.past.memory, dream.drawn.memory) = (past.memory.selecting(rows), drawn.memory.selecting(rows))
        return dream
    }
}
