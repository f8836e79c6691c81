// GradientPlans.swift - the model is differentiable: why try plans, when one could roll down to the best?
//
// An action is a choice of five, and has no slope. So it is relaxed: at each step a mix of the five, softmax of five numbers; the
// mix of the actions' vectors goes into the model, the cost comes out, and its gradient says which numbers to raise (DINO-WM,
// arXiv 2411.04983, appendix; with Adam here). At the end of the descent each step takes its largest part. One thing goes
// wrong, and can be seen: mixes that no robot can do look best ("half left, half right" stands still in no frame that was ever
// trained on). Valleys that end before the goal could be the second; they were not met here.

import LatentPrediction
import Layers
import Tensors

public enum GradientPlans {
    /// Plans for B robots from their last latents [B,L,N,Z] and B·(L-1) actions between them, towards goals [B,N,Z]: the actions of each,
    /// and the relaxed cost at the end.
    public static func descend(
        _ world: LatentWorld, from latents: Tensor, led: [Int], goals: Tensor, horizon: Int, rounds: Int = 30, rate: Float = 0.3
    ) -> (plans: [[Int]], costs: [Float]) {
        let B = latents.size(0), A = world.configuration.actions, lookBack = world.configuration.lookBack
        let transition = world.model.transition
        let logits = Tensor(repeating: 0, shape: [horizon, B, A]).asParameter(), optimizer = AdamW([("logits", logits)], weightDecay: 0)
        var costs: [Float] = []
        for _ in 0 ..< rounds {
            var window = latents, told = transition.told(led).reshaped([B, latents.size(1) - 1, -1]),
                cost = Tensor(repeating: 0, shape: [B])
            for step in 0 ..< horizon {
                let mix = logits.sliced(axis: 0, step ..< step + 1).reshaped([B, A]).softmax()
                let mixed = transition.told(mix).reshaped([B, 1, -1]), length = window.size(1)
                let all = told.size(1) == 0 ? mixed : Tensor.concatenated([told, mixed], axis: 1)
                let next = transition(window, told: all).sliced(axis: 1, length - 1 ..< length)
                let size = Float(goals.count / B)
                cost =
                    cost + (next.reshaped(goals.shape) - goals).squared().reshaped([B, Int(size)]).sum(axis: 1).reshaped([B])
                    / (size * Float(horizon))
                let kept = min(length, lookBack - 1)
                window = kept == 0 ? next : .concatenated([window.sliced(axis: 1, length - kept ..< length), next], axis: 1)
                told = all.sliced(axis: 1, all.size(1) - kept ..< all.size(1))
            }
            costs = cost.values
            cost.sum().backward()
            for (_, parameter) in transition.parameters { parameter.clearGradient() }      // the model does not learn from being asked
            optimizer.step(learningRate: rate)
        }
        let best = logits.argmax()                                                          // [horizon·B]
        return ((0 ..< B).map { b in (0 ..< horizon).map { best[$0 * B + b] } }, costs)
    }
}
