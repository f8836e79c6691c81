// VariationalLoss.swift - what must the code keep, and what does it pay for keeping it?
//
// The negative evidence lower bound (arXiv 1312.6114, equation 10): squared errors, which are the log-likelihood of pixels under a
// normal distribution, plus the divergence of the codes from the prior. Both are SUMS, over pixels and over latent numbers. Divide
// each by how many there are, as "mean squared error" does, and the pixels are divided by 12,288 and the latents by 32: the prior
// then weighs hundreds of times too much, every code becomes N(0, 1), and all frames decode to the same gray. A public
// reproduction of World Models did just that.

import FrameCoding
import Tensors

/// The loss of a batch, and its two parts a frame: in squared pixels, and in nats.
public struct VariationalLoss {
    public let total: Tensor, reconstruction: Float, divergence: Float

    /// - Parameters:
    ///   - decoded, frames: [n,H,W,3]
    ///   - mean, logVariance: [n,N,Z]
    public init(_ decoded: Tensor, _ frames: Tensor, mean: Tensor, logVariance: Tensor, _ c: VariationalConfiguration) {
        let n = Float(frames.size(0)), pixels = Float(frames.count) / n, latents = Float(mean.count) / n
        let error = decoded.squaredError(frames, weights: c.weighsColors ? colorWeights(of: frames) : nil)
        // KL(N(µ, σ²) ‖ N(0, 1)) = -½·Σ_j (1 + ln σ_j² - µ_j² - σ_j²), for each frame                       (arXiv 1312.6114, appendix B)
        let each = (1 + logVariance - mean.squared() - logVariance.exp()).reshaped([frames.size(0), -1]).sum(axis: 1) * -0.5    // [n,1]
        reconstruction = error.item * pixels
        divergence = each.mean().item
        if c.takesMeans {
            total = error + each.mean() / latents
        } else {
            // max(KL, λ·Z): below the tolerance the prior does not pull at all.
            let free = c.tolerance * latents
            total = error * pixels + (each - free).relu().mean() + free
        }
    }
}
