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

/// The frames of a dream that has no end, under the numbers that they had from its beginning. Those
/// that no memory can go back to are let go.
public struct RecentFrames<Frame> {
    private var kept: [Frame] = [], first = 0
    private let most: Int

    /// - Parameter memories: what reads them. The frame before those that are read may be asked for, too.
    public init(for memories: SlidingMemory...) { most = memories.map(\.most).max()! + 1 }

    /// All frames so far.
    public var count: Int { first + kept.count }
    public var last: Frame? { kept.last }
    public subscript(number: Int) -> Frame { kept[number - first] }
    public subscript(numbers: Range<Int>) -> ArraySlice<Frame> { kept[numbers.lowerBound - first ..< numbers.upperBound - first] }

    public mutating func append(_ frame: Frame) {
        kept.append(frame)
        if kept.count > most {
            kept.removeFirst()
            first += 1
        }
    }

    /// Each of them changed, as when dreams are dropped or repeated.
    public func mapped(_ change: (Frame) -> Frame) -> RecentFrames {
        var copy = self
        copy.kept = kept.map(change)
        return copy
    }
}
