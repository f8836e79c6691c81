// ClipGrid.swift - which of the numbers in a flat array belong to this frame of that clip?
//
// Tokens and actions of B clips come as one row-major array, [B,T,N]: N tokens of a frame, or one action of a step. Ask this for a frame.

/// Values [B,T,N] of B clips with T frames of N values each.
public struct ClipGrid<Value> {
    /// B·T·N
    public let values: [Value]
    /// B, T and N
    public let clips: Int, frames: Int, size: Int

    /// - Parameter size: N, 1 for actions.
    public init(_ values: [Value], clips: Int, size: Int = 1) {
        precondition(values.count % max(1, clips * size) == 0, "\(values.count) values are not \(clips) clips of frames of \(size)")
        (self.values, self.clips, self.size) = (values, clips, size)
        frames = values.count / max(1, clips * size)
    }

    /// The frames one after the other, each with the N values of all B clips.
    public init(frames: [[Value]], clips: Int) {
        let size = frames[0].count / clips
        self.init((0 ..< clips).flatMap { b in frames.flatMap { $0[b * size ..< (b + 1) * size] } }, clips: clips, size: size)
    }

    /// Some frames of one clip: F·N values.
    public subscript(clip b: Int, frames range: Range<Int>) -> ArraySlice<Value> {
        values[(b * frames + range.lowerBound) * size ..< (b * frames + range.upperBound) * size]
    }
    /// One frame of one clip: N values.
    public subscript(clip b: Int, frame t: Int) -> ArraySlice<Value> { self[clip: b, frames: t ..< t + 1] }
    /// Some frames of all clips: B·F·N values.
    public subscript(frames range: Range<Int>) -> [Value] { (0 ..< clips).flatMap { self[clip: $0, frames: range] } }
    /// One frame of all clips: B·N values.
    public subscript(frame t: Int) -> [Value] { self[frames: t ..< t + 1] }

    /// These clips, in this order.
    public func selecting(_ chosen: some Sequence<Int>) -> ClipGrid {
        let chosen = Array(chosen)
        return ClipGrid(chosen.flatMap { self[clip: $0, frames: 0 ..< frames] }, clips: chosen.count, size: size)
    }
}
