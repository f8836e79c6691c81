// MaskedWorldModel+Measures.swift - what can only a model of masked tokens say of itself? How many masked tokens it guesses rightly, and in
// which order it fills a frame.

import Episodes
import Foundation
import FrameCoding
import InverseDynamics
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer
import WorldModels

extension MaskedWorldModel {
    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures {
        var own = OwnMeasures()
        // What to expect is known of the default preset.
        let isDefault = !dynamics.configuration.isWritten && dynamics.configuration.frames == DynamicsConfiguration.standard.frames
            && dynamics.configuration.blocks == DynamicsConfiguration.standard.blocks
        if isDefault {
            own.expected = ["rollout_psnr_db": "2.5 to 4.5 above the copy", "delta_psnr_db": "above 2", "frames_per_second": "15 or more"]
        }
        let read = try folder.map { try readClips($0, validation) }
        if let read {
            let tokens = guesses(read) { dynamics.rows(of: nil, count: $0.count * dynamics.configuration.frames) }
            own.rows.add("token_accuracy", tokens.right, expected: isDefault ? "0.3 to 0.4" : "",
                         baseline: String(format: "%.3f (token of the last frame)", tokens.copied))
        }
        if dynamics.configuration.words != nil { own.add(try wordMeasures(on: validation, read)) }
        if !dynamics.configuration.isWritten { own.pictures.append(("order.png", orderSheet(validation, sampling))) }
        if let read, let sheet = expectedSheet(read, sampling) { own.pictures.append(("expected.png", sheet)) }
        return own
    }

    /// Episodes as the model reads them.
    typealias ReadClips = (episodes: EpisodeSet, tokens: TokenEpisodes, expected: ExpectedEpisodes?)

    private func readClips(_ folder: URL, _ episodes: EpisodeSet) throws -> ReadClips {
        let eyes = try TrainedModel(folder.appendingPathComponent("tokenizer.safetensors")) { _ in tokenizer }
        let namer = try actionReader.model.map { model in
            try TrainedModel(folder.appendingPathComponent("actions.safetensors")) { _ in model }
        }
        let tokens = try TokenEpisodes(episodes, tokenizer: eyes, actionModel: namer)
        return (episodes, tokens, dynamics.configuration.expects == true
            ? try ExpectedEpisodes(episodes, tokens: tokens, tokenizer: eyes, actionModel: namer!, flow: dynamics.flow) : nil)
    }

    /// The share of masked tokens (in raster order: of all) that are guessed rightly, how often the same place of the last frame held the
    /// same token, and the bits of a frame.
    /// - Parameters:
    ///   - step: only every so many-th clip.
    ///   - words: B·T·w, what is said of clips.
    func guesses(
        _ clips: ReadClips, every step: Int = 1, told words: ([ClipPlace]) -> [Int]
    ) -> (right: Double, copied: Double, bits: Double) {
        let (episodes, tokens, expected) = clips
        var c = dynamics.configuration, generator = SeededGenerator(seed: 3), (right, copied, asked) = (0, 0, 0), nats = 0.0
        (c.corruption, c.unseen) = (0, nil)
        let all = episodes.places(length: c.frames), places = stride(from: 0, to: all.count, by: step).map { all[$0] }
        for first in stride(from: 0, to: places.count, by: 16) {
            let part = Array(places[first ..< min(first + 16, places.count)]), clips = tokens.clips(at: part, length: c.frames)
            let draw = MaskDraw(clips.tokens, batch: part.count, c, using: &generator)
            let expected = expected?.clips(at: part, length: c.frames, using: &generator)
            let guessed = Tensor.withoutGradients {
                let logits = dynamics.logits(
                    read: draw.read, guessed: draw.guessed, actions: clips.actions, expected: expected, words: words(part),
                    batch: part.count)
                nats += Double(logits.crossEntropy(draw.targets).item) * Double(draw.targets.count)
                return logits.argmax()
            }
            right += zip(guessed, draw.targets).filter { $0 == $1 }.count
            let before = ClipGrid(clips.tokens, clips: part.count, size: c.patches)[frames: 0 ..< c.frames - 1]
            copied += zip(c.asked(draw.guessed), draw.targets).filter { before[$0] == $1 }.count
            asked += guessed.count
        }
        let count = Double(max(1, asked))
        return (Double(right) / count, Double(copied) / count, nats / count * Double(c.patches) / log(2))
    }

