// SpaceTimeBlock.swift - how can a transformer afford video?
//
// Full attention over T frames of N patches compares (T·N)² pairs: for 8 frames of 64 patches, 262,144. A space-time block
// (Genie, arXiv 2402.15391, section 2; after arXiv 2001.02908) splits it: attention over space compares the N patches of one
// frame with each other, then attention over time compares the T frames at one patch, causally. T·N² + N·T² = 36,864 pairs,
// and the cost of space grows only linearly with the number of frames. One feed-forward layer follows the two.

import Layers
import Randomness
import Tensors

/// [B,T,N,E] -> [B,T,N,E]: space, time, feed-forward, each on a normalized copy and added back (pre-norm, arXiv 2002.04745).
public final class SpaceTimeBlock: Module {
    let spaceNorm: RMSNorm, space: Attention
    let timeNorm: RMSNorm, time: Attention
    let feedForwardNorm: RMSNorm, feedForward: SwiGLU

    /// `grid` gives the rotary angles of the N patches, `line` those of the T frames.
    public init(width: Int, heads: Int, hidden: Int, grid: RotaryTable, line: RotaryTable, using generator: inout SeededGenerator) {
        spaceNorm = RMSNorm(width)
        space = Attention(width: width, heads: heads, axis: -2, isCausal: false, rotary: grid, using: &generator)
        timeNorm = RMSNorm(width)
        time = Attention(width: width, heads: heads, axis: -3, isCausal: true, rotary: line, using: &generator)
        feedForwardNorm = RMSNorm(width)
        feedForward = SwiGLU(width: width, hidden: hidden, using: &generator)
    }

    /// `mask`, when given, says which frames see which, in place of "no frame sees the future"; `rotary` then says when each frame is.
    public func callAsFunction(_ x: Tensor, mask: AttentionMask? = nil, rotary: RotaryTable? = nil) -> Tensor {
        precondition(x.shape.count == 4, "a space-time block takes [B,T,N,E], not \(x.shape)")
        var x = space(spaceNorm(x), residual: x)
        x = time(timeNorm(x), residual: x, mask: mask, rotary: rotary)
        return feedForward(feedForwardNorm(x), residual: x)
    }

    /// The same for frames that follow those in `past` [B,F,N,3E]. Only attention over time looks back, so its keys and values are all that
    /// must be kept; `qkv` [B,T,N,3E] are this input's.
    public func callAsFunction(_ x: Tensor, past: Tensor?) -> (x: Tensor, qkv: Tensor) {
        let seen = space(spaceNorm(x), residual: x)
        let (remembered, qkv) = time(timeNorm(seen), residual: seen, past: past)
        return (feedForward(feedForwardNorm(remembered), residual: remembered), qkv)
    }

    /// The same where the frames from number `first` on are written one patch after the other: each hears those before it, none behind.
    public func writing(_ x: Tensor, from first: Int, mask: AttentionMask, rotary: RotaryTable) -> Tensor {
        let read = x.sliced(axis: 1, 0 ..< first), written = x.sliced(axis: 1, first ..< x.size(1))
        var x = Tensor.concatenated(
            [space(spaceNorm(read), residual: read), space(spaceNorm(written), residual: written, isCausal: true)], axis: 1)
        x = time(timeNorm(x), residual: x, mask: mask, rotary: rotary)
        return feedForward(feedForwardNorm(x), residual: x)
    }

    /// One patch x [B,1,1,E] of a frame that is being written. `before` [B,1,i,3E] are queries, keys and values of those that are there
    /// already, `past` [B,F,1,3E] those of the same place in earlier frames; `qkv` [B,1,1,3E] are its own, for the next patch.
    public func callAsFunction(_ x: Tensor, before: Tensor?, past: Tensor?) -> (x: Tensor, qkv: Tensor) {
        let (seen, qkv) = space(spaceNorm(x), residual: x, past: before)
        let (remembered, _) = time(timeNorm(seen), residual: seen, past: past)
        return (feedForward(feedForwardNorm(remembered), residual: remembered), qkv)
    }

    public var tensors: [NamedTensor] {
        spaceNorm.tensors(in: "space.norm") + space.tensors(in: "space")
            + timeNorm.tensors(in: "time.norm") + time.tensors(in: "time")
            + feedForwardNorm.tensors(in: "feedforward.norm") + feedForward.tensors(in: "feedforward")
    }
}

/// Blocks one after the other, and a norm at the end: the trunk of the encoder, the decoder, and of later stages' models.
public final class SpaceTimeTransformer: Module {
    let blocks: [SpaceTimeBlock]
    let norm: RMSNorm

    /// `side` is the number of patches along a side of the frame: N = side². `frames` is the longest T.
    public init(blocks: Int, width: Int, heads: Int, hidden: Int, frames: Int, side: Int, using generator: inout SeededGenerator) {
        let grid = RotaryTable.grid(rows: side, columns: side, headWidth: width / heads)
        let line = RotaryTable.line(length: frames, headWidth: width / heads)
        self.blocks = (0 ..< blocks).map { _ in
            SpaceTimeBlock(width: width, heads: heads, hidden: hidden, grid: grid, line: line, using: &generator)
        }
        norm = RMSNorm(width)
    }

    /// [B,T,N,E] -> [B,T,N,E]; N = side², T at most `frames`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        norm(blocks.reduce(x) { x, block in block(x) })
    }

    /// The same for frames that follow those in `past`, which then holds these too. Records no graph.
    public func callAsFunction(_ x: Tensor, after past: inout FrameMemory) -> Tensor {
        Tensor.withoutGradients {
            norm(blocks.indices.reduce(x) { x, i in
                let (x, qkv) = blocks[i](x, past: past.qkv[i])
                past.append(qkv, block: i)          // what was the past until now is free for the next block
                return x
            })
        }
    }

    /// Whom the patches of one frame x [N,E] listen to in each block, the mean over its heads: [N,N] each, to look at.
    public func listening(_ x: Tensor) -> [Tensor] {
        var x = x
        return Tensor.withoutGradients {
            blocks.map { block in
                let weights = block.space.weights(block.spaceNorm(x))
                x = block(x.reshaped([1, 1] + x.shape)).reshaped(x.shape)
                return weights.mean(axis: 0).reshaped([x.size(0), x.size(0)])
            }
        }
    }

    /// No frames yet.
    public var emptyMemory: FrameMemory { FrameMemory(blocks: blocks.count) }

    public var tensors: [NamedTensor] {
        blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm")
    }
}
