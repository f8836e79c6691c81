// MaskedWorldModel+Words.swift - is it heard what is said of a frame? And what if it cannot be true?
//
// Three looks. How much less of a true frame is news once its caption is known, or another frame's: in bits. What is drawn of a sentence
// alone, when no frame was seen. And what is drawn after some frames were: from starts without a toy the robot turns to the left, where it
// has not looked. A toy may come into view there, or none, and a word may say which. On the right is what it has just seen; there a word
// should change nothing.

import Captions
import Episodes
import Foundation
import JetBot
import Pictures
import Randomness
import Tensors
import Training
import WorldModels

/// Where the red toy is drawn in each of some frames [B,H,W,3].
private func toys(_ frames: Tensor) -> [Facts.Place?] {
    (0 ..< frames.size(0)).map { RedKong(Image(frames, frame: $0)).map { Facts.Place(bearing: $0.bearing) } }
}

private func share(_ place: Facts.Place?, in toys: [Facts.Place?]) -> Double {
    Double(toys.filter { $0 == place }.count) / Double(toys.count)
}

private func name(_ place: Facts.Place?) -> String { place.map { "\($0)" } ?? "empty" }

extension MaskedWorldModel {
    /// Turns to the left before a word is said; three of 16 degrees bring places into view that were not.
    private static let turns = 3

    func wordMeasures(on validation: EpisodeSet, _ read: ReadClips?) throws -> OwnMeasures {
        var own = OwnMeasures()
        if dynamics.configuration.unseen ?? 0 > 0 { drawSentences(into: &own) }
        guard validation.hasTruth else { return own }
        let sayings = try Sayings(validation)
        if let read {
            let T = dynamics.configuration.frames, all = validation.places(length: T)
            // Every seventh clip: that is another part of each episode, and not always its first.
            func bits(_ said: (ClipPlace) -> ClipPlace?) -> Double {
                var generator = SeededGenerator(seed: 4)
                return guesses(read, every: 7) { places in
                    places.flatMap { place -> [Int] in
                        guard let place = said(place) else { return dynamics.rows(of: nil, count: T) }
                        return (0 ..< T).flatMap { t in
                            dynamics.row(of: sayings.sentence(place.episode, place.start + t, for: dynamics, using: &generator))
                        }
                    }
                }.bits
            }
            let other = bits { place in all[(all.firstIndex(of: place)! + all.count / 2) % all.count] }
            let (told, untold) = (bits { $0 }, bits { _ in nil })
            own.rows.add("bits_told", told, baseline: String(format: "%.1f told another's caption, %.1f told nothing", other, untold))
        }
        try drawAfterTurns(validation, sayings, into: &own)
        return own
    }

    /// B pictures of nothing but a sentence, [B,H,W,3]: before them stands a frame of which nobody knows anything.
    func pictures(of sentence: String?, count B: Int, seed: UInt64) -> Tensor {
        let c = dynamics.configuration, unknown = Array(repeating: c.maskToken, count: B * c.patches)
        let nothing = c.expects == true ? Tensor(repeating: 0, shape: [B, 1, c.patches, c.expectedWidth]) : nil
        var past = dynamics.emptyMemory, generator = SeededGenerator(seed: seed), memory = tokenizer.emptyMemory
        let silence = dynamics.rows(of: nil, count: B)
        dynamics.read(unknown, actions: Array(repeating: nil, count: B), words: silence, batch: B, into: &past)
        // In training an action led to every frame that was written.
        let stop = Array(repeating: action(named: Action.stop.name) ?? 0, count: B)
        let drawn = dynamics.sample(
            stop, after: past, last: unknown, expected: nothing, codebook: codebook,
            Sampling(temperature: 1, words: sentence, guidance: Sampling.usualGuidance), using: &generator)
        return tokenizer.decode(drawn.latents.reshaped([B, 1, c.patches, -1]), after: &memory).reshaped([B, imageSize, imageSize, 3])
    }

