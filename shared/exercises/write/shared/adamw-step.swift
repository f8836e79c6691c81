// adamw-step - how far does a weight go, when its gradient is a thousand? And when it is a thousandth?
//
// About one learning rate, both times. Write one step of AdamW (arXiv 1711.05101, algorithm 2) with its two running means and their
// corrections. Read "Optimizers" in shared/README.md; the house's own is AdamW.swift.

import Foundation

/// One step, the `step`th, counted from 1. w, m, v, gradient: n numbers each; m and v begin at 0. m is a running mean of the gradient, v of
/// its square. Decay takes a share of the weight itself, `learningRate · weightDecay`, and goes through neither m nor v.
public func adamWStep(
    _ w: inout [Float], _ m: inout [Float], _ v: inout [Float], gradient g: [Float], step: Int,
    learningRate: Float, beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8, weightDecay: Float = 0.01
) {
    // hole: for i in w.indices { w[i] -= learningRate * g[i] }
    let correction1 = 1 - powf(beta1, Float(step)), correction2 = 1 - powf(beta2, Float(step))
    for i in w.indices {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
        let direction = (m[i] / correction1) / ((v[i] / correction2).squareRoot() + epsilon)
        w[i] = (1 - learningRate * weightDecay) * w[i] - learningRate * direction
    }
    // end of hole
}

// hint 1: Four lines for each number: the mean of the gradient, the mean of its square, the quotient m/√v, the step. What are m and
//         v worth after one step, when they began at 0 and keep nine tenths of what they were?
// hint 2: After n steps m has seen a share 1 - β₁ⁿ of a steady gradient. Divide by that, and v by 1 - β₂ⁿ, before you take the
//         quotient; do not store the divided ones.
// hint 3: m = β₁m + (1-β₁)g;  v = β₂v + (1-β₂)g²;  w = (1 - η·λ)·w - η·(m/(1-β₁ⁿ)) / (√(v/(1-β₂ⁿ)) + ε). powf(beta1, Float(step))
//         is β₁ⁿ.
