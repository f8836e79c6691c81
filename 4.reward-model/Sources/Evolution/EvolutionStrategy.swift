// EvolutionStrategy.swift - how does one find good numbers for a function that has no gradient?
//
// Guess many points around a mean, look which are best, move the mean there. CMA-ES also learns where to guess: how far (the step size σ),
// and in which directions the good ones lie (the covariance C). Two paths remember the last moves of the mean: moves that go on in one
// direction say "further", moves that cancel say "nearer". It only asks which of two points is better, never by how much.
//
// CMA-ES: Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772, figure 6 and table 1, with positive weights only. World
// Models trains its controllers with it (arXiv 1803.10122, section 2.3). Symbols are the tutorial's: m, σ, C, λ, µ, w, p_σ, p_c.

import Foundation
import Randomness
import Tensors

/// Searches n numbers that make a function small.
public struct EvolutionStrategy {
    /// How many numbers are searched for, n; how many points are tried in a generation, λ.
    public let dimensions: Int, population: Int
    /// m, the best guess so far.
    public private(set) var mean: [Double]
    /// σ
    public private(set) var stepSize: Double
    /// Generations so far, g.
    public private(set) var generation = 0

    /// w, of the µ best of λ points; 1 / Σ w².
    let weights: [Double], effectiveParents: Double
    /// c_σ, d_σ, c_c, c_1, c_µ and E|N(0,I)|.
    let pathRate: Double, damping: Double, covariancePathRate: Double, rankOneRate: Double, rankManyRate: Double, expectedLength: Double
    /// C, n·n; B and D of C = B·D²·Bᵀ, from the generation `decomposedAt` on.
    private(set) var covariance: [Double]
    private var axes: [Double], lengths: [Double], decomposedAt = 0
    /// p_σ and p_c
    private var path: [Double], covariancePath: [Double]
    /// The points of this generation, as (x - m) / σ.
    private var steps: [[Double]] = []

    /// - Parameters:
    ///   - mean: where to begin.
    ///   - stepSize: σ at the beginning: about a third of how far away the solution may be.
    ///   - population: λ; nil is the tutorial's 4 + 3·ln n.
    public init(mean: [Double], stepSize: Double, population: Int? = nil) {
        let n = Double(mean.count), λ = population ?? 4 + Int(3 * log(n))
        precondition(!mean.isEmpty && stepSize > 0 && λ >= 4, "\(mean.count) numbers, a step of \(stepSize), \(λ) points")
        (dimensions, self.population, self.mean, self.stepSize) = (mean.count, λ, mean, stepSize)
        // w_i = ln((λ + 1) / 2) - ln i, for the better half; they add up to 1. Then the rates.                   (equations 49, 55, 56)
        let raw = (1 ... λ / 2).map { log(Double(λ + 1) / 2) - log(Double($0)) }, sum = raw.reduce(0, +)
        weights = raw.map { $0 / sum }
        let µ = 1 / weights.reduce(0) { $0 + $1 * $1 }
        effectiveParents = µ
        pathRate = (µ + 2) / (n + µ + 5)
        damping = 1 + 2 * max(0, ((µ - 1) / (n + 1)).squareRoot() - 1) + pathRate
        covariancePathRate = (4 + µ / n) / (n + 4 + 2 * µ / n)
        rankOneRate = 2 / ((n + 1.3) * (n + 1.3) + µ)
        rankManyRate = min(1 - rankOneRate, 2 * (µ - 2 + 1 / µ) / ((n + 2) * (n + 2) + µ))
        expectedLength = n.squareRoot() * (1 - 1 / (4 * n) + 1 / (21 * n * n))
        covariance = EvolutionStrategy.identity(mean.count)
        (axes, lengths) = (covariance, Array(repeating: 1, count: mean.count))
        (path, covariancePath) = (Array(repeating: 0, count: mean.count), Array(repeating: 0, count: mean.count))
    }

    /// The λ points to try next.
    public mutating func ask(using generator: inout SeededGenerator) -> [[Double]] {
        decomposeIfDue()
        steps = (0 ..< population).map { _ in
            // y = B·D·z,  z ~ N(0, I)                                                                                    (equations 38, 39)
            let scaled = lengths.map { $0 * Double(generator.normal()) }
            return multiply(axes, scaled)
        }
        return steps.map { y in zip(mean, y).map { $0 + stepSize * $1 } }                                                   // (equation 40)
    }

