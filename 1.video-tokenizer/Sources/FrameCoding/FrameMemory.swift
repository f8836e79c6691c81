// FrameMemory.swift - what must be kept of the past so that the next frame costs one frame?
//
// In attention over time the new frame asks, and the past answers with keys and values. Those depend on frames that do not change
// any more, so each block keeps them ("key/value cache"). One more frame then costs the same whether it is the second or the eighth.

import Tensors

/// For each block the queries, keys and values of its attention over time, [B,F,N,3E] of F frames. A value: a copy is another future.
public struct FrameMemory {
    public private(set) var qkv: [Tensor?]

    public init(blocks: Int) { qkv = Array(repeating: nil, count: blocks) }

    /// F, the frames in it.
    public var frames: Int { qkv.last.flatMap { $0?.size(1) } ?? 0 }

    /// Adds the frames of `new` [B,T,N,3E] to one block's past.
    public mutating func append(_ new: Tensor, block: Int) {
        guard let past = qkv[block] else { return qkv[block] = new }
        // A little longer with every frame, and no two lengths fit the same place on the shelf: room for 2, 4, 8 ... frames does.
        var room = 1
        while room < past.size(1) + new.size(1) { room *= 2 }
        qkv[block] = .concatenated([past, new], axis: 1, roomFor: new.count / new.size(1) * room)
    }

    /// Row `rows[i]` becomes row i: to drop rows, to repeat them, to change their order.
    public func selecting(_ rows: [Int]) -> FrameMemory {
        var copy = self
        copy.qkv = qkv.map { past in past.map { $0.rows(at: rows) } }
        return copy
    }
}
