// FiniteScalarQuantizer.swift - how can 1,000 codes be had without learning a codebook?
//
// Squeeze each of a few latent dimensions into a range and round it: with 8·5·5·5 levels there are 1,000 combinations, and the
// combination *is* the code. There is no codebook to collapse (Finite Scalar Quantization, arXiv 2309.15505).
//
// In: latents [.., Z]. Out: the rounded latents, scaled to -1...1, and one code for each: a number in mixed radix.

import Foundation
import Layers
import Tensors

/// FSQ, arXiv 2309.15505, section 3.1 and the code of its appendix.
public final class FiniteScalarQuantizer: Quantizer {
    /// L for each of the Z dimensions.
    public let levels: [Int]
    public var vocabulary: Int { levels.reduce(1, *) }

    /// Latents are normalized to mean 0 and variance 1 in each dimension before they are squeezed: over the batch in training,
    /// by these running averages afterwards (as batch norm does, arXiv 1502.03167). So every level of every dimension is in
    /// reach from the first step, whatever the encoder's output looks like. [Z] each.
    let runningMean: Tensor, runningVariance: Tensor
    /// [1], how many batches they have seen.
    let batches: Tensor
    let normalizesLatents: Bool

    public init(levels: [Int], normalizesLatents: Bool = true) {
        self.levels = levels
        self.normalizesLatents = normalizesLatents
        runningMean = Tensor(repeating: 0, shape: [levels.count])
        runningVariance = Tensor(repeating: 1, shape: [levels.count])
        batches = Tensor(repeating: 0, shape: [1])
    }

    public func callAsFunction(_ latents: Tensor, isTraining: Bool) -> Quantized {
        precondition(latents.size(-1) == levels.count, "FSQ with levels \(levels) takes \(levels.count) dimensions, not \(latents.shape)")
        let z = normalizesLatents ? normalized(latents, isTraining: isTraining) : latents
        let rounded = bounded(z).roundedStraightThrough()           // whole numbers: -4...3 for L = 8, -2...2 for 5
        return Quantized(
            latents: rounded / perDimension { Float($0 / 2) },      // -1 ... 1
            codes: codes(of: rounded), loss: nil)
    }

    /// Squeezes each dimension so that rounding gives exactly L values (`bound` in the paper's appendix).
    ///
    ///     half   = (L - 1)·(1 - ε)/2        the range is L - 1 wide, and a hair less, so that its ends are never quite reached
    ///     offset = ½ for even L, else 0     without it, even L would round to L - 1 values only: 8 to -3...3
    ///     f(z)   = tanh(z + atanh(offset/half))·half - offset
    ///
    /// The offset moves the center: f(0) would be -½, on the border of two values. The shift inside the tanh moves it back, f(0) = 0.
    ///
    /// With two levels offset/half is above 1 and its atanh is not a number; there the border at 0 is what we want: no shift.
    func bounded(_ z: Tensor) -> Tensor {
        func half(_ level: Int) -> Float { Float(level - 1) * (1 - 1e-3) / 2 }
        let offset = perDimension { $0 % 2 == 0 ? 0.5 : 0 }
        let shift = perDimension { $0 % 2 == 0 && $0 > 2 ? atanhf(0.5 / half($0)) : 0 }
        return (z + shift).tanh() * perDimension(half) - offset
    }

    public func unrounded(_ latents: Tensor) -> Tensor {
        bounded(normalizesLatents ? normalized(latents, isTraining: false) : latents) / perDimension { Float($0 / 2) }
    }

    /// One number for each combination: the digits are the levels (0 ..< L), the first dimension the lowest digit.
    func codes(of rounded: Tensor) -> [Int] {
        let z = levels.count
        return (0 ..< rounded.count / z).map { i in
            code(of: levels.enumerated().map { d, level in
                (Int(exactly: rounded.pointer[i * z + d]) ?? 0) + level / 2   // NaN has none; the loss, NaN too, will tell
            })
        }
    }

    public func latents(of codes: [Int]) -> Tensor {
        precondition(codes.allSatisfy { 0 ..< vocabulary ~= $0 }, "a code is outside 0..<\(vocabulary)")
        return Tensor(codes.flatMap { code in
            zip(digits(of: code), levels).map { digit, level in Float(digit - level / 2) / Float(level / 2) }
        }, shape: [codes.count, levels.count])
    }

    /// The levels that a code was put together from, 0 ..< L each, the first dimension's first.
    public func digits(of code: Int) -> [Int] {
        var rest = code
        return levels.map { level in
            defer { rest /= level }
            return rest % level
        }
    }

    /// The code that has these levels.
    public func code(of digits: [Int]) -> Int { zip(levels, digits).reversed().reduce(0) { $0 * $1.0 + $1.1 } }

    /// (z - mean) / √(variance + ε), each dimension for itself.
    private func normalized(_ z: Tensor, isTraining: Bool) -> Tensor {
        guard isTraining else { return (z - runningMean) / (runningVariance + 1e-5).squareRoot() }
        let rows = z.reshaped([-1, levels.count])
        let mean = rows.mean(axis: 0)                               // [1,Z]
        let variance = (rows - mean).squared().mean(axis: 0)
        // The plain average of the first 50 batches, a moving one from there on: a short run must not remember the 0 and 1
        // that it began with.
        batches.pointer[0] += 1
        let rate = max(0.02, 1 / batches.item)
        for d in levels.indices {
            runningMean.pointer[d] += rate * (mean.pointer[d] - runningMean.pointer[d])
            runningVariance.pointer[d] += rate * (variance.pointer[d] - runningVariance.pointer[d])
        }
        return (z - mean) / (variance + 1e-5).squareRoot()
    }

    private func perDimension(_ value: (Int) -> Float) -> Tensor { Tensor(levels.map(value), shape: [levels.count]) }

    public var tensors: [NamedTensor] {
        normalizesLatents ? [("running_mean", runningMean), ("running_variance", runningVariance), ("batches", batches)] : []
    }
}
