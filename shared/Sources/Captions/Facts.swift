// Facts.swift - what is true of a picture, and what does a sentence claim?
//
// The same few things: a toy or none, its color and shape, where in the view, how far, on what floor. A picture knows all of them,
// a sentence says some. So whether a sentence is true of a picture can be looked up, also when it was written for another one.

import Foundation
import JetBot

/// What a picture shows, or what a sentence says of it; nil is not said.
public struct Facts: Equatable, Codable {
    /// Where in the view, by its bearing; 10 degrees are 5 of 64 pixels.
    public enum Place: String, CaseIterable, Codable { case farLeft, left, slightlyLeft, centered, slightlyRight, right, farRight }
    public enum Distance: String, CaseIterable, Codable { case near, far }

    public var hasToy: Bool
    public var color: Toy.Color?, shape: Toy.Shape?
    public var place: Place?
    /// Also nil in pictures in which the toy is neither near nor far.
    public var distance: Distance?
    public var floor: FloorKind?

    public init(
        hasToy: Bool, color: Toy.Color? = nil, shape: Toy.Shape? = nil, place: Place? = nil, distance: Distance? = nil,
        floor: FloorKind? = nil
    ) {
        (self.hasToy, self.color, self.shape, self.place, self.distance, self.floor) = (hasToy, color, shape, place, distance, floor)
    }

    /// Whether everything that this claims holds in `picture`.
    public func isTrue(of picture: Facts) -> Bool {
        func agrees<Value: Equatable>(_ claim: Value?, _ fact: Value?) -> Bool { claim == nil || claim == fact }
        return hasToy == picture.hasToy && agrees(color, picture.color) && agrees(shape, picture.shape)
            && agrees(place, picture.place) && agrees(distance, picture.distance) && agrees(floor, picture.floor)
    }

    /// The facts of the mirrored picture.
    public var mirrored: Facts {
        var facts = self
        let places = Place.allCases
        facts.place = place.map { places[places.count - 1 - places.firstIndex(of: $0)!] }
        return facts
    }
}

extension Facts.Place {
    /// The class of a bearing, radians to the left.
    public init(bearing: Float) {
        let degrees = bearing * 180 / .pi
        switch abs(degrees) {
        case ..<10: self = .centered
        case ..<25: self = degrees > 0 ? .slightlyLeft : .slightlyRight
        case ..<45: self = degrees > 0 ? .left : .right
        default: self = degrees > 0 ? .farLeft : .farRight
        }
    }
}

extension Facts.Distance {
    /// The class of a distance in meters, if it is one that people would mention.
    public init?(meters: Float) {
        if meters < 0.55 { self = .near } else if meters > 1 { self = .far } else { return nil }
    }
}
