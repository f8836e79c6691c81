// Preconditioning.swift - how does one network clean pictures with hardly any noise and draw them out of nothing but noise?
//
// What comes in must always be about as large, and so must what is asked for. With hardly any noise the picture is there already and only
// the noise is asked for; with nothing but noise, the picture itself. EDM (arXiv 2206.00364, table 1) finds the factors; DIAMOND's
// code (denoiser.py; not its paper) adds noise of one number for a whole picture and color, "offset noise", which counts as noise too.
//
//   y = x + σ·n + σ_offset·n_color          s² = σ² + σ_offset²
//   D(y) = c_skip·y + c_out·F(c_in·y, c_noise)          F is asked for (x - c_skip·y) / c_out

import Foundation
import Tensors

/// The factors at one noise level.
public struct Preconditioning {
    public let cSkip: Float, cOut: Float, cIn: Float, cNoise: Float

    public init(sigma: Float, offset: Float = 0, data: Float) {
        let s = (sigma * sigma + offset * offset).squareRoot(), all = (s * s + data * data).squareRoot()
        cSkip = data * data / (s * s + data * data)
        cOut = s * data / all
        cIn = 1 / all
        cNoise = log(s / data) / 4  // in units of the data: EDM's and DIAMOND's is log(s) / 4
    }
}

extension [Preconditioning] {
    /// One factor for each picture: [B,1,1,1].
    public func column(_ factor: KeyPath<Preconditioning, Float>) -> Tensor { Tensor(map { $0[keyPath: factor] }, shape: [count, 1, 1, 1]) }
}

/// σ_max = σ_0 > σ_1 > ... > σ_{n-1} = σ_min, and then 0 (arXiv 2206.00364, equation 5): most steps where there is little noise left.
///
///     σ_i = (σ_max^(1/ρ) + i/(n-1) · (σ_min^(1/ρ) - σ_max^(1/ρ)))^ρ,  ρ = 7
public func karrasLevels(_ count: Int, from largest: Float, to smallest: Float) -> [Float] {
    let rho: Float = 7, (a, b) = (powf(largest, 1 / rho), powf(smallest, 1 / rho))
    return (0 ..< count).map { i in powf(a + Float(i) / Float(max(1, count - 1)) * (b - a), rho) } + [0]
}

/// A noise level is a number on a line; a network tells two near ones apart when they come as waves of many lengths (arXiv 2006.10739).
public enum Waves {
    /// Wave numbers from 0.3 to 30, evenly in the logarithm.
    private static let numbers: [Float] = (0 ..< 32).map { 0.3 * powf(100, Float($0) / 31) }
    public static let count = 64

    /// sin and cos of each of B numbers on each wave: [B,64].
    public static func of(_ values: [Float]) -> Tensor {
        Tensor(values.flatMap { x in numbers.map { sin($0 * x) } + numbers.map { cos($0 * x) } }, shape: [values.count, count])
    }
}
