// SlidingMemory.swift - how does a model follow a film that is longer than what it can look back at?

/// A model that looks back at no more than `most` frames, following a dream that has no end. When its memory is full it forgets all and
/// reads the later half again: once in a while that costs a few frames, and most steps cost one.
public struct SlidingMemory {
    public let most: Int
    public var memory: FrameMemory
    /// The number of the first frame in memory.
    public private(set) var first = 0
    /// The number of the first frame that is not yet in memory.
    public var end: Int { first + memory.frames }

    public init(most: Int, memory: FrameMemory) { (self.most, self.memory) = (most, memory) }

    /// Which frames to read, so that all before `count` are known as far as there is room.
    public mutating func next(upTo count: Int) -> Range<Int> {
        if count - first > most { (memory, first) = (FrameMemory(blocks: memory.qkv.count), count - (most + 1) / 2) }
        return end ..< count
    }
}
