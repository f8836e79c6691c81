// SeededGenerator.swift - where does every random number of the workbook come from?
//
// From one small generator that is passed in, never from a global: the same seed gives the same rooms, the
// same initial weights, the same batches. Its state is one 64-bit number, so a checkpoint can hold it and
// a resumed run goes on with the very next number.
//
// SplitMix64: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, figure 16.

import Foundation

/// A seeded source of random numbers with 64 bits of state (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Codable, Equatable, Sendable {
    /// All there is to know about the generator: store it, set it, and the sequence goes on from there.
    public var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A generator for one purpose (`stream`) of a seed: streams do not share their numbers.
    public init(seed: UInt64, stream: UInt64) {
        var mixer = SeededGenerator(seed: seed ^ (stream &* 0xD1B5_4A32_D192_ED03))
        state = mixer.next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in `[0, 1)`, from the 24 bits that a Float can hold.
    public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number in `[low, high)`.
    public mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * uniform() }

    /// An integer in `0 ..< count`. (The bias of the multiplication is below 2⁻³² for the counts used here.)
    public mutating func integer(below count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// A draw from the standard normal distribution (Box-Muller).
    public mutating func normal() -> Float {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// `0 ..< count` in random order (Fisher-Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0 ..< count)
        for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, integer(below: i + 1)) }
        return order
    }
}