    /// Two clips: as stage 2 draws what it expects, as the last frame is carried over, gray where nothing is known, as the tokens draw it,
    /// and what of all that is shown. Those whose colors are the most unusual: there a toy is to be seen. Nil where nothing is carried, or
    /// no episode is long enough.
    private func expectedSheet(_ clips: ReadClips, _ sampling: Sampling) -> Image? {
        let steps = [1, 2, 3, 4, 6, 8, 12], all = clips.episodes.places(length: 13)
        guard let expectation, expectation.flow != nil, !all.isEmpty else { return nil }
        let unusual = stride(from: 0, to: all.count, by: max(1, all.count / 48)).map { i in
            (place: all[i], most: colorWeights(of: clips.episodes.clips(at: [all[i]], length: 1).frames).values.max()!)
        }
        let labels = ["real", "drawn", "carried", "tokens", "shown"]
        let rows = unusual.sorted { $0.most > $1.most }.prefix(2).flatMap { place, _ -> [[Image]] in
            let clip = clips.episodes.clips(at: [place], length: 13).frames, frames = clip.reshaped([13, imageSize, imageSize, 3])
            let gray = Tensor(repeating: 0.5, shape: [1, imageSize, imageSize, 3])
            var rows = labels.map { _ in [Image(frames, frame: 0)] }, outlook = expectation.begin(frames.rows(at: [0]))
            var dream = maskedDream(from: clip.sliced(axis: 1, 0 ..< 1), actions: []), alone = dream
            var generator = SeededGenerator(seed: 6), same = generator
            for step in 1 ... 12 {
                let action = [clips.tokens.actions[place.episode][place.start + step - 1]]
                outlook = expectation.next(outlook, action)
                let pictures = [
                    frames.rows(at: [step]), outlook.drawn, outlook.carried!.over(gray),
                    alone.step(action, expecting: expectation.latents(of: outlook), sampling, using: &same),
                    dream.step(action, sampling, using: &generator),
                ]
                if steps.contains(step) { for row in rows.indices { rows[row].append(Image(pictures[row], frame: 0)) } }
            }
            return rows
        }
        return Image.sheet(
            rows: Array(rows), title: "what is expected, drawn by stage 2 and carried over; what tokens draw; what is shown",
            rowLabels: rows.indices.map { labels[$0 % labels.count] }, columnLabels: ["last seen"] + steps.map { "+\($0)" }, scale: 2)
    }

    /// The order in which the tokens of a frame were filled in: for each decoding step what is there, the rest gray.
    private func orderSheet(_ episodes: EpisodeSet, _ sampling: Sampling) -> Image {
        let side = dynamics.configuration.side, patch = imageSize / side, steps = sampling.steps ?? 4
        let rows = [0, 1, 2].map { row -> [Image] in
            let episode = row * episodes.episodes.count / 3
            let start = episodes.clips(at: [ClipPlace(episode: episode, start: 0)], length: 1).frames
            var dream = maskedDream(from: start, actions: []), generator = SeededGenerator(seed: 5)
            let action = commands.indices.contains(row + 1) ? commands[row + 1].action : 0
            let frame = Image(dream.step([action], sampling, using: &generator), frame: 0)
            return [Image(start, frame: 0)] + (0 ..< steps).map { step in
                var shown = frame
                for (i, filledAt) in dream.filledAt.enumerated() where filledAt > step {
                    shown.fill(x: i % side * patch, y: i / side * patch, width: patch, height: patch, .gray(128))
                }
                return shown
            }
        }
        let names = [1, 2, 3].map { commands.indices.contains($0) ? commands[$0].name : "action 0" }
        return Image.sheet(rows: rows, title: "one frame in \(steps) decoding steps", rowLabels: names,
                           columnLabels: ["last seen"] + (1 ... steps).map { "step \($0)" }, scale: steps > 12 ? 1 : 2)
    }
}
