// SignalDraw.swift - how noisy is each frame of a training clip, and how far shall the network see?
//
// Every frame that is guessed draws its own signal level and its own step ("diffusion forcing", arXiv 2407.01392). The past has a
// little noise: what a dream remembers are its own frames, with its own mistakes in them, and a model that has seen only a perfect past
// believes them.

import Randomness
import Tensors

struct SignalDraw {
    /// [B,T-1,S,Z] each: z̃ of frames 2 ... T, what they are without noise, and frames 1 ... T-1 as the past shows them.
    let guessed: Tensor, truth: Tensor, past: Tensor
    let labels: FrameLabels, pastLabels: FrameLabels

    /// Clips z1 [B,T,S,Z], B·(T-1) actions. The last `bootstrapped` clips draw coarse steps, the others the finest.
    init(_ clips: Tensor, actions: [Int], bootstrapped: Int, _ c: ShortcutConfiguration, using generator: inout SeededGenerator) {
        let (B, T) = (clips.size(0), clips.size(1)), F = T - 1
        precondition(actions.count == B * F && T <= c.frames && T >= 2, "\(actions.count) actions between the frames of \(clips.shape)")
        truth = clips.sliced(axis: 1, 1 ..< T)
        var lengths: [Int] = [], levels: [Int] = [], isSilent: [Bool] = []
        for frame in 0 ..< B * F {
            let flows = frame < (B - bootstrapped) * F
            // A quarter of the frames that learn from data begin at τ = 0, beside those that do so by chance: out of nothing but noise only
            // the past and the action help. For half of them the noise is its own mean, 0: that is what a dream without chance asks for.
            let chance = flows ? generator.uniform() : 1
            let (length, level) = flows ? (1, chance < 0.25 ? 0 : generator.integer(below: c.finestSteps)) : c.coarse(&generator)
            lengths.append(length)
            levels.append(level)
            isSilent.append(chance < 0.125)
        }
        labels = FrameLabels(actions: actions, levels: levels, lengths: lengths)
        // None led to the first frame; the others were led to by the action before them.
        let led: [Int?] = actions.indices.map { $0 % F == 0 ? nil : actions[$0 - 1] }
        let pastLevels: [Int] = led.map { _ in c.past == "any" ? generator.integer(below: c.finestSteps + 1) : c.pastLevel }
        pastLabels = FrameLabels(actions: led, levels: pastLevels, lengths: led.map { _ in 1 })
        guessed = SignalDraw.noisy(truth, signals: levels.map(c.signal), using: &generator)
        let size = c.latents * c.latentDimensions
        for frame in isSilent.indices where isSilent[frame] { (guessed.pointer + frame * size).update(repeating: 0, count: size) }
        past = SignalDraw.noisy(clips.sliced(axis: 1, 0 ..< F), signals: pastLevels.map(c.signal), using: &generator)
    }

    /// z̃ = (1-τ)·z0 + τ·z1 of frames [B,F,S,Z], one τ a frame.
    static func noisy(_ z: Tensor, signals: [Float], using generator: inout SeededGenerator) -> Tensor {
        let result = Tensor(uninitialized: z.shape), size = z.count / signals.count
        for (frame, signal) in signals.enumerated() {
            for i in frame * size ..< (frame + 1) * size { result.pointer[i] = signal * z.pointer[i] + (1 - signal) * generator.normal() }
        }
        return result
    }
}

extension ShortcutConfiguration {
    /// A step that is longer than the finest, and where it begins. A shortcut's d = 1/2^s begins on its own grid, τ = 0, d, 2d ... 1-d; one
    /// of MeanFlow's begins anywhere and is of any length.
    func coarse(_ generator: inout SeededGenerator) -> (length: Int, level: Int) {
        if objective == "meanflow" {
            let level = generator.integer(below: finestSteps - 1)
            return (2 + generator.integer(below: finestSteps - level - 1), level)
        }
        let length = finestSteps >> generator.integer(below: finestSteps.trailingZeroBitCount)
        return (length, length * generator.integer(below: finestSteps / length))
    }
}

extension FrameLabels {
    /// The labels of some of the clips of F frames.
    func selecting(_ rows: [Int], frames F: Int) -> FrameLabels {
        func chosen<Value>(_ values: [Value]) -> [Value] { rows.flatMap { values[$0 * F ..< ($0 + 1) * F] } }
        return FrameLabels(actions: chosen(actions), levels: chosen(levels), lengths: chosen(lengths))
    }
}
