// ShortcutWorld+Measures.swift - what can only a model say that draws out of noise? How much it listens to the
// action, and how a frame comes out of the noise.

import Episodes
import Pictures
import Randomness
import Tensors
import Training
import WorldModels

extension ShortcutWorld {
    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures {
        var own = OwnMeasures()
        if let ratio = try shuffledActionsRatio(validation) {
            own.rows.add("shuffled_actions_loss_ratio", ratio, baseline: "1 (actions ignored)")
        }
        own.pictures = [("drawing.png", drawingSheet(validation, steps: sampling.steps ?? 4))]
        return own
    }

    /// The error of frames guessed out of pure noise with the actions of another clip, over that with their own;
    /// nil where clips are too few or too short.
    private func shuffledActionsRatio(_ episodes: EpisodeSet) throws -> Double? {
        let length = min(eye.frames, dynamics.configuration.shortFrames), places = episodes.places(length: length)
        guard places.count >= 2, length >= 2 else { return nil }
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 24)).map { places[$0] },
            clips = episodes.clips(at: chosen, length: length)
        let actions = try actionReader.actions(of: clips.frames, own: clips.actions), half = chosen.count / 2 * (length - 1)
        let z = Tensor.withoutGradients { dynamics.standardized(eye.latents(of: clips.frames)) }
        func error(_ actions: [Int]) -> Double {
            var generator = SeededGenerator(seed: 3)
            return Double(dynamics.errorOutOfNoise(z, actions: actions, using: &generator))
        }
        return error(Array(actions[half...] + actions[..<half])) / error(actions)
    }

    /// For three commands what the network takes the next frame for, step by step.
    private func drawingSheet(_ episodes: EpisodeSet, steps: Int) -> Image {
        let named = (1 ... 3).filter { commands.indices.contains($0) }.map { commands[$0] }
        let rows = (named.isEmpty ? [Command(name: "action 0", action: 0)] : named).enumerated().map { row, command -> [Image] in
            let start = episodes.clips(at: [ClipPlace(episode: row * episodes.episodes.count / 3, start: 0)], length: 1).frames
            var generator = SeededGenerator(seed: 5)
            let guesses = shortcutDream(from: start, actions: []).guesses([command.action], steps: steps, temperature: 1, using: &generator)
            return [Image(start, frame: 0)] + guesses.map { Image($0, frame: 0) }
        }
        return Image.sheet(
            rows: rows, title: "what is under the noise, in \(steps) steps", rowLabels: named.isEmpty ? ["action 0"] : named.map(\.name),
            columnLabels: ["last seen"] + (1 ... steps).map { "step \($0)" }, scale: steps > 12 ? 1 : 2)
    }
}
