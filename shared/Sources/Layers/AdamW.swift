// AdamW.swift - how does a gradient become a change of the weights?
//
// Each weight has a running mean m of its gradient and v of the square. The step is m/√v: about one learning rate, whatever the
// gradient's size, smaller where its sign keeps changing. Weight decay acts on the weight itself (arXiv 1711.05101, algorithm 2).

import Foundation
import Tensors

/// What a checkpoint must hold of an optimizer, so that a resumed run is bit for bit the uninterrupted one.
public protocol Optimizer: AnyObject {
    /// Moments, under the names of their parameters.
    var state: [NamedTensor] { get }
    /// Steps taken so far.
    var stepCount: Int { get set }
    /// One step down the gradients, which are then cleared. A parameter without a gradient stays as it is.
    func step(learningRate: Float)
}

/// AdamW, for parameters of any shape. Moments begin at 0 and are corrected for it.
public final class AdamW: Optimizer {
    private let parameters: [NamedTensor]
    private let firstMoments: [Tensor], secondMoments: [Tensor]
    public var stepCount = 0
    let beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float

    public init(
        _ parameters: [NamedTensor], beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8, weightDecay: Float = 0.01
    ) {
        self.parameters = parameters
        firstMoments = parameters.map { Tensor(repeating: 0, shape: $0.tensor.shape) }
        secondMoments = parameters.map { Tensor(repeating: 0, shape: $0.tensor.shape) }
        (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
    }

    public func step(learningRate: Float) {
        stepCount += 1
        let correction1 = 1 - powf(beta1, Float(stepCount)), correction2 = 1 - powf(beta2, Float(stepCount))
        for (i, (_, parameter)) in parameters.enumerated() {
            guard let gradient = parameter.gradient else { continue }
            let w = parameter.pointer, g = gradient.pointer, m = firstMoments[i].pointer, v = secondMoments[i].pointer
            let decay = 1 - learningRate * weightDecay
            let (b1, b2, epsilon) = (beta1, beta2, epsilon)
            Workers.split(parameter.count, minimum: 1 << 14) { _, range in
                for j in range {
                    m[j] = b1 * m[j] + (1 - b1) * g[j]
                    v[j] = b2 * v[j] + (1 - b2) * g[j] * g[j]
                    w[j] = decay * w[j] - learningRate * (m[j] / correction1) / ((v[j] / correction2).squareRoot() + epsilon)
                }
            }
            parameter.clearGradient()
        }
    }

    public var state: [NamedTensor] {
        parameters.indices.flatMap { i -> [NamedTensor] in
            [("\(parameters[i].name).first_moment", firstMoments[i]), ("\(parameters[i].name).second_moment", secondMoments[i])]
        }
    }
}

/// Scales all gradients together so that their joint norm is at most `limit` (arXiv 1211.5063, algorithm 1).
/// - Returns: the norm before; NaN or infinite when a gradient is, for the caller to look at.
@discardableResult
public func clipGradients(of parameters: [NamedTensor], to limit: Float) -> Float {
    var sum = 0.0
    for case let gradient? in parameters.map(\.tensor.gradient) {
        let flat = gradient.reshaped([1, gradient.count])
        sum += Double(flat.linear(flat).item)  // g·gᵀ: the sum of squares
    }
    let norm = Float(sum.squareRoot())
    if norm > limit {
        for case let gradient? in parameters.map(\.tensor.gradient) {
            for i in 0 ..< gradient.count { gradient.pointer[i] *= limit / norm }
        }
    }
    return norm
}
