// Noise.swift - where do veins, clouds and grain come from?
//
// From value noise: a random number at each point of a lattice, smoothly blended in between, and the sum of a
// few such layers, each finer and fainter (Perlin, "An Image Synthesizer", SIGGRAPH 1985).

/// A smooth random function of the plane, values 0...1, the same for the same seed.
struct Noise {
    let seed: UInt32

    func callAsFunction(_ x: Float, _ y: Float) -> Float {
        let (i, j) = (x.rounded(.down), y.rounded(.down))
        let (fx, fy) = (smoothstep(0, 1, x - i), smoothstep(0, 1, y - j))
        let (a, b) = (Int32(i), Int32(j))
        let low = at(a, b) + (at(a &+ 1, b) - at(a, b)) * fx
        let high = at(a, b &+ 1) + (at(a &+ 1, b &+ 1) - at(a, b &+ 1)) * fx
        return low + (high - low) * fy
    }

    /// Layers of noise, each twice as fine and half as strong as the one before, scaled back to 0...1.
    func layers(_ count: Int, _ x: Float, _ y: Float) -> Float {
        var sum: Float = 0, weight: Float = 1, total: Float = 0, scale: Float = 1
        for k in 0 ..< count {
            let shift = Float(k) * 17.3 // so that the lattices do not coincide
            sum += weight * self(x * scale + shift, y * scale - shift)
            total += weight
            (weight, scale) = (weight / 2, scale * 2)
        }
        return sum / total
    }

    /// The random number of one lattice point.
    func at(_ i: Int32, _ j: Int32) -> Float {
        var h = UInt32(bitPattern: i) &* 0x9E37_79B1 ^ UInt32(bitPattern: j) &* 0x85EB_CA77 ^ seed
        h = (h ^ (h >> 15)) &* 0x2C1B_3C6D
        h = (h ^ (h >> 12)) &* 0x297A_2D39
        return Float((h ^ (h >> 15)) >> 8) * 0x1p-24
    }
}
