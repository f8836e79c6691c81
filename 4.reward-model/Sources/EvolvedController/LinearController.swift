// LinearController.swift - how little can a policy be, when its eye and its memory are large?
//
//   turn = tanh(w · features + b)        below -1/3: turn right, above 1/3: turn left, between: stop
//
// One row of numbers and a bias: 289 on World Models' z and h. All that is hard, seeing and remembering, was learned before without any
// reward. That leaves so little to be found that evolution can find it (arXiv 1803.10122, section 2.3; thirds of the range as in its Doom
// experiment, appendix A.3).

import Foundation
import JetBot
import Tensors

public struct LinearController {
    /// F numbers, and a bias.
    public var weights: [Float]

    public init(weights: [Float]) { self.weights = weights }

    /// The actions for features [B,F].
    public func actions(_ features: Tensor) -> [Action] {
        (0 ..< features.size(0)).map { row in LinearController.action(features.pointer + row * features.size(1), weights) }
    }

    static func action(_ features: UnsafeMutablePointer<Float>, _ weights: [Float]) -> Action {
        var sum = weights[weights.count - 1]
        for i in 0 ..< weights.count - 1 { sum += weights[i] * features[i] }
        let turn = tanhf(sum)
        return turn > 1 / 3 ? .turnLeft : turn < -1 / 3 ? .turnRight : .stop
    }
}
