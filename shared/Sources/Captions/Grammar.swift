// Grammar.swift - in how many ways can the same be said?
//
// A caption is a part of the facts, put into words: "a red ball on the left", "on a wooden floor a red ball", "a toy a little left of
// the center". The image part of a model that has read them all must know color, shape, place and floor apart from each other. No
// sentence has ever heard of a Kong.

import JetBot
import Randomness

/// A sentence and what it claims.
public struct Caption: Equatable {
    public let text: String, claims: Facts

    public init(text: String, claims: Facts) { (self.text, self.claims) = (text, claims) }
}

public enum Grammar {
    /// A caption of a picture: true, but seldom all that could be said.
    ///
    /// Most say one thing, and half of those where it is. "A red ball on the left" is wrong of nearly every other picture for its color or
    /// its shape alone, so from sentences that say everything one learns color and shape, and the place last of all.
    public static func caption(of picture: Facts, using generator: inout SeededGenerator) -> Caption {
        var claims = picture
        if picture.hasToy, generator.uniform() < 0.8 {
            claims = Facts(hasToy: true)
            switch generator.integer(below: 10) {
            case 0 ..< 5: claims.place = picture.place
            case 5 ..< 7: claims.color = picture.color
            case 7: claims.shape = picture.shape
            case 8: claims.distance = picture.distance
            default: claims.floor = picture.floor
            }
        } else {
            if generator.uniform() < 0.2 { claims.color = nil }
            if generator.uniform() < 0.3 { claims.shape = nil }
            if generator.uniform() < 0.2 { claims.place = nil }
            if generator.uniform() < 0.5 { claims.distance = nil }
            if generator.uniform() < 0.7 { claims.floor = nil }
        }
        return Caption(text: text(of: claims, using: &generator), claims: claims)
    }

    /// One of the ways to say it.
    public static func text(of claims: Facts, using generator: inout SeededGenerator) -> String {
        func one(_ ways: [String]) -> String { ways[generator.integer(below: ways.count)] }
        let floor = claims.floor.map { one(floors[$0]!) }
        guard claims.hasToy else {
            guard let floor else { return one(nothings) }
            return generator.uniform() < 0.5 ? "\(floor) \(one(withNothing))" : "\(one(noToys)) on \(floor)"
        }
        let noun = (claims.color.map { "\($0.rawValue) " } ?? "") + (claims.shape.map { one(shapes[$0]!) } ?? one(things))
        let toy = ("aeiou".contains(noun.first!) ? "an " : "a ") + noun
        let place = claims.place.map { one(places[$0]!) }, distance = claims.distance.map { one(distances[$0]!) }
        let onFloor = floor.map { "on \($0)" }
        // The toy first, or what is around it.
        let parts = generator.uniform() < 0.75 ? [one(openings), toy, place, distance, onFloor] : [onFloor, distance, toy, place]
        return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// What is true of the mirrored picture where `sentence` is true of the picture: left and right are exchanged.
    public static func mirrored(_ sentence: String) -> String {
        let other = ["left": "right", "right": "left"]
        return WordTokenizer.split(sentence).map { other[$0] ?? $0 }.joined(separator: " ")
    }

    /// Every word of every sentence, in alphabetical order: the vocabulary.
    public static let words: [String] = {
        let phrases = Array(floors.values.joined()) + nothings + withNothing + noToys + things + openings
            + shapes.values.joined() + places.values.joined() + distances.values.joined() + Toy.Color.allCases.map(\.rawValue) + [
                "a", "an", "on",
            ]
        return Set(phrases.flatMap { WordTokenizer.split($0) }).sorted()
    }()

    private static let openings = ["", "", "", "there is", "a photo of", "a picture of", "i see"]
    private static let things = ["toy", "thing"]
    private static let shapes: [Toy.Shape: [String]] = [
        .ball: ["ball", "round ball"], .cube: ["cube", "block"], .can: ["can", "tin"], .duck: ["duck", "bath duck"], .bone: ["bone"],
    ]
    private static let places: [Facts.Place: [String]] = [
        .farLeft: ["far to the left", "at the left edge of the frame", "on the far left"],
        .left: ["on the left", "to the left", "in the left half of the frame"],
        .slightlyLeft: ["slightly to the left", "a little left of the center", "just left of the middle"],
        .centered: ["centered in the frame", "in the center", "in the middle of the frame", "straight ahead"],
        .slightlyRight: ["slightly to the right", "a little right of the center", "just right of the middle"],
        .right: ["on the right", "to the right", "in the right half of the frame"],
        .farRight: ["far to the right", "at the right edge of the frame", "on the far right"],
    ]
    private static let distances: [Facts.Distance: [String]] = [
        .near: ["near", "close by", "close to the camera"], .far: ["far away", "in the distance"],
    ]
    private static let floors: [FloorKind: [String]] = [
        .marble: ["a marble floor", "a stone floor"], .tiles: ["a tiled floor", "kitchen tiles"],
        .planks: ["a wooden floor", "wooden planks"],
        .mat: ["a rubber mat", "a mat"], .rug: ["a carpet", "a carpet with a rug"],
    ]
    private static let nothings = [
        "an empty kitchen floor with no toy", "an empty floor", "an empty kitchen floor", "a kitchen with nothing in it",
        "no toy in the frame", "nothing but the floor",
    ]
    private static let withNothing = ["with no toy", "with nothing on it", "and no toy"]
    private static let noToys = ["nothing", "no toy", "no toy at all"]
}
