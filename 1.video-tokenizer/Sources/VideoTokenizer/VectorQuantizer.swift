// VectorQuantizer.swift - how is a codebook learned, and why does it collapse?
//
// A table of V vectors; each latent is replaced by the nearest one (VQ-VAE, arXiv 1711.00937). A code that is never the
// nearest is never moved, so it is never the nearest: most of a codebook dies in the first hundred steps. The cure is to
// notice and to move dead codes to where latents are (Jukebox, arXiv 2005.00341, "Random restarts for embeddings").
//
// In: latents [.., Z]. Out: their nearest codebook vectors, the codes, and the commitment loss.

import Layers
import Randomness
import Tensors

/// Vector quantization with a codebook kept up by moving averages, arXiv 1711.00937, section 3 and appendix A.1.
public final class VectorQuantizer: Quantizer {
    public var vocabulary: Int { codebook.size(0) }
    /// [V, Z]; not trained by gradients.
    let codebook: Tensor
    /// Moving averages: how many latents chose a code [V], and their sum [V, Z].
    let counts: Tensor, sums: Tensor
    let revivesDeadCodes: Bool

    let decay: Float = 0.99
    /// β: how hard latents are pulled towards their codes (equation 3).
    let commitment: Float = 0.25
    /// A code that fewer latents a step than this choose, on average, is dead.
    let deadBelow: Float = 0.1

    public init(codes: Int, dimensions: Int, revivesDeadCodes: Bool, using generator: inout SeededGenerator) {
        codebook = Tensor.normal([codes, dimensions], standardDeviation: 1, using: &generator)
        counts = Tensor(repeating: 1, shape: [codes])
        sums = Tensor(codebook.values, shape: codebook.shape)
        self.revivesDeadCodes = revivesDeadCodes
    }

    public func callAsFunction(_ latents: Tensor, isTraining: Bool) -> Quantized {
        let codes = Tensor.withoutGradients { nearest(to: latents) }
        let chosen = codebook.rows(at: codes).reshaped(latents.shape)
        if isTraining { follow(latents, codes) }
        return Quantized(
            latents: latents + (chosen - latents).stopGradient(),   // the value of `chosen`, the gradient of `latents`
            codes: codes,
            loss: latents.meanSquaredError(chosen) * commitment)
    }

    /// argmin over c of |z - c|² = |z|² - 2·z·c + |c|²; |z|² is the same for every c.
    private func nearest(to latents: Tensor) -> [Int] {
        let rows = latents.reshaped([-1, codebook.size(1)])
        let lengths = codebook.squared().sum(axis: 1).reshaped([vocabulary])
        return rows.linear(codebook * 2, bias: -lengths).argmax()
    }

    /// Moves each code to the moving average of the latents that chose it.
    private func follow(_ latents: Tensor, _ codes: [Int]) {
        let z = codebook.size(1)
        for i in 0 ..< counts.count { counts.pointer[i] *= decay }
        for i in 0 ..< sums.count { sums.pointer[i] *= decay }
        for (row, code) in codes.enumerated() {
            counts.pointer[code] += 1 - decay
            for d in 0 ..< z { sums.pointer[code * z + d] += (1 - decay) * latents.pointer[row * z + d] }
        }
        var revived = 0
        for code in 0 ..< vocabulary {
            if revivesDeadCodes && counts.pointer[code] < deadBelow {
                // A latent of this batch, each dead code another: batches are drawn at random, so these are too.
                let row = (revived &* 7919) % codes.count
                revived += 1
                counts.pointer[code] = 1
                for d in 0 ..< z { sums.pointer[code * z + d] = latents.pointer[row * z + d] }
            }
            for d in 0 ..< z {
                codebook.pointer[code * z + d] = sums.pointer[code * z + d] / max(counts.pointer[code], 1e-5)
            }
        }
    }

    public func latents(of codes: [Int]) -> Tensor { codebook.rows(at: codes) }

    public var tensors: [NamedTensor] { [("codebook", codebook), ("counts", counts), ("sums", sums)] }
}
