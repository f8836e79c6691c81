// PreferenceOptimization.swift - how does a policy learn from a dream whose rewards have no scale?
//
// It asks only whether a moment went better or worse than expected: the sign of the advantage A = R - v. What went better becomes likelier,
// what went worse less likely, each set by its own mean; and a price is asked for going away from how people drive (PMPO, arXiv 2410.04166,
// as in Dreamer 4, arXiv 2509.24527, section 3.3):
//
//   L = (1-α)/|D-| · Σ_{D-} ln π(a|s)  -  α/|D+| · Σ_{D+} ln π(a|s)  +  β/N · Σ KL[π(·|s) ‖ prior(·|s)]
//
// The first term has no floor: ln π of a bad action can fall for ever. The price makes a wall around the prior, which holds if β is large
// enough; but it is itself never more than a few nats, so who is once over it falls. A public rebuild divided both sums by N: then the
// smaller set, which is the one with news in it, hardly counts.

import Tensors

/// Dreamer 4's policy loss, shape [].
/// - Parameters:
///   - logits: [N,A] of the policy; `prior`: [N,A] logits of the cloned one, which does not learn.
///   - actions, advantages: N each. A set without members adds nothing.
public func preferenceLoss(
    _ logits: Tensor, prior: Tensor, actions: [Int], advantages: [Float], alpha: Float = 0.5, beta: Float = 0.3
) -> Tensor {
    let N = actions.count
    precondition(
        logits.shape == prior.shape && logits.shape[0] == N && advantages.count == N,
        "\(N) actions and \(advantages.count) advantages for \(logits.shape)")
    let logPolicy = logits.logSoftmax(), policy = logPolicy.exp(), better = advantages.filter { $0 >= 0 }.count, worse = N - better
    let weights = advantages.map { $0 >= 0 ? -alpha / Float(better) : (1 - alpha) / Float(worse) }
    let taken = (logPolicy.gathered(actions) * Tensor(weights, shape: [N])).sum()
    let logPrior = Tensor.withoutGradients { prior.logSoftmax() }
    return taken + (policy * (logPolicy - logPrior)).sum() * (beta / Float(N))
}
