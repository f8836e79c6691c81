// EvolutionTests.swift - does the strategy find what is known, in as many tries as others need?

@testable import Evolution
import Randomness
import Tensors
import XCTest

final class EvolutionTests: XCTestCase {
    /// Evaluations until f(m) falls below 1e-12.
    private func evaluations(_ f: ([Double]) -> Double, from mean: [Double], seed: UInt64 = 1) -> Int? {
        var strategy = EvolutionStrategy(mean: mean, stepSize: 0.5), generator = SeededGenerator(seed: seed), count = 0
        while count < 40_000 {
            strategy.tell(strategy.ask(using: &generator).map(f))
            count += strategy.population
            if f(strategy.mean) < 1e-12 { return count }
        }
        return nil
    }

    private func sphere(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }

    /// The tutorial's table 1 for n = 10, worked out by hand.
    func testConstants() {
        let s = EvolutionStrategy(mean: Array(repeating: 0, count: 10), stepSize: 1)
        XCTAssertEqual(s.population, 10)
        for (w, expected) in zip(s.weights, [0.456, 0.271, 0.162, 0.085, 0.026]) { XCTAssertEqual(w, expected, accuracy: 6e-4) }
        XCTAssertEqual(s.effectiveParents, 3.167, accuracy: 1e-3)
        for (value, expected) in [(s.pathRate, 0.2844), (s.damping, 1.2844), (s.covariancePathRate, 0.2950), (s.rankOneRate, 0.01528),
                                  (s.rankManyRate, 0.02015), (s.expectedLength, 3.085)] { XCTAssertEqual(value, expected, accuracy: 4e-4) }
    }

    func testSphere() throws {
        let count = try XCTUnwrap(evaluations(sphere, from: Array(repeating: 1, count: 10)))
        XCTAssertLessThan(count, 3_000, "about 1,900 are usual")
    }

    /// A thousand times longer than wide (a million times steeper across), and turned: without its covariance it would take forever.
    func testRotatedEllipsoid() throws {
        var generator = SeededGenerator(seed: 3)
        let n = 10, noise = (0 ..< n * n).map { _ in Double(generator.normal()) }
        let symmetric = (0 ..< n * n).map { noise[$0] + noise[$0 % n * n + $0 / n] }, turn = symmetricEigenvalues(symmetric, n).vectors
        let f: ([Double]) -> Double = { x in
            (0 ..< n).reduce(0) { sum, i in
                let y = (0 ..< n).reduce(0) { $0 + turn[i * n + $1] * x[$1] }
                return sum + pow(1e6, Double(i) / Double(n - 1)) * y * y
            }
        }
        let count = try XCTUnwrap(evaluations(f, from: Array(repeating: 1, count: n)))
        XCTAssertLessThan(count, 9_000, "about 6,200 are usual")
    }

    func testRosenbrock() throws {
        let f: ([Double]) -> Double = { x in zip(x, x.dropFirst()).reduce(0) { $0 + 100 * pow($1.1 - $1.0 * $1.0, 2) + pow(1 - $1.0, 2) } }
        let count = try XCTUnwrap(evaluations(f, from: Array(repeating: 0, count: 10), seed: 2))
        XCTAssertLessThan(count, 10_000, "about 6,500 are usual")
    }

    /// Stopped, written down, taken up again: the same numbers to the last bit.
    func testStateIsAllThereIs() {
        func run(_ strategy: inout EvolutionStrategy, _ generator: inout SeededGenerator, _ generations: Int) {
            for _ in 0 ..< generations { strategy.tell(strategy.ask(using: &generator).map(sphere)) }
        }
        var whole = EvolutionStrategy(mean: [1, 2, 3], stepSize: 0.5), g = SeededGenerator(seed: 1)
        run(&whole, &g, 12)
        var first = EvolutionStrategy(mean: [1, 2, 3], stepSize: 0.5), h = SeededGenerator(seed: 1)
        run(&first, &h, 5)
        var second = EvolutionStrategy(mean: [0, 0, 0], stepSize: 1)
        second.restore(first.state)
        run(&second, &h, 7)
        XCTAssertEqual(second.state, whole.state)
    }

    /// Only the order of the values counts: a function and its logarithm are searched alike.
    func testOnlyTheOrderCounts() {
        func mean(_ f: ([Double]) -> Double) -> [Double] {
            var strategy = EvolutionStrategy(mean: [1, 2, 3], stepSize: 0.5), generator = SeededGenerator(seed: 1)
            for _ in 0 ..< 20 { strategy.tell(strategy.ask(using: &generator).map(f)) }
            return strategy.mean
        }
        XCTAssertEqual(mean(sphere), mean { log(self.sphere($0)) })
        XCTAssert(mean { _ in .nan }.allSatisfy(\.isFinite))
    }
}
