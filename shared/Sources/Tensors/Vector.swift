// Vector.swift - how does plain Swift compute sixteen numbers at a time?
//
// `SIMD16<Float>` is one AVX-512 register when the package is compiled for the machine it runs on (Package.swift).
// Written on such vectors, the functions below cost a few cycles for sixteen elements; the C library's `expf` costs more for one.
// Rule of the house: only + - * / and addProduct, sum, max and squareRoot, comparisons with `replacing(with:where:)`, bit casts and shifts.
// Conversions between SIMD types, `.clamped`, and pointwiseMin/Max of two variables are loops over the sixteen, up to a hundred times
// slower.

import Foundation

/// Sixteen numbers that are computed together.
public typealias Vector = SIMD16<Float>

extension UnsafeMutablePointer where Pointee == Float {
    /// Vector number `i` of an aligned buffer: elements `16·i ..< 16·i + 16`.
    @inline(__always) func vector(_ i: Int) -> Vector {
        UnsafeRawPointer(self).load(fromByteOffset: i &* 64, as: Vector.self)
    }
    @inline(__always) func setVector(_ i: Int, _ v: Vector) {
        UnsafeMutableRawPointer(self).storeBytes(of: v, toByteOffset: i &* 64, as: Vector.self)
    }
    /// The sixteen elements from element `offset` on, aligned or not.
    @inline(__always) func vector(at offset: Int) -> Vector {
        UnsafeRawPointer(self + offset).loadUnaligned(as: Vector.self)
    }
    @inline(__always) func setVector(at offset: Int, _ v: Vector) {
        UnsafeMutableRawPointer(self + offset).storeBytes(of: v, as: Vector.self)
    }
    /// The `n` ≤ 16 elements from element `offset` on; the other lanes are 0.
    @inline(__always) func vector(at offset: Int, count n: Int) -> Vector {
        if n == 16 { return vector(at: offset) }
        var v = Vector.zero
        for lane in 0 ..< n { v[lane] = self[offset + lane] }
        return v
    }
    @inline(__always) func setVector(at offset: Int, count n: Int, _ v: Vector) {
        if n == 16 { return setVector(at: offset, v) }
        for lane in 0 ..< n { self[offset + lane] = v[lane] }
    }
}

/// Calls `body` for each vector of a buffer with `count` elements (the last may be part padding), on all workers.
@inline(__always)
func forEachVector(_ count: Int, _ body: (Int) -> Void) {
    Workers.split((count &+ 15) / 16, minimum: 1024) { _, range in
        for i in range { body(i) }
    }
}

extension SIMD16 where Scalar == Float {
    /// eˣ to 2 ulp: x = n·ln 2 + r, a polynomial for eʳ, and n added to the exponent's bits (Cephes, expf.c). Adding 1.5·2²³
    /// rounds to an integer and leaves that integer in the low bits.
    @inline(__always) static func exp(_ value: Vector) -> Vector {
        let magic = Vector(repeating: 12_582_912)
        // Not pointwiseMin: that would turn NaN into 88.3, and a run that has gone wrong would look healthy.
        let x = value.replacing(with: 88.3, where: value .> 88.3).replacing(with: -87.3, where: value .< -87.3)
        let shifted = x * 1.442_695_041 + magic
        let n = shifted - magic
        let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
        var p = Vector(repeating: 1.987_569_15e-4)
        p = p * r + 1.398_199_95e-3
        p = p * r + 8.333_451_9e-3
        p = p * r + 4.166_579_6e-2
        p = p * r + 1.666_666_5e-1
        p = p * r + 0.5
        p = p * r * r + r + 1
        let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< 23
        return unsafeBitCast(unsafeBitCast(p, to: SIMD16<Int32>.self) &+ exponent, to: Vector.self)
    }

    @inline(__always) static func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exp(-x)) }

    @inline(__always) static func tanh(_ x: Vector) -> Vector { 1 - 2 / (exp(2 * x) + 1) }

    /// The error function to 1.5e-7 (Abramowitz & Stegun, formula 7.1.26).
    @inline(__always) static func erf(_ x: Vector) -> Vector {
        let a = x.replacing(with: -x, where: x .< 0)
        let t = 1 / (1 + 0.327_591_1 * a)
        var p = 1.061_405_429 * t - 1.453_152_027
        p = p * t + 1.421_413_741
        p = p * t - 0.284_496_736
        p = p * t + 0.254_829_592
        let y = 1 - p * t * exp(-a * a)
        return y.replacing(with: -y, where: x .< 0)
    }

    /// Each of the sixteen through a function of the C library: for what is not worth a polynomial.
    @inline(__always) func eachElement(_ f: (Float) -> Float) -> Vector {
        var result = self
        for lane in 0 ..< 16 { result[lane] = f(self[lane]) }
        return result
    }
}

/// Σ a[i]·b[i] over `count` elements, in sixteen partial sums.
@inline(__always)
func dot(_ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    var sums = Vector.zero
    var i = 0
    while i &+ 16 <= count {
        sums += a.vector(at: i) * b.vector(at: i)
        i &+= 16
    }
    var total = sums.sum()
    while i < count {
        total += a[i] * b[i]
        i &+= 1
    }
    return total
}