    /// How good they were: one number a point of the last `ask`, the smaller the better.
    public mutating func tell(_ values: [Double]) {
        precondition(values.count == steps.count && !steps.isEmpty, "\(values.count) values for \(steps.count) points; ask first")
        // A point that is no number at all is the worst.
        let known = values.map { $0.isNaN ? Double.infinity : $0 }, order = known.indices.sorted { (known[$0], $0) < (known[$1], $1) }
        let best = order.prefix(weights.count).map { steps[$0] }
        let n = dimensions, (cs, cc, c1, cµ) = (pathRate, covariancePathRate, rankOneRate, rankManyRate)

        // y_w = Σ w_i·y_i     m ← m + σ·y_w                                                                              (equations 41, 42)
        var move = [Double](repeating: 0, count: n)
        for (w, y) in zip(weights, best) { for i in 0 ..< n { move[i] += w * y[i] } }
        for i in 0 ..< n { mean[i] += stepSize * move[i] }

        // p_σ ← (1 - c_σ)·p_σ + √(c_σ·(2 - c_σ)·µ_eff) · C^-½·y_w                                                             (equation 43)
        let whitened = multiply(axes, zip(multiplyTransposed(axes, move), lengths).map { $0 / $1 })
        for i in 0 ..< n { path[i] = (1 - cs) * path[i] + (cs * (2 - cs) * effectiveParents).squareRoot() * whitened[i] }
        let length = path.reduce(0) { $0 + $1 * $1 }.squareRoot()

        // h = 0 while the path is unusually long: then σ is still far too small, and C must not learn from that                (appendix A)
        let usual = (1 - pow(1 - cs, 2 * Double(generation + 1))).squareRoot() * (1.4 + 2 / Double(n + 1)) * expectedLength
        let h: Double = length < usual ? 1 : 0
        // p_c ← (1 - c_c)·p_c + h·√(c_c·(2 - c_c)·µ_eff) · y_w                                                                (equation 45)
        let gain = h * (cc * (2 - cc) * effectiveParents).squareRoot()
        for i in 0 ..< n { covariancePath[i] = (1 - cc) * covariancePath[i] + gain * move[i] }

        // C ← (1 - c_1 - c_µ + (1 - h)·c_1·c_c·(2 - c_c))·C + c_1·p_c·p_cᵀ + c_µ·Σ w_i·y_i·y_iᵀ                               (equation 47)
        let keep = 1 - c1 - cµ + (1 - h) * c1 * cc * (2 - cc)
        covariance.withUnsafeMutableBufferPointer { C in
            for i in 0 ..< n { for j in 0 ... i { C[i * n + j] = keep * C[i * n + j] + c1 * covariancePath[i] * covariancePath[j] } }
            for (w, y) in zip(weights, best) { for i in 0 ..< n { for j in 0 ... i { C[i * n + j] += cµ * w * y[i] * y[j] } } }
            for i in 0 ..< n { for j in 0 ..< i { C[j * n + i] = C[i * n + j] } }
        }

        // σ ← σ·exp(c_σ/d_σ · (|p_σ| / E|N(0,I)| - 1)): longer than chance would make it, and steps grow                      (equation 44)
        stepSize *= exp(cs / damping * (length / expectedLength - 1))
        generation += 1
        steps = []
    }

    /// B and D of the covariance as it is now. That costs n³, so it is done only when C has changed enough (tutorial, appendix B.2).
    /// In hundreds of dimensions C learns over thousands of generations, and every n/20th will do.
    private mutating func decomposeIfDue() {
        let n = Double(dimensions), wait = max(1 / (10 * n * (rankOneRate + rankManyRate)), n / 20)
        guard generation > 0, Double(generation - decomposedAt) >= max(1, wait) else { return }
        let (values, vectors) = symmetricEigenvalues(covariance, dimensions)
        (axes, lengths, decomposedAt) = (vectors, values.map { max($0, 1e-300).squareRoot() }, generation)
    }

    /// All that decides the next generation, n·(2n + 4) + 3 numbers, for a checkpoint.
    public var state: [Double] {
        mean + path + covariancePath + lengths + covariance + axes + [stepSize, Double(generation), Double(decomposedAt)]
    }

    /// Takes it up again.
    public mutating func restore(_ state: [Double]) {
        let n = dimensions, sizes = [n, n, n, n, n * n, n * n, 3]
        precondition(state.count == sizes.reduce(0, +), "\(state.count) numbers are no state of \(n) dimensions")
        var parts: [[Double]] = [], start = 0
        for size in sizes {
            parts.append(Array(state[start ..< start + size]))
            start += size
        }
        (mean, path, covariancePath, lengths, covariance, axes) = (parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
        (stepSize, generation, decomposedAt) = (parts[6][0], Int(parts[6][1]), Int(parts[6][2]))
    }

    private static func identity(_ n: Int) -> [Double] { (0 ..< n * n).map { $0 / n == $0 % n ? 1 : 0 } }

    private func multiply(_ m: [Double], _ x: [Double]) -> [Double] {
        m.withUnsafeBufferPointer { m in
            (0 ..< dimensions).map { i in
                var sum = 0.0
                for j in 0 ..< dimensions { sum += m[i * dimensions + j] * x[j] }
                return sum
            }
        }
    }

    private func multiplyTransposed(_ m: [Double], _ x: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: dimensions)
        m.withUnsafeBufferPointer { m in
            for i in 0 ..< dimensions { for j in 0 ..< dimensions { result[j] += m[i * dimensions + j] * x[i] } }
        }
        return result
    }
}
