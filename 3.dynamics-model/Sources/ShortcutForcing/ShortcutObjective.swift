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
// MeanFlow (arXiv 2505.13447) asks for the same thing, where a step of any length leads, and lets the truth show the first bit of it.
//
// The paper writes the second loss as (1-τ)²·‖(ẑ1-z̃)/(1-τ) - (b'+b'')/2‖². That is ‖ẑ1 - target‖²: one plain squared error for both.

import Randomness
import Tensors

enum ShortcutObjective {
    /// f: ẑ1 of frames [B,F,S,Z] at B·F levels, before steps of B·F lengths.
    typealias Guess = (_ z: Tensor, _ levels: [Int], _ lengths: [Int]) -> Tensor

    /// Targets [B,F,S,Z] of steps that are not the finest: `lengths` are even, and `levels` multiples of them.
    /// - Parameters:
    ///   - z: z̃ [B,F,S,Z]; `levels`, `lengths`: B·F each, in finest steps.
    static func bootstrapped(_ z: Tensor, levels: [Int], lengths: [Int], finestSteps: Int, predict: Guess) -> Tensor {
        Tensor.withoutGradients {
            func share(_ steps: [Int]) -> Tensor { z.column(steps.map { Float($0) / Float(finestSteps) }) }
            let half = lengths.map { $0 / 2 }, halfway = zip(levels, half).map(+)
            let left = share(levels.map { finestSteps - $0 }), leftAtHalf = share(halfway.map { finestSteps - $0 })
            let first = (predict(z, levels, half) - z) / left                                                   // b'
            let there = z + first * share(half)                                                                 // z'
            let second = (predict(there, halfway, half) - there) / leftAtHalf                                   // b''
            return z + left * (first + second) * 0.5
        }
    }

    /// MeanFlow's targets [B,F,S,Z] (arXiv 2505.13447), by the way of arXiv 2510.20771, which needs no derivative: a step of length d goes
    /// the first finest step δ along the truth, and believes the network from there.
    ///
    ///     v = (z1 - z̃)/(1-τ)    z' = z̃ + δ·v    u' = (f(z', τ+δ, d-δ) - z')/(1-(τ+δ))    target = z̃ + (1-τ)·(δ·v + (d-δ)·u')/d
    ///
    /// - Parameters:
    ///   - truth: z1 [B,F,S,Z]; `lengths` are at least 2, and lead no further than to the data.
    static func alongTheTruth(
        _ z: Tensor, truth: Tensor, levels: [Int], lengths: [Int], finestSteps: Int, predict: Guess
    ) -> Tensor {
        Tensor.withoutGradients {
            func share(_ steps: [Int]) -> Tensor { z.column(steps.map { Float($0) / Float(finestSteps) }) }
            let next = levels.map { $0 + 1 }, rest = lengths.map { $0 - 1 }, fine = 1 / Float(finestSteps)
            let left = share(levels.map { finestSteps - $0 }), leftAtNext = share(next.map { finestSteps - $0 })
            let velocity = (truth - z) / left                                                                   // v
            let there = z + velocity * fine                                                                     // z'
            let onward = (predict(there, next, rest) - there) / leftAtNext                                      // u'
            return z + left * (velocity * fine + onward * share(rest)) / share(lengths)
        }
    }

    /// mean over frames of w·mean (ẑ1 - target)², with one weight a frame.
    static func loss(_ predicted: Tensor, _ target: Tensor, weights: [Float]) -> Tensor {
        ((predicted - target).squared() * predicted.column(weights)).mean()
    }
}

extension Tensor {
    /// One number for each frame of latents like these, [B,F,S,Z]: [B,F,1,1].
    func column(_ values: [Float]) -> Tensor { Tensor(values, shape: [size(0), size(1), 1, 1]) }
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
            // Two more passes, or one, for those clips only.
            let rows = Array(flowing ..< B), labels = draw.labels.selecting(rows, frames: F),
                pastLabels = draw.pastLabels.selecting(rows, frames: F)
            let past = draw.past.rows(at: rows), z = draw.guessed.rows(at: rows), K = configuration.finestSteps
            func guess(_ z: Tensor, _ levels: [Int], _ lengths: [Int]) -> Tensor {
                predict(
                    z, past: past, labels: FrameLabels(actions: labels.actions, levels: levels, lengths: lengths), pastLabels: pastLabels)
            }
            let coarse = configuration.objective == "meanflow"
                ? ShortcutObjective.alongTheTruth(
                    z, truth: draw.truth.rows(at: rows), levels: labels.levels, lengths: labels.lengths, finestSteps: K, predict: guess)
                : ShortcutObjective.bootstrapped(z, levels: labels.levels, lengths: labels.lengths, finestSteps: K, predict: guess)
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
            let labels = FrameLabels(actions: actions, levels: actions.map { _ in 0 }, lengths: draw.labels.lengths)
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
