// TwoHot.swift - how does a network say a number whose size nobody knows beforehand?
//
// A mean squared error of returns from 0.01 to 1,000 learns the thousands only. DreamerV3 does two things. It squeezes: symlog is ln far
// away from zero and the number itself near it, on both sides. And it classifies: fixed bins, evenly spaced after squeezing, and a number
// between two bins is a little of both; the gradient's size then no longer depends on the number's (arXiv 2301.04104, equations 8 to 10).

import Foundation
import Tensors

/// sign(x)·ln(1 + |x|), each number by itself
public func symlog(_ x: Tensor) -> Tensor { (x.relu() + 1).log() - ((x * -1).relu() + 1).log() }

/// Undoes it: sign(x)·(e^|x| - 1)
public func symexp(_ x: Tensor) -> Tensor { x.relu().exp() - (x * -1).relu().exp() }

/// Bins for numbers, and back.
public struct TwoHot {
    /// K values, ascending.
    public let bins: [Float]

    /// symexp of `count` evenly spaced numbers from -`limit` to `limit`. The paper has 255 up to 20.
    public init(count: Int = 255, limit: Float = 20) {
        precondition(count >= 3 && count % 2 == 1, "\(count) bins; an odd number has one at 0")
        bins = (0 ..< count).map {
            let x = limit * Float(2 * $0 - count + 1) / Float(count - 1)
            return x < 0 ? -expm1f(-x) : expm1f(x)
        }
    }

    /// Evenly spaced bins: for a number that lies in a known range.
    public init(count: Int, from low: Float, to high: Float) {
        precondition(count >= 2 && low < high, "\(count) bins from \(low) to \(high)")
        bins = (0 ..< count).map { low + (high - low) * Float($0) / Float(count - 1) }
    }

    /// Shares of the two bins beside each number, so that Σ share · bin is the number: n numbers -> [n,K].
    public func callAsFunction(_ values: [Float]) -> Tensor {
        let result = Tensor(repeating: 0, shape: [values.count, bins.count])
        for (row, value) in values.enumerated() {
            let above = max(1, bins.firstIndex { $0 >= value } ?? bins.count - 1), below = above - 1
            // (What is not a number stays none: a limit would make it one.)
            let share = value.isNaN ? value : min(1, max(0, (value - bins[below]) / (bins[above] - bins[below])))
            result.pointer[row * bins.count + below] = 1 - share
            result.pointer[row * bins.count + above] = share
        }
        return result
    }

    /// Σ p·bin: logits [.., K] -> as many numbers as there are rows. Added up from both ends towards the middle, where large bins of
    /// opposite sign cancel before they meet small ones: a network that has learned nothing says 0.
    public func values(of logits: Tensor) -> [Float] {
        let p = logits.softmax(), K = bins.count
        return (0 ..< logits.count / K).map { row in
            let p = p.pointer + row * K
            var sum: Float = K % 2 == 1 ? p[K / 2] * bins[K / 2] : 0
            for i in 0 ..< K / 2 { sum += p[i] * bins[i] + p[K - 1 - i] * bins[K - 1 - i] }
            return sum
        }
    }

    /// -Σ share · log p, averaged over the rows: logits [n,K] against n numbers -> [].
    public func loss(_ logits: Tensor, _ values: [Float]) -> Tensor {
        precondition(logits.shape == [values.count, bins.count], "twoHot: \(values.count) numbers for logits \(logits.shape)")
        return (self(values) * logits.logSoftmax()).sum() * (-1 / Float(values.count))
    }
}
