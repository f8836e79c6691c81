// Schedule.swift - how large a step should the optimizer take, now?

import Foundation

/// The learning rate at `step` (from 0): a straight warm-up to `peak`, then half a cosine down to `floor · peak` (arXiv 1608.03983).
///
/// Warm-up, because the first gradients are large and point nowhere in particular. Decay, because at the end the noise of the steps is
/// what keeps the loss up.
public func warmUpCosine(step: Int, of steps: Int, peak: Float, warmUp: Int, floor: Float = 0.05) -> Float {
    if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
    let progress = min(1, Float(step - warmUp) / Float(max(1, steps - warmUp)))
    return peak * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress)))
}
