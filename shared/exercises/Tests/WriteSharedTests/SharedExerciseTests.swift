// SharedExerciseTests.swift - are the answers right? By hand, and against the house's own.

import InWords
import Layers
import Randomness
import Tensors
import WriteShared
import XCTest

/// Fixed random numbers.
private func random(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform(shape, -2, 2, using: &generator)
}

final class ProductGradientTests: XCTestCase {
    func testByHand() {
        let (da, db) = productGradient([2, 3], [5, -1], dy: [1, 10])
        expect(da, [5, -10], "da of a = [2, 3], b = [5, -1], dy = [1, 10]")
        expect(db, [2, 30], "db of a = [2, 3], b = [5, -1], dy = [1, 10]")
    }

    func testTheHouseSaysTheSame() {
        let a = random([20], seed: 1).asParameter(), b = random([20], seed: 2).asParameter(), dy = random([20], seed: 3)
        (a * b * dy).sum().backward()
        let (da, db) = productGradient(a.values, b.values, dy: dy.values)
        expect(da, a.gradient!.values, "da of random numbers")
        expect(db, b.gradient!.values, "db of random numbers")
    }
}

final class BroadcastGradientTests: XCTestCase {
    func testByHand() {
        let dy = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
        expect(summed(dy, to: [3]).values, [5, 7, 9], "[[1, 2, 3], [4, 5, 6]] summed to the shape [3]")
        expect(summed(dy, to: [2, 1]).values, [6, 15], "[[1, 2, 3], [4, 5, 6]] summed to the shape [2, 1]")
        expect(summed(dy, to: []).values, [21], "[[1, 2, 3], [4, 5, 6]] summed to one number, the shape []")
        expect(exactly: summed(dy, to: [2, 3]).values, dy.values, "nothing was broadcast, nothing is to be summed")
    }

    func testTheHouseSaysTheSame() {
        for shape in [[3], [2, 1], [1, 2, 3], [4, 1, 1], [4, 2, 3], [1]] {
            let x = random(shape, seed: 4).asParameter(), dy = random([4, 2, 3], seed: 5), found = summed(dy, to: shape)
            (x.expanded(to: dy.shape) * dy).sum().backward()
            expect(exactly: found.shape, shape, "the shape of a gradient [4, 2, 3] summed to \(shape)")
            expect(found.values, x.gradient!.values, "a gradient [4, 2, 3] summed to \(shape)")
        }
    }
}

final class SoftmaxGradientTests: XCTestCase {
    func testByHand() {
        expect(softmaxGradient(y: [0.2, 0.3, 0.5], dy: [1, 0, 0]), [0.16, -0.06, -0.1], "dx of y = [0.2, 0.3, 0.5], dy = [1, 0, 0]")
    }

    /// To all x the same can be added, and no probability changes: the slopes add up to 0.
    func testNothingIsWonByRaisingAll() {
        let dx = softmaxGradient(y: [0.1, 0.2, 0.3, 0.4], dy: [1, 2, 3, 4])
        expect(dx.reduce(0, +), 0, "the sum of dx (adding the same to all x changes no y)")
    }

    func testTheHouseSaysTheSame() {
        let x = random([1, 9], seed: 6).asParameter(), dy = random([1, 9], seed: 7), y = x.softmax()
        (y * dy).sum().backward()
        expect(softmaxGradient(y: y.values, dy: dy.values), x.gradient!.values, "dx of random numbers")
    }
}

final class RmsNormGradientTests: XCTestCase {
    func testByHand() {
        let (dx, dw) = rmsNormGradient([3, 4], weight: [1, 1], dy: [1, 0], epsilon: 0)
        expect(dx, [0.181019, -0.135765], "dx of x = [3, 4], w = [1, 1], dy = [1, 0]")
        expect(dw, [0.848528, 0], "dw of x = [3, 4], w = [1, 1], dy = [1, 0]")
    }

    /// Twice as large an x gives the same y: along x itself nothing changes.
    func testTheLengthIsNotFelt() {
        let x: [Float] = [1, -2, 0.5, 3], dx = rmsNormGradient(x, weight: [1, 2, 3, 4], dy: [0.5, 1, -1, 2], epsilon: 0).dx
        expect(zip(x, dx).reduce(0) { $0 + $1.0 * $1.1 }, 0, "Σ x·dx (a longer x gives the same y, so nothing is won along x)")
    }

    func testTheHouseSaysTheSame() {
        let x = random([1, 12], seed: 8).asParameter(), w = random([12], seed: 9).asParameter(), dy = random([1, 12], seed: 10)
        (x.rmsNorm(w, epsilon: 0.1) * dy).sum().backward()
        let (dx, dw) = rmsNormGradient(x.values, weight: w.values, dy: dy.values, epsilon: 0.1)
        expect(dx, x.gradient!.values, "dx of random numbers, with ε = 0.1")
        expect(dw, w.gradient!.values, "dw of random numbers, with ε = 0.1")
    }
}

final class AdamwStepTests: XCTestCase {
    func testTheFirstStepIsOneLearningRate() {
        var w: [Float] = [0, 0, 0], m = w, v = w
        adamWStep(&w, &m, &v, gradient: [1000, 1, -0.001], step: 1, learningRate: 0.1, weightDecay: 0)
        expect(w, [-0.1, -0.1, 0.1], "weights [0, 0, 0] after a step of 0.1 with gradients [1000, 1, -0.001]")
    }

    func testDecayIsOfTheWeightItself() {
        var w: [Float] = [2], m: [Float] = [0], v: [Float] = [0]
        adamWStep(&w, &m, &v, gradient: [0], step: 1, learningRate: 0.1, weightDecay: 0.5)
        expect(w, [1.9], "a weight of 2 whose gradient is 0, after a step of 0.1 with a decay of 0.5")
    }

    func testTheHouseSaysTheSame() {
        let p = random([7], seed: 11).asParameter(), optimizer = AdamW([("p", p)])
        var w = p.values, m = [Float](repeating: 0, count: 7), v = m
        for step in 1 ... 4 {
            let g = random([7], seed: UInt64(20 + step))
            (p * g).sum().backward()
            optimizer.step(learningRate: 0.03)
            adamWStep(&w, &m, &v, gradient: g.values, step: step, learningRate: 0.03)
            expect(w, p.values, "the weights after \(step) steps with random gradients")
        }
    }
}

final class WarmUpCosineTests: XCTestCase {
    private func rate(_ step: Int) -> Float { learningRate(at: step, of: 110, peak: 2, warmUp: 10, floor: 0.1) }

    func testWarmUp() {
        expect([rate(0), rate(4), rate(9)], [0.2, 1, 2], "steps 0, 4 and 9 of a warm-up of 10 to a peak of 2")
    }

    func testHalfACosine() {
        expect(rate(10), 2, "the first step after the warm-up")
        expect(rate(60), 1.1, "halfway down from 2 to a tenth of it")
        expect(rate(110), 0.2, "the end: a tenth of the peak")
    }

    func testTheHouseSaysTheSame() {
        for warmUp in [0, 3, 30] {
            let found = (0 ..< 40).map { learningRate(at: $0, of: 30, peak: 0.5, warmUp: warmUp, floor: 0.05) }
            expect(found, (0 ..< 40).map { warmUpCosine(step: $0, of: 30, peak: 0.5, warmUp: warmUp) },
                "40 steps of 30, with a warm-up of \(warmUp)")
        }
    }
}
