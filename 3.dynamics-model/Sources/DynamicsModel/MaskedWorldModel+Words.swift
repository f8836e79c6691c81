// MaskedWorldModel+Words.swift - is it heard what is said of a frame? And what if it cannot be true?
//
// Two looks. How much less of a frame is news once its caption is known, beside another frame's caption: in bits, on true frames. And what
// is drawn: from starts without a toy the robot turns to the left, where nobody has looked yet. A toy may come into view there, or none, and a
// word may say which. On the right is what was seen before; a word should change nothing there.

import Captions
import Episodes
import Foundation
import JetBot
import Pictures
import Randomness
import Tensors
import Training
import WorldModels

extension MaskedWorldModel {
    /// Nothing is said of any frame of a clip: T·w.
    var silence: [Int] { (0 ..< dynamics.configuration.frames).flatMap { _ in dynamics.row(of: nil) } }

    /// How often what is told is drawn, from starts without a toy, in the last of `turns` turns to the left.
    private static let turns = 3

    /// B pictures of nothing but a sentence, [B,H,W,3]: before them stands a frame of which nobody knows anything.
    func pictures(of sentence: String?, count B: Int, seed: UInt64) -> Tensor {
        let c = dynamics.configuration, unknown = Array(repeating: c.maskToken, count: B * c.patches)
        var past = dynamics.emptyMemory, generator = SeededGenerator(seed: seed)
        let silent = (0 ..< B).flatMap { _ in dynamics.row(of: nil) }
        dynamics.read(unknown, actions: Array(repeating: nil, count: B), words: silent, batch: B, into: &past)
        let expected = c.expects == true ? Tensor(repeating: 0, shape: [B, 1, c.patches, codebook.size(1)]) : nil
        // In training an action led to every frame that was written.
        let stop = action(named: Action.stop.name) ?? 0, drawn = dynamics.sample(
            Array(repeating: stop, count: B), after: past, last: unknown, expected: expected, codebook: codebook,
            Sampling(temperature: 1, words: sentence), using: &generator)
        var memory = tokenizer.emptyMemory
        let pictures = tokenizer.decode(drawn.latents.reshaped([B, 1, c.patches, codebook.size(1)]), after: &memory)
        return pictures.reshaped([B, imageSize, imageSize, 3])
    }

    func measureWords(on validation: EpisodeSet, into own: inout OwnMeasures) throws {
        if let folder {
            let sayings = try Sayings(validation), T = dynamics.configuration.frames
            var generator = SeededGenerator(seed: 4)
            func captions(_ places: [ClipPlace]) -> [Int] {
                places.flatMap { place in
                    (0 ..< T).flatMap { t in
                        dynamics.row(of: sayings.sentence(place.episode, place.start + t, for: dynamics, using: &generator))
                    }
                }
            }
            let told = try guesses(folder, validation, every: 8, told: captions).bits
            // Of each clip what is true of another.
            let other = try guesses(folder, validation, every: 8) { captions(Array($0.dropFirst()) + $0.prefix(1)) }.bits
            let untold = try guesses(folder, validation, every: 8) { $0.flatMap { _ in self.silence } }.bits
            own.rows.add("bits_told", told, baseline: String(format: "%.1f told another's caption, %.1f told nothing", other, untold))
        }
        if dynamics.configuration.unseen ?? 0 > 0 { drawWords(into: &own) }
        let facts = try EpisodeFacts(validation).facts, all = validation.places(length: 4).filter { place in
            (0 ..< 4).allSatisfy { !facts[place.episode][place.start + $0].hasToy }
        }
        guard let left = action(named: Action.turnLeft.name), !all.isEmpty else { return }
        let places = stride(from: 0, to: all.count, by: (all.count + 47) / 48).map { all[$0] }
        let frames = validation.clips(at: places, length: 4).frames
        let done = try places.flatMap { place in
            Array(try actionReader.actions(ofEpisode: place.episode, in: validation)[place.start ..< place.start + 3])
        }
        let start = dream(from: frames, actions: done)
        // The last frame of each dream, after something was said of it alone.
        func drawn(_ words: String?) -> Tensor {
            var dream = start, generator = SeededGenerator(seed: 6), last = frames
            for t in 1 ... MaskedWorldModel.turns {
                let sampling = Sampling(temperature: 1, words: t == MaskedWorldModel.turns ? words : nil)
                last = dream.step(places.map { _ in left }, sampling, using: &generator)
            }
            return last
        }
        func toys(_ frames: Tensor) -> [Facts.Place?] {
            places.indices.map { RedKong(Image(frames, frame: $0)).map { Facts.Place(bearing: $0.bearing) } }
        }
        func share(_ toys: [Facts.Place?], _ isMeant: (Facts.Place?) -> Bool) -> Double {
            Double(toys.filter(isMeant).count) / Double(toys.count)
        }
        let quiet = drawn(nil), silent = toys(quiet)
        var rows = [("nothing said", quiet)]
        for (name, words, isMeant) in [
            ("left", "a toy on the left", { $0 == .left }), ("right", "a toy on the right", { $0 == .right }),
            ("empty", "an empty floor", { $0 == nil }),
        ] as [(String, String, (Facts.Place?) -> Bool)] {
            let heard = drawn(words)
            rows.append((words, heard))
            own.rows.add("told_\(name)_drawn", share(toys(heard), isMeant),
                         baseline: String(format: "%.3f when nothing is said, of %d starts", share(silent, isMeant), places.count))
        }
        let shown = Array(places.indices.prefix(8))
        own.pictures.append(("words.png", Image.sheet(
            rows: [shown.map { Image(frames, frame: 4 * $0 + 3) }] + rows.map { row in shown.map { Image(row.1, frame: $0) } },
            title: "three turns to the left, and a word about the third", rowLabels: ["last seen"] + rows.map(\.0), scale: 2)))
    }
    /// From words alone: how often the toy is where it was told, and a sheet.
    private func drawWords(into own: inout OwnMeasures) {
        let count = 48, sentences = ["a toy on the left", "a toy in the center", "a toy on the right", "an empty floor"]
        let meant: [Facts.Place?] = [.left, .centered, .right, nil]
        func toys(_ frames: Tensor) -> [Facts.Place?] {
            (0 ..< count).map { RedKong(Image(frames, frame: $0)).map { Facts.Place(bearing: $0.bearing) } }
        }
        let all = ([nil] + sentences).map { pictures(of: $0, count: count, seed: 7) }, silent = toys(all[0])
        for (sentence, (place, frames)) in zip(sentences, zip(meant, all.dropFirst())) {
            let share = { (toys: [Facts.Place?]) in Double(toys.filter { $0 == place }.count) / Double(count) }
            own.rows.add("words_alone_\(place.map { "\($0)" } ?? "empty")", share(toys(frames)),
                         baseline: String(format: "%.3f when nothing is said", share(silent)))
        }
        let floors = ["a marble floor", "kitchen tiles", "wooden planks", "a rubber mat", "a carpet"]
            .map { ("nothing on \($0)", pictures(of: "nothing on \($0)", count: 8, seed: 7)) }
        own.pictures.append(("words-alone.png", Image.sheet(
            rows: (zip(["nothing said"] + sentences, all).map { ($0, $1) } + floors).map { row in (0 ..< 8).map { Image(row.1, frame: $0) } },
            title: "pictures of a sentence", rowLabels: ["nothing said"] + sentences + floors.map(\.0), scale: 2)))
    }
}
