// RewardReadout.swift - in a dream nobody gives a reward: who says how good an imagined frame is?
//
// A small network on the frame's latents, taught from the labeled frames of this stage. It needs no picture, so a thousand
// dreams are judged without drawing one. It was taught on codes of true frames; what it says of codes that no frame ever had,
// nobody has checked. A policy will find those.

import Layers
import Randomness
import RewardModel
import Tensors

/// Latents [n,D] -> reward in 0...1.
public final class RewardReadout: Module {
    let hidden: Linear, middle: Linear, output: Linear

    public init(numbers: Int, using generator: inout SeededGenerator) {
        hidden = Linear(numbers, 64, gain: 1.4, using: &generator)
        middle = Linear(64, 64, gain: 1.4, using: &generator)
        output = Linear(64, 1, gain: 0.1, using: &generator)
    }

    private func logits(_ latents: Tensor) -> Tensor { output(middle(hidden(latents).silu()).silu()).reshaped([-1]) }

    public func rewards(of latents: Tensor) -> [Float] { Tensor.withoutGradients { logits(latents).sigmoid().values } }

    /// Learns from all labels at once, with a little noise on the latents. Seconds.
    public func learn(_ latents: Tensor, _ labels: [Float], steps: Int = 600, using generator: inout SeededGenerator) {
        let optimizer = AdamW(parameters, weightDecay: 0.05), truth = Tensor(labels, shape: [labels.count])
        for step in 0 ..< steps {
            let noise = Tensor.normal(latents.shape, standardDeviation: 0.1, using: &generator)
            logits(latents + noise).sigmoidCrossEntropy(truth).backward()
            optimizer.step(learningRate: warmUpCosine(step: step, of: steps, peak: 3e-3, warmUp: 20))
        }
    }

    public var tensors: [NamedTensor] { hidden.tensors(in: "hidden") + middle.tensors(in: "middle") + output.tensors(in: "output") }
}
