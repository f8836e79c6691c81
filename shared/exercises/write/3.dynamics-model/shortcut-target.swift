// shortcut-target - where do two small steps lead together?
//
// A shortcut model learns to take in one step what it took in two. The target of a step of size d from signal τ is what two of its
// own steps of d/2 say. With f(z, τ, d) the clean frame that it believes in (arXiv 2509.24527, section 3.2):
//   b' = (f(z, τ, d/2) - z) / (1-τ)     z' = z + b'·d/2     b'' = (f(z', τ+d/2, d/2) - z') / (1-(τ+d/2))     target = z + (1-τ)·(b'+b'')/2
// Read 3.dynamics-model/chapters/shortcut-forcing.md; the house's own is ShortcutObjective.swift.

/// z, a frame of n numbers at signal `tau` -> the target of a step of size d. `f(z, tau, d)` gives n numbers.
public func shortcutTarget(_ z: [Float], tau: Float, d: Float, f: ([Float], Float, Float) -> [Float]) -> [Float] {
    // hole: return z
    func slope(_ z: [Float], _ tau: Float) -> [Float] { zip(f(z, tau, d / 2), z).map { ($0 - $1) / (1 - tau) } }
    let first = slope(z, tau)
    let there = zip(z, first).map { $0 + $1 * d / 2 }
    let second = slope(there, tau + d / 2)
    return z.indices.map { z[$0] + (1 - tau) * (first[$0] + second[$0]) / 2 }
    // end of hole
}

// hint 1: The same thing is done twice, at two places: ask f, subtract z, divide by what is left of the way. Make it a function.
// hint 2: slope(z, τ) = (f(z, τ, d/2) - z) / (1-τ), number by number: zip(f(z, tau, d / 2), z).map { ($0 - $1) / (1 - tau) }.
// hint 3: first = slope(z, tau); there = zip(z, first).map { $0 + $1 * d / 2 }; second = slope(there, tau + d / 2); z[i] + (1 -
//         tau) * (first[i] + second[i]) / 2.
