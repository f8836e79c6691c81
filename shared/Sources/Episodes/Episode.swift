// Episode.swift - what is one recording, and how does it lie in a file?
//
// Frames, and what was done between them: actions[t] takes frame t to frame t+1, so there is one action fewer than
// frames. That is on purpose: whoever is off by one gets an error instead of a model that learns nothing.
//
// One safetensors file an episode:   frames   U8  [T,H,W,3]    RGB
//                                    actions  I64 [T-1]        absent where unknown
//   bearing, distance, reward        F32 [T]                   the simulator's truth about the Kong, optional
//                                    depth    F32 [T,H,W]      meters, optional

import Files
import Foundation
import Pictures
import SafeTensors

/// An episode is not what it should be. `description` is one line that says what, where, and what to do.
public struct EpisodeError: Error, CustomStringConvertible, Equatable {
    public let description: String
    public init(_ description: String) { self.description = printable(description) }
}

/// One recording, in memory.
public struct Episode: Equatable {
    /// [T,H,W,3] RGB bytes.
    public var frames: [UInt8]
    public let width, height: Int
    /// [T-1]; nil where nobody knows.
    public var actions: [Int]?
    /// [T]: radians to the Kong, left positive, and meters; NaN where it is not visible. Reward 0...1.
    public var bearing, distance, reward: [Float]?
    /// [T,H,W] meters.
    public var depth: [Float]?
    /// `source`, `fps`, `action_names` (separated by commas), `seed`, `room`.
    public var metadata: [String: String]

    /// T, the number of frames.
    public var frameCount: Int { frames.count / (width * height * 3) }

    public init(frames: [UInt8], width: Int, height: Int, actions: [Int]? = nil, metadata: [String: String] = [:]) {
        precondition(width > 0 && height > 0 && frames.count % (width * height * 3) == 0,
                     "\(frames.count) bytes are no frames of \(width)x\(height)")
        (self.frames, self.width, self.height) = (frames, width, height)
        (self.actions, self.metadata) = (actions, metadata)
    }

    /// Reads an episode file, all of it.
    /// - Throws: `FileError`, `SafeTensorsError` or `EpisodeError`, each one line that names the file.
    public init(contentsOf url: URL) throws {
        let file = try EpisodeFile(contentsOf: url)
        self.init(frames: Array(file.frames), width: file.width, height: file.height, actions: file.actions, metadata: file.metadata)
        (bearing, distance, reward) = (file.bearing, file.distance, file.reward)
        depth = try file.depth()
    }

    /// Writes the file whole or not at all.
    public func write(to url: URL) throws {
        let T = frameCount
        precondition(actions == nil || actions!.count == T - 1, "\(actions!.count) actions for \(T) frames; there is one fewer than frames")
        var writer = SafeTensorsWriter(metadata: metadata)
        writer.add("frames", shape: [T, height, width, 3], bytes: frames)
        if let actions { writer.add("actions", shape: [T - 1], integers: actions) }
        if let bearing { writer.add("bearing", shape: [T], floats: bearing) }
        if let distance { writer.add("distance", shape: [T], floats: distance) }
        if let reward { writer.add("reward", shape: [T], floats: reward) }
        if let depth { writer.add("depth", shape: [T, height, width], floats: depth) }
        try writer.write(to: url)
    }

    /// Frame `t` as a picture.
    public func image(_ t: Int) -> Image {
        let size = width * height * 3
        return Image(width: width, height: height, pixels: Array(frames[t * size ..< (t + 1) * size]))
    }
}