    /// From words alone: how often the toy is where it was told, and a sheet.
    private func drawSentences(into own: inout OwnMeasures) {
        let count = 48
        let told: [(String, Facts.Place?)] = [
            ("a toy on the left", .left), ("a toy in the center", .centered), ("a toy on the right", .right), ("an empty floor", nil),
        ]
        let floors = ["a marble floor", "kitchen tiles", "wooden planks", "a rubber mat", "a carpet"].map { "nothing on \($0)" }
        let silent = pictures(of: nil, count: count, seed: 7)
        var rows = [("nothing said", silent)]
        for (sentence, place) in told {
            let drawn = pictures(of: sentence, count: count, seed: 7)
            rows.append((sentence, drawn))
            own.rows.add("sentence_\(name(place))_drawn", share(place, in: toys(drawn)),
                         baseline: String(format: "%.3f when nothing is said", share(place, in: toys(silent))))
        }
        rows += floors.map { ($0, pictures(of: $0, count: 8, seed: 7)) }
        own.pictures.append(("sentences.png", Image.sheet(
            rows: rows.map { row in (0 ..< 8).map { Image(row.1, frame: $0) } }, title: "pictures of a sentence, no frame was seen",
            rowLabels: rows.map(\.0), scale: 2)))
    }

    /// How often what is told is drawn in the last of three turns to the left, from starts without a toy, and a sheet.
    private func drawAfterTurns(_ validation: EpisodeSet, _ sayings: Sayings, into own: inout OwnMeasures) throws {
        // Whoever has just turned to the right knows what is on the left.
        let all = validation.places(length: 4).filter { place in
            let did = validation.episodes[place.episode].actions?[place.start ..< place.start + 3] ?? []
            return !did.contains(Action.turnRight.rawValue)
                && (0 ..< 4).allSatisfy { !sayings.frames.facts[place.episode][place.start + $0].hasToy }
        }
        guard let left = action(named: Action.turnLeft.name), !all.isEmpty else { return }
        let places = stride(from: 0, to: all.count, by: (all.count + 95) / 96).map { all[$0] }
        let frames = validation.clips(at: places, length: 4).frames
        let start = dream(from: frames, actions: try places.flatMap { place in
            try actionReader.actions(ofEpisode: place.episode, in: validation)[place.start ..< place.start + 3]
        })
        // The last frame of each dream, after something was said of it alone.
        func drawn(_ words: String?) -> Tensor {
            var dream = start, generator = SeededGenerator(seed: 6), last = frames
            for turn in 1 ... MaskedWorldModel.turns {
                let sampling = Sampling(
                    temperature: 1, words: turn == MaskedWorldModel.turns ? words : nil, guidance: Sampling.usualGuidance)
                last = dream.step(places.map { _ in left }, sampling, using: &generator)
            }
            return last
        }
        let silent = drawn(nil)
        var rows = [("nothing said", silent)]
        for (words, place) in [("a toy on the left", Facts.Place.left), ("a toy on the right", .right), ("an empty floor", nil)] {
            let heard = drawn(words)
            rows.append((words, heard))
            // Whoever hears "toy" and not "right" draws it where there is room: on the left.
            for shown in place == .right ? [Facts.Place.right, .left] : [place] {
                let row = "told_\(name(place))_drawn" + (shown == place ? "" : "_\(name(shown))")
                own.rows.add(row, share(shown, in: toys(heard)), baseline: String(
                    format: "%.3f when nothing is said, of %d starts", share(shown, in: toys(silent)), places.count))
            }
        }
        let shown = Array(places.indices.prefix(8))
        own.pictures.append(("words.png", Image.sheet(
            rows: [shown.map { Image(frames, frame: 4 * $0 + 3) }] + rows.map { row in shown.map { Image(row.1, frame: $0) } },
            title: "three turns to the left, and a word about the third", rowLabels: ["last seen"] + rows.map(\.0), scale: 2)))
    }
}
