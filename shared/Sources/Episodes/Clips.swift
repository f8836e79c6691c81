// Clips.swift - what does a model get to see at once?
//
// A batch of short clips: B clips of T frames, cut from episodes and never across the end of one. Bytes become
// numbers in 0...1 on the way from the mapped file to the tensor, so each frame is touched once.

import Tensors

/// Where a clip begins.
public struct ClipPlace: Hashable, Sendable {
    public var episode: Int
    public var start: Int
    public init(episode: Int, start: Int) { (self.episode, self.start) = (episode, start) }
}

/// A batch of B clips of T frames.
public struct Clips {
    /// Where each clip came from, [B].
    public let places: [ClipPlace]
    /// [B,T,H,W,3], 0...1.
    public let frames: Tensor
    /// [B,T-1]: actions[b,t] takes frame t to frame t+1. Nil where they are unknown, and with a stride above 1: then
    /// several actions lie between two frames, and any one of them would be a wrong label.
    public let actions: [Int]?
    /// [B,T] each: the simulator's truth, nil where there is none.
    public let bearing, distance, reward: [Float]?
}

extension EpisodeSet {
    /// Cuts clips of `length` frames, `stride` frames apart, at the given places.
    public func clips(at places: [ClipPlace], length: Int, stride: Int = 1) -> Clips {
        let frames = Tensor(uninitialized: [places.count, length, height, width, 3])
        var target = frames.pointer
        forEachFrame(places, length, stride) { bytes in
            for i in 0 ..< bytes.count { target[i] = Float(bytes[i]) / 255 }
            target += bytes.count
        }
        func gather(_ known: Bool, _ values: (EpisodeFile) -> [Float]?) -> [Float]? {
            known ? places.flatMap { place in
                (0 ..< length).map { values(episodes[place.episode])![place.start + $0 * stride] }
            } : nil
        }
        let actions = hasActions && stride == 1
            ? places.flatMap { episodes[$0.episode].actions![$0.start ..< $0.start + length - 1] } : nil
        return Clips(places: places, frames: frames, actions: actions, bearing: gather(hasTruth, \.bearing),
                     distance: gather(hasTruth, \.distance), reward: gather(hasTruth, \.reward))
    }

    /// The same clips as bytes, [B,T,H,W,3].
    public func bytes(at places: [ClipPlace], length: Int, stride: Int = 1) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(places.count * length * height * width * 3)
        forEachFrame(places, length, stride) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private func forEachFrame(_ places: [ClipPlace], _ length: Int, _ stride: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let size = height * width * 3
        for place in places {
            let episode = episodes[place.episode]
            let last = place.start + (length - 1) * stride
            precondition(
                place.start >= 0 && last < episode.frameCount, "a clip of frames \(place.start)...\(last) in \(episode.frameCount)")
            // Hold the object while its mapping is read.
            withExtendedLifetime(episode) {
                let frames = episode.frames.assumingMemoryBound(to: UInt8.self)
                for t in Swift.stride(from: place.start, through: last, by: stride) {
                    body(.init(rebasing: frames[t * size ..< (t + 1) * size]))
                }
            }
        }
    }

    /// The clips of a validation: in order, without overlap, the same every time. What is left over at the end of
    /// an episode is not used.
    public func places(length: Int, stride: Int = 1) -> [ClipPlace] {
        let span = (length - 1) * stride + 1
        return episodes.indices.flatMap { episode in
            Swift.stride(from: 0, through: episodes[episode].frameCount - span, by: span).map { ClipPlace(episode: episode, start: $0) }
        }
    }

    /// Those clips in batches; each is made when it is asked for.
    public func clips(length: Int, stride: Int = 1, batch: Int) -> some Sequence<Clips> {
        let places = places(length: length, stride: stride)
        return Swift.stride(from: 0, to: places.count, by: batch).lazy.map {
            self.clips(at: Array(places[$0 ..< min($0 + batch, places.count)]), length: length, stride: stride)
        }
    }
}
