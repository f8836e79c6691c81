// rotary-turn - how does attention know how far apart two patches are?
//
// Each pair of numbers of a query or key is a point in a plane, and is turned by an angle that grows with its position. The product of two
// turned vectors then depends on the difference of their positions alone. Read section 3 of 1.video-tokenizer/README.md; the house's own is
// RotaryTable (arXiv 2104.09864, equation 15).

import Foundation

/// hd numbers of a head -> hd numbers. Pair i is the numbers i and i + hd/2, turned by position · base^(-i / (hd/2)) radians.
public func turned(_ x: [Float], to position: Int, base: Float = 100) -> [Float] {
    // hole: return x
    let pairs = x.count / 2
    var y = x
    for i in 0 ..< pairs {
        let angle = Float(position) * powf(base, -Float(i) / Float(pairs))
        y[i] = x[i] * cosf(angle) - x[i + pairs] * sinf(angle)
        y[i + pairs] = x[i] * sinf(angle) + x[i + pairs] * cosf(angle)
    }
    return y
    // end of hole
}

// hint 1: To turn the point (u, v) by an angle is a matrix of two cosines and two sines; one of the sines has a minus.
// hint 2: (u, v) becomes (u·cos - v·sin, u·sin + v·cos). Read both old numbers before you write the first new one.
// hint 3: pairs = x.count / 2; for i in 0 ..< pairs: angle = Float(position) * powf(base, -Float(i) / Float(pairs)); y[i] = x[i] *
//         cosf(angle) - x[i + pairs] * sinf(angle); y[i + pairs] = x[i] * sinf(angle) + x[i + pairs] * cosf(angle).
