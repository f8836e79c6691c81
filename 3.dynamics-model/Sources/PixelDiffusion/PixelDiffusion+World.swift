// PixelDiffusion+World.swift - a pixel diffusion model as a world that can be dreamed in.
//
// There is no tokenizer, and no memory but the last frames: what is further back than K frames is forgotten.

import Episodes
import Foundation
import Pictures
import Randomness
import Tensors
import Training
import WorldModels

extension PixelDiffusion: WorldModel {
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL) throws {
        let (configuration, file) = try Checkpoint.open(
            url, kind: PixelDiffusion.kind, madeBy: "train-dynamics pixel-diffusion", as: PixelDiffusionConfiguration.self)
        do { try configuration.check() } catch {
            throw TrainingError("\(url.relativePath): \(error); train again with `train-dynamics pixel-diffusion`")
        }
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        try Checkpoint.fill(tensors, from: file)
        guard dataDeviation.item > 0, dataDeviation.item.isFinite else {
            throw TrainingError(
                "\(url.relativePath): 'data_deviation' is \(dataDeviation.item); train again with `train-dynamics pixel-diffusion`")
        }
    }

    public var imageSize: Int { configuration.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    public var commands: [Command] { configuration.commands }
    public var actionReader: ActionReader { ActionReader(recorded: configuration.actions) }
    public var contextFrames: Int { configuration.pastFrames }
    public var drawsSamples: Bool { true }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream { diffusionDream(from: frames, actions: actions) }

    func diffusionDream(from frames: Tensor, actions: [Int]) -> DiffusionDream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let seen = (all - length ..< all).map { frames.sliced(axis: 1, $0 ..< $0 + 1).reshaped([batch, imageSize, imageSize, 3]) * 2 - 1 }
        let led = (all - length ..< all - 1).map { t in (0 ..< batch).map { actions[$0 * (all - 1) + t] } }
        return DiffusionDream(world: self, frames: seen, led: led)
    }

    /// It sees pixels as they are.
    public func reconstructed(_ frames: Tensor) -> Tensor { frames }

    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures {
        var own = OwnMeasures()
        own.expected = ["sharpness": "0.8 or more", "delta_psnr_db": "above 2", "frames_per_second": "10 or more",
                        "kong_bearing_within_10_degrees_sample": "0.6 or more"]
        own.pictures = [("actions.png", actionSheet(validation)), ("steps.png", stepSheet(validation))]
        return own
    }

    /// Where something can be seen, for the sheets: the middle of an episode.
    private func start(_ validation: EpisodeSet, _ row: Int) -> (frames: Tensor, actions: [Int]) {
        let episode = row * validation.episodes.count / 3, middle = max(0, validation.episodes[episode].frameCount / 2 - contextFrames)
        let length = min(contextFrames, validation.episodes[episode].frameCount - middle)
        let clips = validation.clips(at: [ClipPlace(episode: episode, start: middle)], length: length)
        return (clips.frames, clips.actions ?? Array(repeating: 0, count: length - 1))
    }

    /// One start, one seed, one row for each action: what differs was done by the action.
    private func actionSheet(_ validation: EpisodeSet) -> Image {
        let (frames, actions) = start(validation, 1), last = Image(frames, frame: frames.size(1) - 1)
        let names = (0 ..< configuration.actions).map { action in commands.first { $0.action == action }?.name ?? "action \(action)" }
        let rows = names.indices.map { action -> [Image] in
            var dream = diffusionDream(from: frames, actions: actions), generator = SeededGenerator(seed: 5)
            return [last]
                + (0 ..< 6).map { _ in Image(Tensor.withoutGradients { dream.step([action], .sample, using: &generator) }, frame: 0) }
        }
        return Image.sheet(rows: rows, title: "one start, one seed, another action", rowLabels: names,
                           columnLabels: ["last seen"] + (1 ... 6).map { "+\($0)" }, scale: 2)
    }

    /// What was done, five frames on, with one pass and with more.
    private func stepSheet(_ validation: EpisodeSet) -> Image {
        let counts = [1, 2, 3, 10]
        let rows = (0 ..< 3).map { row -> [Image] in
            let (frames, actions) = start(validation, row)
            let drawn = ([nil] + counts).map { count -> Image in
                var dream = diffusionDream(from: frames, actions: actions), generator = SeededGenerator(seed: 5), picture = frames
                let sampling = count.map { Sampling(steps: $0, temperature: 1) } ?? .mean
                for _ in 0 ..< 5 {
                    picture = Tensor.withoutGradients { dream.step([min(1, configuration.actions - 1)], sampling, using: &generator) }
                }
                return Image(picture, frame: 0)
            }
            return [Image(frames, frame: frames.size(1) - 1)] + drawn
        }
        let names = counts.map { $0 == 1 ? "1 pass" : "\($0) passes" }
        let done = commands.first { $0.action == 1 }?.name ?? "action 1"
        return Image.sheet(rows: rows, title: "five frames on: \(done)", columnLabels: ["last seen", "mean"] + names, scale: 2)
    }
}

/// The last frames, and what led from each to the next.
struct DiffusionDream: Dream {
    let world: PixelDiffusion
    /// Up to K frames [B,H,W,3], -1...1, oldest first; B actions between each and the next.
    private var frames: [Tensor], led: [[Int]]

    init(world: PixelDiffusion, frames: [Tensor], led: [[Int]]) { (self.world, self.frames, self.led) = (world, frames, led) }

    var batch: Int { frames[0].size(0) }

    mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        let b = batch, c = world.configuration
        precondition(actions.count == b, "\(actions.count) actions for \(b) dreams")
        led.append(actions)
        let next = Tensor.withoutGradients { () -> Tensor in
            // A dream that began with fewer frames: the first stood still, and nobody knows what had been done.
            let missing = c.pastFrames - frames.count
            var past = Array(repeating: frames[0], count: missing) + frames
            if sampling.temperature > 0 && c.pastNoise > 0 {
                past = past.map { $0 + Tensor.normal($0.shape, standardDeviation: c.pastNoiseInUse, using: &generator) }
            }
            let known = Array(repeating: Array(repeating: nil as Int?, count: b), count: missing) + led.map { $0.map { $0 } }
            let actions = (0 ..< b).flatMap { row in known.map { $0[row] } }
            let drawn = world.sample(
                after: .init(frames: past, actions: actions, noise: Array(repeating: c.pastNoise > 0 ? c.pastNoiseInUse : 0, count: b)),
                steps: sampling.steps, temperature: sampling.temperature, using: &generator)
            // One of 256 levels, as a camera gives them: an error that is too small for that is gone.
            return (drawn.clamped(-1, 1) * 127.5 + 127.5).roundedStraightThrough() / 255
        }
        frames.append(next * 2 - 1)
        if frames.count > c.pastFrames {
            frames.removeFirst()
            led.removeFirst()
        }
        return next
    }

    func selecting(_ rows: [Int]) -> DiffusionDream {
        DiffusionDream(
            world: world, frames: frames.map { $0.rows(at: rows) }, led: led.map { WorldModels.selecting(rows, of: $0, batch: batch) })
    }
}
