// SignalDraw.swift - how noisy is each frame of a training clip, and how far shall the network see?
//
// Every frame that is guessed draws its own signal level and its own step ("diffusion forcing", arXiv 2407.01392). A step d = 1/2^s begins
// on its own grid: τ is 0, d, 2d ... 1-d. The past has a little noise: what a dream remembers are its own frames, with its own mistakes in
// them, and a model that has seen only a perfect past believes them.

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
        var sizes: [Int] = [], levels: [Int] = [], isSilent: [Bool] = []
        for frame in 0 ..< B * F {
            let flows = frame < (B - bootstrapped) * F, size = flows ? c.finestSize : generator.integer(below: c.finestSize),
                grid = c.finestSteps >> size
            // A quarter of the frames that learn from data begin at τ = 0, beside those that do so by chance: out of nothing but noise only
            // the past and the action help. For half of them the noise is its own mean, 0: that is what a dream without chance asks for.
            let chance = flows ? generator.uniform() : 1
            sizes.append(size)
            levels.append(chance < 0.25 ? 0 : grid * generator.integer(below: 1 << size))
            isSilent.append(chance < 0.125)
        }
        labels = FrameLabels(actions: actions, levels: levels, sizes: sizes)
        // None led to the first frame; the others were led to by the action before them.
        let led: [Int?] = actions.indices.map { $0 % F == 0 ? nil : actions[$0 - 1] }
        let pastLevels: [Int] = led.map { _ in c.past == "any" ? generator.integer(below: c.finestSteps + 1) : c.pastLevel }
        pastLabels = FrameLabels(actions: led, levels: pastLevels, sizes: led.map { _ in c.finestSize })
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

extension FrameLabels {
    /// The labels of some of the clips of F frames.
    func selecting(_ rows: [Int], frames F: Int) -> FrameLabels {
        func chosen<Value>(_ values: [Value]) -> [Value] { rows.flatMap { values[$0 * F ..< ($0 + 1) * F] } }
        return FrameLabels(actions: chosen(actions), levels: chosen(levels), sizes: chosen(sizes))
    }
}
