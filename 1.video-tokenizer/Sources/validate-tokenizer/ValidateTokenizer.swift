// ValidateTokenizer.swift - is an eye any good, on episodes and in rooms that it has never seen?

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import JetBot
import Pictures
import Randomness
import Tensors
import Training

@main
struct ValidateTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-tokenizer",
        abstract: "Measure a trained tokenizer, of any kind, on validation episodes and unseen rooms, and draw what it does.")

    @OptionGroup var options: RunOptions

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let run = options.trained, folder = run.results
        let eye = try FrameEncoders.openAny(run.model)

        // Measure everything before anything is written: what is wrong with the data then leaves the earlier files alone.
        let validation = try episodes(.validation, for: eye), own: OwnMeasures
        var report = ValidationReport(), pictures: [(String, Image)] = []
        if let drawing = eye as? any FrameAutoencoder {
            let seen = try measure(drawing, validation, "validation")
            let unseen = EpisodeSet.exists(options.dataFolder, .unseenRooms)
                ? try measure(drawing, episodes(.unseenRooms, for: eye), "unseen rooms") : nil
            let meanFrame = meanFramePSNR(validation, try episodes(.train, for: eye))
            own = try eye.ownMeasures(on: validation)
            report.add(
                "psnr_db", seen.psnr, expected: own.expected["psnr_db"] ?? "", baseline: String(format: "%.2f (mean frame)", meanFrame))
            report.add("ssim", seen.ssim, expected: own.expected["ssim"] ?? "", baseline: "1 is perfect")
            report.add("mean_frame_psnr_db", meanFrame)
            report.add(own.rows)
            if seen.kongs > 0 {
                report.add(
                    "kong_kept", Double(seen.keptKongs) / Double(seen.kongs), expected: own.expected["kong_kept"] ?? "",
                    baseline: "1 (the originals)")
            }
            if let unseen {
                report.add(
                    "psnr_unseen_rooms_db", unseen.psnr, expected: own.expected["psnr_unseen_rooms_db"] ?? "",
                    baseline: String(format: "%.2f (same rooms)", seen.psnr))
            } else {
                report.add("psnr_unseen_rooms_db", .nan, expected: "no unseen-rooms here")
            }
            report.add(
                "floats_per_frame",
                Double(eye.latentShape.places * eye.latentShape.width * (1 + (eye.frames - 1) / eye.framesPerLatent)) / Double(eye.frames),
                baseline: "\(eye.imageSize * eye.imageSize * 3) raw")
            pictures = [("reconstructions.png", sheet(seen.examples, title: "validation episodes"))]
            if let unseen { pictures.append(("reconstructions-unseen-rooms.png", sheet(unseen.examples, title: "unseen rooms"))) }
        } else {
            own = try eye.ownMeasures(on: validation)
            report.add(own.rows)
        }
        report.add("parameters", Double(eye.parameterCount))
        pictures += own.pictures.map { ($0.name, $0.picture) }
        try run.prepareResults()
        for (name, picture) in pictures { try picture.writePNG(to: folder.appendingPathComponent(name)) }
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
        print("pictures: \(folder.relativePath)/ \(pictures.map(\.0).joined(separator: ", "))")
    }

    /// A split, with frames as the eye takes them.
    private func episodes(_ split: Split, for eye: any FrameEncoder) throws -> EpisodeSet {
        let set = try EpisodeSet(options.dataFolder, split)
        try set.check(size: eye.imageSize)
        return set
    }

    private struct Measurement {
        var psnr = 0.0, ssim = 0.0
        /// Original and decoded frames, side by side.
        var examples: [(Image, Image)] = []
        /// Frames that show a red Kong, and those of them whose reconstruction still does.
        var kongs = 0, keptKongs = 0
    }

    /// Every frame of a split, in clips of T.
    private func measure(_ eye: any FrameAutoencoder, _ episodes: EpisodeSet, _ name: String) throws -> Measurement {
        var result = Measurement(), psnrs: [Double] = [], ssims: [Double] = []
        let places = episodes.places(length: eye.frames)
        guard !places.isEmpty else {
            throw TrainingError(
                "\(episodes.url.relativePath): no episode has the \(eye.frames) frames of a clip; record or import longer ones")
        }
        let exampleEvery = max(1, places.count / 10)
        for (i, place) in places.enumerated() {
            let frames = episodes.clips(at: [place], length: eye.frames).frames, decoded = eye.reconstructed(frames)
            psnrs += squaredErrors(decoded, frames).map(psnr)
            ssims += structuralSimilarities(decoded, frames)
            for t in 0 ..< eye.frames where RedKong(Image(frames, frame: t)) != nil {
                result.kongs += 1
                if RedKong(Image(decoded, frame: t)) != nil { result.keptKongs += 1 }
            }
            if i % exampleEvery == exampleEvery / 2 && result.examples.count < 10 {
                result.examples.append((Image(frames, frame: eye.frames - 1), Image(decoded, frame: eye.frames - 1)))
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
}
