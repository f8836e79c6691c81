// warm-up-cosine - how large a step, now?
//
// A straight line up to `peak` in the first `warmUp` steps, and then half a cosine down to `floor · peak` (arXiv 1608.03983). Read
// "Optimizers" in shared/README.md; the house's own is Schedule.swift.

import Foundation

/// The learning rate at `step`, counted from 0, of `steps`. The first step has peak / warmUp, the last of the warm-up has the whole peak.
public func learningRate(at step: Int, of steps: Int, peak: Float, warmUp: Int, floor: Float) -> Float {
    // hole: return peak
    if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
    let progress = min(1, Float(step - warmUp) / Float(max(1, steps - warmUp)))
    let down = 0.5 * (1 + cosf(.pi * progress))
    return peak * (floor + (1 - floor) * down)
    // end of hole
}

// hint 1: Two cases. In the first, what share of the warm-up is done after step 0? In the second, how far between warmUp and steps
//         is it?
// hint 2: ½·(1 + cos(π·progress)) falls from 1 to 0 while progress goes from 0 to 1. The rate goes from peak to floor·peak on that.
// hint 3: if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }; progress = Float(step - warmUp) / Float(steps -
//         warmUp), at most 1 and never divided by 0; peak * (floor + (1 - floor) * 0.5 * (1 + cosf(.pi * progress))).
