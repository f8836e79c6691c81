// RecurrentWorldModel+Measures.swift - does the state know where the toy is, and does a frame cost the same however many came before?

import Episodes
import Foundation
import Randomness
import Tensors
import Training
import WorldModels

extension RecurrentWorldModel {
    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures {
        var own = OwnMeasures()
        // One long dream: the time of its first frames, and of those after two hundred.
        let frame = validation.clips(at: [ClipPlace(episode: 0, start: 0)], length: 1).frames
        var dream = recurrentDream(from: frame, actions: []), generator = SeededGenerator(seed: 1)
        func milliseconds(_ count: Int) -> Double {
            let begin = Date()
            for i in 0 ..< count { _ = dream.step([i / 8 % configuration.actions], sampling, using: &generator) }
            return Date().timeIntervalSince(begin) / Double(count) * 1000
        }
        _ = milliseconds(2)
        let early = milliseconds(20)
        _ = milliseconds(180)
        own.rows.add("milliseconds_frame_2_to_22", early)
        own.rows.add("milliseconds_frame_202_to_222", milliseconds(20), baseline: String(format: "%.2f (the first twenty)", early))

        guard validation.hasTruth, validation.hasActions, validation.episodes.count >= 4 else { return own }
        var weights = SeededGenerator(seed: 2)
        let untrained = RecurrentWorldModel.memory(configuration, using: &weights)
        let even = validation.episodes.indices.filter { $0 % 2 == 0 }, odd = validation.episodes.indices.filter { $0 % 2 == 1 }
        let probes: [(name: String, memory: any StateMemory, reads: String)] = [
            ("frame", memory, "the frame's own latents"), ("state", memory, "what is carried on"),
            ("untrained_state", untrained, "control"),
        ]
        for (name, memory, reads) in probes {
            let (fit, judge) = (
                probed(even, validation, memory, isFrame: name == "frame"), probed(odd, validation, memory, isFrame: name == "frame")
            )
            guard fit.truth.count > 20, judge.truth.count > 20 else { continue }
            let (r2, error) = LinearProbe(fit.features, fit.truth).judged(judge.features, judge.truth)
            own.rows.add("kong_bearing_r2_\(name)", r2, baseline: "0 (the mean); \(reads)")
            own.rows.add("kong_bearing_degrees_\(name)", error, baseline: "mean error")
        }
        return own
    }

    /// The frame's latents, or the state that is carried on, at every frame in which the Kong is visible, with its bearing in degrees.
    private func probed(
        _ episodes: [Int], _ set: EpisodeSet, _ memory: any StateMemory, isFrame: Bool
    ) -> (features: Tensor, truth: [Float]) {
        var rows: [Tensor] = [], truth: [Float] = []
        for index in episodes {
            let file = set.episodes[index]
            let numbers = numbers(of: set.clips(at: [ClipPlace(episode: index, start: 0)], length: file.frameCount).frames)   // [1,F,D]
            func frame(_ t: Int) -> Tensor { numbers.sliced(axis: 1, t ..< t + 1).reshaped([1, configuration.numbers]) }
            Tensor.withoutGradients {
                var state = memory.beginning(with: frame(0))
                for t in 1 ..< max(1, file.frameCount) {
                    state = memory.observed(frame(t), after: [file.actions![t - 1]], in: state)
                    guard let bearing = file.bearing?[t], !bearing.isNaN else { continue }
                    rows.append(isFrame ? state.frame : state.recurrent.sliced(axis: 1, 0 ..< configuration.stateDimensions))
                    truth.append(bearing * 180 / .pi)
                }
            }
        }
        return (rows.isEmpty ? Tensor(repeating: 0, shape: [0, 1]) : .concatenated(rows, axis: 0), truth)
    }
}
