// ValidateTokenizer.swift - is the tokenizer any good, on episodes and in rooms that it has never seen?

import ArgumentParser
import Episodes
import Foundation
import JetBot
import Pictures
import Randomness
import Tensors
import Training
import VideoTokenizer

@main
struct ValidateTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-tokenizer", abstract: "Measure a trained tokenizer on validation episodes and unseen rooms, and draw what it does.")

    @OptionGroup var options: RunOptions

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(options.run)
        let model = try VideoTokenizer(checkpoint: folder.appendingPathComponent("model.safetensors"))
        let c = model.configuration

        // Measure everything before anything is written: what is wrong with the data then leaves the earlier files alone.
        let validation = try episodes(.validation, for: c)
        let seen = try measure(model, validation, "validation")
        let unseen = EpisodeSet.exists(options.dataFolder, .unseenRooms)
            ? try measure(model, episodes(.unseenRooms, for: c), "unseen rooms") : nil
        let meanFrame = meanFramePSNR(validation, try episodes(.train, for: c))

        // What to expect is known for the default preset in the simulated kitchen.
        func expected(_ text: String) -> String { c == .standard ? text : "" }
        var report = ValidationReport()
        report.add("psnr_db", seen.psnr, expected: expected("28.5 to 30"), baseline: String(format: "%.2f (mean frame)", meanFrame))
        report.add("ssim", seen.ssim, expected: expected("0.8 to 0.87"), baseline: "1 is perfect")
        report.add("mean_frame_psnr_db", meanFrame)
        report.add("codebook_usage", seen.use.usage, expected: expected("above 0.9"), baseline: "\(c.vocabulary) codes")
        report.add("codebook_perplexity", seen.use.perplexity, expected: expected("above 450"), baseline: "\(c.vocabulary) if all equal")
        if seen.kongs > 0 {
            report.add("kong_kept", Double(seen.keptKongs) / Double(seen.kongs), expected: expected("above 0.7"), baseline: "1 (the originals)")
        }
        if let unseen {
            report.add("psnr_unseen_rooms_db", unseen.psnr, expected: expected("2 to 3 less"), baseline: String(format: "%.2f (same rooms)", seen.psnr))
        } else {
            report.add("psnr_unseen_rooms_db", .nan, expected: "no unseen-rooms here")
        }
        report.add("bits_per_frame", c.bitsPerFrame, baseline: "\(c.imageSize * c.imageSize * 24) raw")

        var pictures = [("reconstructions.png", sheet(seen.examples, title: "validation episodes"))]
        if let unseen { pictures.append(("reconstructions-unseen-rooms.png", sheet(unseen.examples, title: "unseen rooms"))) }
        pictures += [("codebook.png", useChart(seen.use)), ("random-tokens.png", randomTokens(model))]
        for (name, picture) in pictures { try picture.writePNG(to: folder.appendingPathComponent(name)) }
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
        print("pictures: \(folder.relativePath)/ \(pictures.map(\.0).joined(separator: ", "))")
    }

    /// A split, with frames as the model takes them.
    private func episodes(_ split: Split, for c: TokenizerConfiguration) throws -> EpisodeSet {
        let set = try EpisodeSet(options.dataFolder, split)
        try set.check(size: c.imageSize)
        return set
    }

    private struct Measurement {
        var psnr = 0.0, ssim = 0.0, use: CodebookUse
        /// Original and decoded frames, side by side.
        var examples: [(Image, Image)] = []
        /// Frames that show a red Kong, and those of them whose reconstruction still does.
        var kongs = 0, keptKongs = 0
    }

    /// Every frame of a split, in clips of T.
    private func measure(_ model: VideoTokenizer, _ episodes: EpisodeSet, _ name: String) throws -> Measurement {
        let c = model.configuration
        var result = Measurement(use: CodebookUse(vocabulary: c.vocabulary))
        var psnrs: [Double] = [], ssims: [Double] = []
        let places = episodes.places(length: c.frames)
        guard !places.isEmpty else {
            throw TrainingError("\(episodes.url.relativePath): no episode has the \(c.frames) frames of a clip; record or import longer ones")
        }
        let exampleEvery = max(1, places.count / 10)
        for (i, place) in places.enumerated() {
            let frames = episodes.clips(at: [place], length: c.frames).frames
            let (decoded, quantized) = Tensor.withoutGradients { model(frames, isTraining: false) }
            psnrs += squaredErrors(decoded, frames).map(psnr)
            ssims += structuralSimilarities(decoded, frames)
            result.use.add(quantized.codes)
            for t in 0 ..< c.frames where RedKong(Image(frames, frame: t)) != nil {
                result.kongs += 1
                if RedKong(Image(decoded, frame: t)) != nil { result.keptKongs += 1 }
            }
            if i % exampleEvery == exampleEvery / 2 && result.examples.count < 10 {
                result.examples.append((Image(frames, frame: c.frames - 1), Image(decoded, frame: c.frames - 1)))
            }
        }
        result.psnr = psnrs.reduce(0, +) / Double(psnrs.count)
        result.ssim = ssims.reduce(0, +) / Double(ssims.count)
        print("\(name): \(psnrs.count) frames")
        return result
    }

    /// The baseline: the mean of the training frames, for every frame.
    private func meanFramePSNR(_ validation: EpisodeSet, _ training: EpisodeSet) -> Double {
        let places = training.places(length: 1)
        let some = stride(from: 0, to: places.count, by: max(1, places.count / 1000)).map { places[$0] }
        let mean = training.clips(at: some, length: 1).frames.mean(axis: 0)     // [1,1,H,W,3]
        var psnrs: [Double] = []
        for place in validation.places(length: 1) {
            psnrs += squaredErrors(mean, validation.clips(at: [place], length: 1).frames).map(psnr)
        }
        return psnrs.reduce(0, +) / Double(psnrs.count)
    }

    private func sheet(_ examples: [(Image, Image)], title: String) -> Image {
        Image.sheet(rows: [examples.map(\.0), examples.map(\.1)], title: title, rowLabels: ["original", "decoded"], scale: 2)
    }

    /// How often each code is used, most used first.
    private func useChart(_ use: CodebookUse) -> Image {
        let total = Double(use.counts.reduce(0, +))
        let shares = use.counts.sorted(by: >).map { Double($0) / total * 100 }
        return BarChart(
            title: String(format: "%.0f %% of %d codes in use, perplexity %.0f", use.usage * 100, use.counts.count, use.perplexity),
            xLabel: "codes, most used first", yLabel: "% of tokens", values: shares).image
    }

    /// What tokens say when nobody chose them: frames of random codes, and frames with one code everywhere.
    private func randomTokens(_ model: VideoTokenizer) -> Image {
        let c = model.configuration
        var generator = SeededGenerator(seed: 1)
        func picture(_ code: (_ patch: Int) -> Int) -> Image {
            Image(model.frames(of: (0 ..< c.patches).map(code), batch: 1), frame: 0)
        }
        let random = (0 ..< 8).map { _ in picture { _ in generator.integer(below: c.vocabulary) } }
        let single = (0 ..< 8).map { i in picture { _ in (2 * i + 1) * c.vocabulary / 16 } }
        return Image.sheet(
            rows: [random, single], title: "what tokens decode to", rowLabels: ["random", "one code"], scale: 2)
    }
}
