// EpisodeFacts.swift - what can be said of the frames of a recording?
//
// The simulator wrote down where the toy was. That is all that is needed to put a frame into words.

import Episodes
import JetBot
import Training

/// What each frame of each episode of a split shows.
public struct EpisodeFacts {
    /// [episodes][frames]
    public let facts: [[Facts]]

    /// - Throws: `TrainingError` when a recording does not say where its toy was.
    public init(_ episodes: EpisodeSet) throws {
        var floors: [UInt64: FloorKind] = [:]       // a room takes a moment to build
        facts = try episodes.episodes.map { file in
            guard let bearing = file.bearing, let distance = file.distance else {
                throw TrainingError("\(file.url.relativePath): does not say where the toy was, so nothing can be said of its frames; "
                    + "record episodes with `episodes record`")
            }
            var floor: FloorKind?
            if let seed = file.metadata["room"].flatMap(UInt64.init) {
                floor = floors[seed] ?? Room(seed: seed).floorKind
                floors[seed] = floor
            }
            return zip(bearing, distance).map { bearing, distance in
                bearing.isNaN ? Facts(hasToy: false, floor: floor)
                    : Facts(
                        hasToy: true, color: .red, place: .init(bearing: bearing), distance: .init(meters: distance), floor: floor)
            }
        }
    }
}
