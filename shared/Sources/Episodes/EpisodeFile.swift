// EpisodeFile.swift - how is an episode used without loading it?
//
// The frames stay in the memory-mapped file; the few numbers beside them are read and checked once, here, so that nobody downstream
// has to ask whether there are as many rewards as frames, or whether a frame rate is a number.

import Files
import Foundation
import Pictures
import SafeTensors

/// An episode on disk: checked when opened, frames mapped.
public final class EpisodeFile {
    public let url: URL
    public let frameCount, height, width: Int
    /// [T-1]; nil where unknown.
    public let actions: [Int]?
    /// [T] each; nil where the recording has no simulator's truth.
    public let bearing, distance, reward: [Float]?
    public let metadata: [String: String]

    private let file: SafeTensorsFile

    /// More than any robot has. An array is as long as the largest action, so this must not be what a time stamp says.
    public static let mostActions = 1024
    /// Frames a second: from a picture in a hundred seconds to a high-speed camera.
    public static let frameRates = 0.01 ... 1000.0
    /// H and W at most.
    public static let largestSide = 2048

    /// - Throws: `FileError`, or `EpisodeError` when the file is damaged or its tensors are not those of an episode.
    public init(contentsOf url: URL) throws {
        let file: SafeTensorsFile
        do { file = try SafeTensorsFile(contentsOf: url) } catch let error as SafeTensorsError {
            throw EpisodeError("\(error); delete the file, or make the data set anew")
        }
        guard let frames = file.entries["frames"] else {
            throw EpisodeError("\(url.relativePath): there is no tensor 'frames'; this is not an episode file")
        }
        guard frames.dtype == .u8, frames.shape.count == 4, frames.shape[3] == 3, frames.shape[1] > 0, frames.shape[2] > 0 else {
            throw EpisodeError("\(url.relativePath): 'frames' is \(frames.dtype.rawValue) \(frames.shape); U8 [T, H, W, 3] was expected")
        }
        guard max(frames.shape[1], frames.shape[2]) <= EpisodeFile.largestSide else {
            throw EpisodeError(
                "\(url.relativePath): frames of \(frames.shape[2])x\(frames.shape[1]) are larger than \(EpisodeFile.largestSide) a side; "
                    + "make them smaller"
            )
        }
        let T = frames.shape[0]
        guard T >= 2 else {
            throw EpisodeError("\(url.relativePath): \(T) frame(s) do not make an episode; at least 2 are needed")
        }
        func checked(_ name: String, _ shape: [Int]) throws -> SafeTensorsFile.Entry? {
            guard let entry = file.entries[name] else { return nil }
            guard entry.shape == shape else {
                throw EpisodeError("\(url.relativePath): '\(name)' has the shape \(entry.shape); \(shape) was expected for \(T) frames")
            }
            return entry
        }
        actions = try checked("actions", [T - 1]).map { _ in try file.integers("actions") }
        bearing = try checked("bearing", [T]).map { _ in try file.floats("bearing") }
        distance = try checked("distance", [T]).map { _ in try file.floats("distance") }
        reward = try checked("reward", [T]).map { _ in try file.floats("reward") }
        _ = try checked("depth", Array(frames.shape[..<3]))
        (frameCount, height, width) = (T, frames.shape[1], frames.shape[2])
        (self.url, self.file, metadata) = (url, file, file.metadata)
        let names = actionNames, limit = names.isEmpty ? EpisodeFile.mostActions : names.count
        if let wrong = actions?.first(where: { !(0 ..< limit).contains($0) }) {
            throw EpisodeError("\(url.relativePath): there is an action \(wrong); they count from 0 to \(limit - 1)"
                + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"))
        }
        if let text = metadata["fps"], !text.isEmpty, framesPerSecond == nil {
            throw EpisodeError("\(url.relativePath): '\(text)' in its metadata is no number of frames a second from "
                    + "\(EpisodeFile.frameRates.lowerBound) to \(Int(EpisodeFile.frameRates.upperBound)); "
                    + "make the data set anew with a right --fps"
            )
        }
        func check(_ name: String, _ values: [Float]?, _ isRight: (Int, Float) -> Bool, _ expected: String) throws {
            guard let values, let t = values.indices.first(where: { !isRight($0, values[$0]) }) else { return }
            throw EpisodeError("\(url.relativePath): '\(name)' of frame \(t) is \(values[t]); \(expected) was expected")
        }
        try check("reward", reward, { $1.isFinite }, "a number, 0 where nothing is to be seen,")
        // Not a number means: not visible. Then bearing and distance both say so.
        try check(
            "bearing", bearing, { [distance] t, x in abs(x) <= 2 * .pi || x.isNaN && distance?[t].isNaN ?? true },
            "an angle, or NaN where 'distance' is NaN too,")
        try check(
            "distance", distance, { [bearing] t, x in x >= 0 && x.isFinite || x.isNaN && bearing?[t].isNaN ?? true },
            "a length, or NaN where 'bearing' is NaN too,")
    }

    /// All frames, [T,H,W,3], inside the mapping: valid only while this object lives.
    public var frames: UnsafeRawBufferPointer { try! file.bytes("frames") } // checked by init

    /// [T,H,W] meters, or nil where it was not recorded.
    public func depth() throws -> [Float]? { file.entries["depth"] == nil ? nil : try file.floats("depth") }

    /// The names of the actions, in the order of their numbers; empty where nobody named them.
    public var actionNames: [String] {
        metadata["action_names"].map { $0.split(separator: ",").map { printable($0.trimmingCharacters(in: .whitespaces)) } } ?? []
    }

    /// Nil where the file does not say.
    public var framesPerSecond: Double? {
        metadata["fps"].flatMap { Double($0.trimmingCharacters(in: .whitespaces)) }.flatMap {
            EpisodeFile.frameRates.contains($0) ? $0 : nil
        }
    }

    /// Sixteen digits that change when the file does.
    public func fingerprint() -> String { file.fingerprint() }

    /// Frame `t` as a picture.
    public func image(_ t: Int) -> Image {
        precondition(t >= 0 && t < frameCount, "frame \(t) of \(frameCount)")
        let size = width * height * 3
        return Image(width: width, height: height, pixels: Array(frames[t * size ..< (t + 1) * size]))
    }
}
