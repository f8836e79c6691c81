// codebook-averages - how does a codebook learn without a gradient?
//
// Each code moves to the mean of the latents that chose it: a running mean, so that one batch cannot pull it away. Kept are how
// many latents chose the code, and their sum, both fading. Read section 6 of 1.video-tokenizer/README.md; the house's own is
// `follow` in VectorQuantizer.swift (arXiv 1711.00937, appendix A.1).

/// V codes of Z numbers.
public struct Codebook {
    /// [V][Z]
    public var vectors: [[Float]]
    /// Fading: how many latents a step chose each code [V], and the sum of those [V][Z].
    public var counts: [Float], sums: [[Float]]

    public init(_ vectors: [[Float]]) {
        (self.vectors, sums) = (vectors, vectors)
        counts = vectors.map { _ in 1 }
    }

    /// One batch: `latents` [n][Z], and which code each of them chose. Of counts and sums a share `decay` stays, the rest is this batch's.
    public mutating func follow(_ latents: [[Float]], codes: [Int], decay: Float) {
        // hole: return
        for code in vectors.indices {
            counts[code] *= decay
            for z in sums[code].indices { sums[code][z] *= decay }
        }
        for (latent, code) in zip(latents, codes) {
            counts[code] += 1 - decay
            for z in latent.indices { sums[code][z] += (1 - decay) * latent[z] }
        }
        for code in vectors.indices { vectors[code] = sums[code].map { $0 / max(counts[code], 1e-5) } }
        // end of hole
    }
}

// hint 1: Three rounds: all counts and sums fade; each latent adds itself to its code; every vector becomes sum / count.
// hint 2: What fades is multiplied by `decay`, what comes in counts 1 - decay each: a latent adds (1 - decay) to the count and (1 -
//         decay)·latent to the sum.
// hint 3: counts[code] *= decay, and each number of sums[code]; for (latent, code) in zip(latents, codes) the additions; then
//         vectors[code] = sums[code].map { $0 / max(counts[code], 1e-5) }.
