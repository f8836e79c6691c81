// ShortcutObjective.swift - what should the network say, so that a frame can be drawn in four steps?
//
// Between noise z0 and data z1 lies a straight line, z̃ = (1-τ)·z0 + τ·z1. Asked for z1, the best answer to a squared error is the mean of
// all z1 that could have led to this z̃. Going a little towards it, asking again, and so on, draws a sample ("flow matching"): the finest
// step is d = 1/Kmax. A shortcut model (arXiv 2410.12557) also learns where two such steps together lead, then two of those, up to one step
// for the whole way. Dreamer 4 (arXiv 2509.24527, section 3.2 "Shortcut forcing") says it for a network that predicts z1:
//
//   d = 1/Kmax:   target = z1
//   else:         b'  = (f(z̃, τ, d/2) - z̃) / (1-τ)                        the way that half a step believes in
//                 z'  = z̃ + b'·d/2                                        where it leads
//                 b'' = (f(z', τ+d/2, d/2) - z') / (1-(τ+d/2))            and from there
//                 target = z̃ + (1-τ)·(b'+b'')/2                           no gradient flows into it
//
// The paper writes the second loss as (1-τ)²·‖(ẑ1-z̃)/(1-τ) - (b'+b'')/2‖². That is ‖ẑ1 - target‖²: one plain squared error for both.

import Randomness
import Tensors

enum ShortcutObjective {
    /// Targets [B,F,S,Z] of steps that are not the finest, all of them at levels k and sizes s with k a multiple of Kmax/2^s.
    /// - Parameters:
    ///   - z: z̃ [B,F,S,Z]; `levels`, `sizes`: B·F each.
    ///   - predict: f, ẑ1 of such frames.
    static func bootstrapped(
        _ z: Tensor, levels: [Int], sizes: [Int], finestSteps: Int, predict: (_ z: Tensor, _ levels: [Int], _ sizes: [Int]) -> Tensor
    ) -> Tensor {
        Tensor.withoutGradients {
            func column(_ values: [Float]) -> Tensor { Tensor(values, shape: [z.size(0), z.size(1), 1, 1]) }
            let finer = sizes.map { $0 + 1 }, halfway = zip(levels, finer).map { $0 + finestSteps >> $1 }
            let signal = levels.map { Float($0) / Float(finestSteps) }, half = finer.map { 1 / Float(1 << $0) }
            let left = column(signal.map { 1 - $0 }), leftAtHalf = column(zip(signal, half).map { 1 - ($0 + $1) })
            let first = (predict(z, levels, finer) - z) / left                                                  // b'
            let there = z + first * column(half)                                                                // z'
            let second = (predict(there, halfway, finer) - there) / leftAtHalf                                  // b''
            return z + left * (first + second) * 0.5
        }
    }

    /// mean over frames of w·mean (ẑ1 - target)², with one weight a frame.
    static func loss(_ predicted: Tensor, _ target: Tensor, weights: [Float]) -> Tensor {
        ((predicted - target).squared() * Tensor(weights, shape: [predicted.size(0), predicted.size(1), 1, 1])).mean()
    }
}

extension LatentDynamics {
    /// The loss of clips z1 [B,T,S,Z] and their actions B·(T-1), and apart from it the mean squared errors of the flow and of the bootstrap
    /// part (NaN where there is none). `bootstrapped` of the B clips, the last ones, learn coarse steps.
    public func loss(
        _ clips: Tensor, actions: [Int], bootstrapped: Int, using generator: inout SeededGenerator
    ) -> (total: Tensor, flow: Float, bootstrap: Float) {
        let draw = SignalDraw(clips, actions: actions, bootstrapped: bootstrapped, configuration, using: &generator)
        let (B, F) = (clips.size(0), clips.size(1) - 1), flowing = B - bootstrapped
        var target = draw.truth
        if bootstrapped > 0 {
            // Two more passes for those clips only.
            let rows = Array(flowing ..< B), labels = draw.labels.selecting(rows, frames: F),
                pastLabels = draw.pastLabels.selecting(rows, frames: F)
            let past = draw.past.rows(at: rows)
            let coarse = ShortcutObjective.bootstrapped(
                draw.guessed.rows(at: rows), levels: labels.levels, sizes: labels.sizes, finestSteps: configuration.finestSteps
            ) { z, levels, sizes in
                predict(z, past: past, labels: FrameLabels(actions: labels.actions, levels: levels, sizes: sizes), pastLabels: pastLabels)
            }
            target = flowing > 0 ? .concatenated([draw.truth.sliced(axis: 0, 0 ..< flowing), coarse], axis: 0) : coarse
        }
        let predicted = predict(draw.guessed, past: draw.past, labels: draw.labels, pastLabels: draw.pastLabels)
        let total = ShortcutObjective.loss(predicted, target, weights: draw.labels.levels.map(weight))
        func error(_ rows: Range<Int>) -> Float {
            rows.isEmpty ? .nan : Tensor.withoutGradients {
                predicted.sliced(axis: 0, rows).meanSquaredError(target.sliced(axis: 0, rows)).item
            }
        }
        return (total, error(0 ..< flowing), error(flowing ..< B))
    }

    /// Mean squared error of frames 2 ... T of clips z1, all guessed out of pure noise in one finest step. Records no graph.
    public func errorOutOfNoise(_ clips: Tensor, actions: [Int], using generator: inout SeededGenerator) -> Float {
        Tensor.withoutGradients {
            let draw = SignalDraw(clips, actions: actions, bootstrapped: 0, configuration, using: &generator)
            let noise = SignalDraw.noisy(draw.truth, signals: actions.map { _ in 0 }, using: &generator)
            let labels = FrameLabels(actions: actions, levels: actions.map { _ in 0 }, sizes: draw.labels.sizes)
            return predict(noise, past: draw.past, labels: labels, pastLabels: draw.pastLabels).meanSquaredError(draw.truth).item
        }
    }

    /// What a frame counts. Dreamer 4's ramp says: the more, the clearer it is, for what is pure noise teaches only the mean. Where the
    /// future is nearly decided, that mean is the lesson, so the ramp can be left out. An error of v is one of ẑ1, (1-τ)⁻² times as large.
    private func weight(_ level: Int) -> Float {
        let signal = configuration.signal(level), ramp = configuration.ramp ? 0.9 * signal + 0.1 : 1
        return configuration.prediction == "v" ? ramp / ((1 - signal) * (1 - signal)) : ramp
    }
}
