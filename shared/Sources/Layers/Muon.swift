// Muon.swift - what if a whole matrix, not each of its numbers, took a step of one size?
//
// The gradient of a weight matrix is mostly a few directions; Adam goes along them and hardly moves in the others. Muon replaces
// the (momentum of the) gradient U·S·Vᵀ by U·Vᵀ: all directions, equally far. It never computes that decomposition: five
// rounds of a polynomial in X drive all singular values towards 1 ("Newton-Schulz"). For the matrices inside the blocks only; what
// reads pixels, writes pixels or is a vector stays with AdamW.
// Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024); arXiv 2502.16982.

import Tensors

/// Muon with Nesterov's momentum and decoupled weight decay, for matrices [O, I].
public final class Muon: Optimizer {
    private let parameters: [NamedTensor]
    private let momenta: [Tensor]
    public var stepCount = 0
    let momentum: Float, weightDecay: Float

    /// `parameters` are matrices. One of several maps stacked on each other (`hiddenMaps`: queries, keys and values) is taken apart.
    public init(_ parameters: [NamedTensor], momentum: Float = 0.95, weightDecay: Float = 0.01) {
        precondition(parameters.allSatisfy { $0.tensor.shape.count == 2 }, "Muon trains matrices only")
        precondition(parameters.allSatisfy { $0.tensor.shape[0] % max(1, $0.tensor.hiddenMaps) == 0 }, "stacked maps are of equal height")
        self.parameters = parameters
        momenta = parameters.map { Tensor(repeating: 0, shape: $0.tensor.shape) }
        (self.momentum, self.weightDecay) = (momentum, weightDecay)
    }

    public func step(learningRate: Float) {
        stepCount += 1
        for (i, (_, parameter)) in parameters.enumerated() {
            guard let gradient = parameter.gradient else { continue }
            let (rows, columns) = (parameter.shape[0], parameter.shape[1])
            let m = momenta[i].pointer, g = gradient.pointer, w = parameter.pointer
            // Nesterov's momentum: m ← µm + (1-µ)g, and the update looks one step ahead.
            let ahead = Tensor(uninitialized: parameter.shape)
            for j in 0 ..< parameter.count {
                m[j] += (1 - momentum) * (g[j] - m[j])
                ahead.pointer[j] = g[j] + momentum * (m[j] - g[j])
            }
            let maps = max(1, parameter.hiddenMaps), height = rows / maps
            for map in 0 ..< maps {
                let update = Muon.orthogonalized(ahead.sliced(axis: 0, map * height ..< (map + 1) * height))
                // A tall matrix takes a larger step, so that its output moves as far as a square one's.
                let scale = learningRate * max(1, Float(height) / Float(columns)).squareRoot()
                let part = w + map * height * columns
                for j in 0 ..< update.count {
                    part[j] = (1 - learningRate * weightDecay) * part[j] - scale * update.pointer[j]
                }
            }
            parameter.clearGradient()
        }
    }

    /// U·Vᵀ of `matrix` = U·S·Vᵀ, roughly: singular values above a hundredth of the norm come out between 0.7 and 1.2,
    /// smaller ones are on their way, and that is enough.
    static func orthogonalized(_ matrix: Tensor) -> Tensor {
        Tensor.withoutGradients {
            let isTall = matrix.shape[0] > matrix.shape[1]
            var x = isTall ? matrix.transposed() : matrix
            x = x / (x.squared().sum().item.squareRoot() + 1e-7)
            for _ in 0 ..< 5 {
                let a = x.linear(x)  // X·Xᵀ
                let b = a * -4.7750 + a.matmul(a) * 2.0315
                x = b.matmul(x) + x * 3.4445
            }
            return isTall ? x.transposed() : x
        }
    }

    public var state: [NamedTensor] { zip(parameters, momenta).map { ("\($0.name).momentum", $1) } }
}

/// The two optimizers of a model of blocks: Muon for what its layers call maps between hidden states, AdamW for all the rest. What
/// modulates a block from outside (adaptive layer norm) is no such map.
public func blockOptimizers(of parameters: [NamedTensor]) -> (muon: Muon, adamW: AdamW) {
    func isInsideABlock(_ p: NamedTensor) -> Bool { p.tensor.hiddenMaps > 0 }
    return (Muon(parameters.filter(isInsideABlock)), AdamW(parameters.filter { !isInsideABlock($0) }))
}
