// ActorCriticLosses.swift - what went better than expected shall happen more often.
//
//   L_actor = -1/N · Σ w·[ (R - v)/S · ln π(a|s) + η·H(π(·|s)) ]        REINFORCE with a baseline (Sutton & Barto, section 13.4)
//
// The world model is not asked for its slope: a dream is lived, not differentiated. v is what the critic expected; without it every action
// of a good day would be praised. H keeps a policy from being sure too soon. DIAMOND (arXiv 2405.12399, appendix F, equations 14 to 16) has
// S = 1. DreamerV3 (arXiv 2301.04104, equations 11 and 12) divides by how far returns differ, so that one η does for all tasks.

import Layers
import Tensors

/// L_actor, shape []; and the mean entropy in nats.
/// - Parameters:
///   - logits: [N,A]
///   - advantages: (R - v)/S, N numbers; `weights`: w, N numbers.
public func actorLoss(
    _ logits: Tensor, actions: [Int], advantages: [Float], weights: [Float], entropyScale: Float
) -> (loss: Tensor, entropy: Float) {
    let N = actions.count
    precondition(logits.shape[0] == N && advantages.count == N && weights.count == N,
                 "\(N) actions, \(advantages.count) advantages for \(logits.shape)")
    let log = logits.logSoftmax(), entropy = (log.exp() * log).sum(axis: -1).reshaped([N]) * -1
    let praise = log.gathered(actions) * Tensor(zip(advantages, weights).map { $0 * $1 }, shape: [N])
    let doubt = entropy * Tensor(weights, shape: [N])
    return ((praise + doubt * entropyScale).sum() * (-1 / Float(N)), entropy.mean().item)
}

/// w·(v - R)², averaged: [N] values against N returns.
public func valueLoss(_ values: Tensor, returns: [Float], weights: [Float]) -> Tensor {
    ((values - Tensor(returns, shape: values.shape)).squared() * Tensor(weights, shape: values.shape)).mean()
}

/// DreamerV3's critic, which says a return as shares of bins: it learns the returns, and not to run away from its own slow copy (equation
/// 10).
///
///   L_critic = -1/N · Σ w·[ twohot(R)·ln p + twohot(v_slow)·ln p ]
///
/// - Parameters:
///   - logits: [N,K] of the critic; `slow`: the values that the slow copy says, N numbers.
public func criticLoss(_ logits: Tensor, slow: [Float], returns: [Float], weights: [Float], bins: TwoHot) -> Tensor {
    let target = Tensor.withoutGradients { (bins(returns) + bins(slow)) * Tensor(weights, shape: [weights.count, 1]) }
    return (target * logits.logSoftmax()).sum() * (-1 / Float(returns.count))
}

/// S: how far returns differ, from the 5th to the 95th of a hundred, smoothed over updates (arXiv 2301.04104, equation 12).
public struct ReturnScale: Codable, Equatable {
    /// Begins at 0, and is not corrected for it.
    public private(set) var range: Float = 0
    /// What S is at least: where all returns are alike, what is left of them is noise. The paper's 1 is for returns of dozens; ours lie in
    /// -1 ... 0.
    public var least: Float = 0.1

    public init(least: Float = 0.1, range: Float = 0) { (self.least, self.range) = (least, range) }

    /// Takes in the returns of an update -> S.
    public mutating func callAsFunction(_ returns: [Float]) -> Float {
        let sorted = returns.sorted()
        /// Between the two numbers beside it, as `torch.quantile`.
        func quantile(_ share: Float) -> Float {
            let place = share * Float(sorted.count - 1), below = Int(place), above = min(below + 1, sorted.count - 1)
            return sorted[below] + (place - Float(below)) * (sorted[above] - sorted[below])
        }
        range += 0.01 * (quantile(0.95) - quantile(0.05) - range)
        return max(least, range)
    }
}
