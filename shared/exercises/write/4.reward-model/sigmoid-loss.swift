// sigmoid-loss - does this sentence fit this picture, yes or no?
//
// Every pair of a batch is a question of its own: of B pictures and B sentences, B·B of them. So two sentences may both fit. Read
// section 4 of 4.reward-model/README.md; the house's own is ContrastiveLoss.swift (SigLIP, arXiv 2303.15343, equation 1).

import Foundation

/// logits[picture][sentence], and which of them fit -> -1/B Σ_i Σ_j ln sigmoid(±logit), plus where the sentence fits.
public func sigmoidLoss(_ logits: [[Float]], fits: [[Bool]]) -> Float {
    // hole: return 0
    var sum: Float = 0
    for (row, answers) in zip(logits, fits) {
        for (logit, isFitting) in zip(row, answers) {
            let x = isFitting ? logit : -logit
            sum += max(-x, 0) + log1pf(expf(-abs(x)))       // -ln sigmoid(x)
        }
    }
    return sum / Float(logits.count)
    // end of hole
}

// hint 1: With x = logit where it fits and -logit where it does not, each pair costs -ln sigmoid(x) = ln(1 + e^-x). What is e^-x
//         for x = -200?
// hint 2: Infinite in a Float. ln(1 + e^-x) = max(-x, 0) + ln(1 + e^-|x|), which never overflows. log1pf(y) is ln(1 + y).
// hint 3: sum += max(-x, 0) + log1pf(expf(-abs(x))) over all pairs, and at the end sum / Float(logits.count): divided by B, not by
//         B².
