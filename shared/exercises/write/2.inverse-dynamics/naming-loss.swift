// naming-loss - how does one pull a vector to the code that a teacher says?
//
// The nearer a latent is to a code, the likelier that code. So a softmax of -4·|z - c|² over all codes c, and the cross-entropy with the
// teacher's name. Read section 4 of 2.inverse-dynamics/README.md; the house's own is `namingLoss` in LatentActionModel.swift.

import Foundation

/// latents [n][Z], centers of the codes [V][Z], a name for each latent [n] -> the mean of -ln softmax(-4·|z - c|²)[name].
public func namingLoss(_ latents: [[Float]], centers: [[Float]], names: [Int]) -> Float {
    // hole: return 0
    var loss: Float = 0
    for (z, name) in zip(latents, names) {
        let logits = centers.map { c in -4 * zip(z, c).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
        let largest = logits.max()!
        loss += largest + logf(logits.reduce(0) { $0 + expf($1 - largest) }) - logits[name]
    }
    return loss / Float(latents.count)
    // end of hole
}

// hint 1: For each latent: one logit a code, -4·|z - c|². Then the cross-entropy of these logits with the name.
// hint 2: -ln softmax(l)[name] = ln Σ e^l - l[name]. Subtract the largest logit inside the exponentials and add it again outside.
// hint 3: largest + logf(Σ expf(l - largest)) - logits[name], added up over the latents and divided by their number.
