// VideoWorld.swift - a model of videos that is told what is done, behind the door of all dreams.
//
// The window slides: of its T frames all but the last are known, and the last is drawn. Where frames have a picture, its distances and its
// directions, all three are drawn together. A dream begins with pictures alone; how far is what they show is drawn first, to fit them.

import Episodes
import FrameCoding
import FrameEncoders
import Foundation
import JetBot
import Pictures
import Randomness
import Recording
import SafeTensors
import Tensors
import Training
import WorldModels

/// A run's `model.safetensors`: the model of videos, and what the robot can do in them.
public struct VideoWorldConfiguration: ModelConfiguration, Equatable {
    public var video = VideoDiffusionConfiguration.standard
    public var commands: [Command] = []
    public var framesPerSecond = 4.0
    /// The noise level that is said of a dream's past.
    public var doubt: Float = 0.1

    public init() {}

    public var leastWeights: Double { video.leastWeights }
    public func check() throws {
        try video.check()
        let require = Requirement(of: "diffusion transformer configuration")
        try require(video.actions > 0, "a world in which nothing can be done")
        try require.commands(commands, of: video.actions)
        try require(video.parts == 1 || video.parts == 3, "frames of \(video.parts) parts, not 1 or 3")
        try require((0 ... 100).contains(doubt), "a past under a noise of \(doubt)")
        try require.framesPerSecond(framesPerSecond)
    }
}

/// A trained run: checkpoints/NAME with `model.safetensors` and `tokenizer.safetensors`.
public final class VideoWorld: WorldModel {
    public static let kind = "diffusion-transformer", maker = "train-dynamics diffusion-transformer"
    /// Passes a frame.
    static let steps = 6

    public let eye: any FrameAutoencoder
    public let configuration: VideoWorldConfiguration
    public let video: VideoDiffusion

    public init(_ configuration: VideoWorldConfiguration, eye: any FrameAutoencoder, using generator: inout SeededGenerator) {
        (self.configuration, self.eye) = (configuration, eye)
        video = VideoDiffusion(configuration.video, using: &generator)
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let (configuration, file) = try Checkpoint.open(
            folder.appendingPathComponent("model.safetensors"), kind: VideoWorld.kind, madeBy: VideoWorld.maker,
            as: VideoWorldConfiguration.self)
        try Checkpoint.checkCompanion("tokenizer.safetensors", of: file, madeBy: "\(VideoWorld.maker) --overwrite")
        let eye = try FrameEncoders.openAutoencoder(folder.appendingPathComponent("tokenizer.safetensors")), v = configuration.video
        guard eye.latentShape == (v.latents, v.latentDimensions) else {
            throw TrainingError(
                "\(folder.relativePath): tokenizer.safetensors is not the one that this model was trained with; "
                    + "train again with `\(VideoWorld.maker) --overwrite`")
        }
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, eye: eye, using: &generator)
        try Checkpoint.fill(video.tensors, from: file)
    }

    public var imageSize: Int { eye.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    public var commands: [Command] { configuration.commands }
    public var actionReader: ActionReader { ActionReader(recorded: configuration.video.actions) }
    public var contextFrames: Int { configuration.video.frames - 1 }
    public var parameterCount: Int { video.parameterCount + eye.parameterCount }
    public var drawsSamples: Bool { true }
    public var planningSteps: Int? { 2 }
    /// Whether it also says how far things are, and where they face.
    var knowsSurfaces: Bool { configuration.video.parts == 3 }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream { videoDream(from: frames, actions: actions) }

    /// The same, as something whose surfaces can be seen.
    func videoDream(from frames: Tensor, actions: [Int]) -> VideoDream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let pictures = eye.latents(ofFilms: frames.sliced(axis: 1, all - length ..< all))                                // [B,L,S,Z]
        let led = (0 ..< batch).map { b -> [Int?] in
            [nil] + actions[b * (all - 1) ..< (b + 1) * (all - 1)].suffix(length - 1).map { $0 }
        }
        return VideoDream(world: self, z: completed(pictures, led: led), led: led)
    }

    /// Latents of pictures [B,L,S,Z] -> of all M parts, standardized [B,L,S,M·Z]. What is not known is drawn to fit, without chance.
    func completed(_ pictures: Tensor, led: [[Int?]], doubt: Float? = nil) -> Tensor {
        let c = configuration.video, (B, L) = (pictures.size(0), pictures.size(1))
        let rest = Tensor(repeating: 0, shape: [B, L, c.latents, c.width - c.latentDimensions])
        let z = Tensor.withoutGradients { video.standardized(c.parts == 1 ? pictures : .concatenated([pictures, rest], axis: -1)) }
        if c.parts == 1 { return z }
        let turns = (0 ..< L).flatMap { _ in [nil] + Array(repeating: 0 as Int?, count: c.parts - 1) }
        var nobody = SeededGenerator(seed: 0)               // at temperature 0 nothing is thrown
        return video.sample(
            z, turns: turns, told: Told(led: led.flatMap { $0 }), steps: VideoWorld.steps, temperature: 0, doubt: doubt, using: &nobody)
    }

    /// Standardized latents of a window [B,L,S,M·Z] -> part m of its last frame, as the eye draws it: [B,H,W,3].
    func drawn(_ z: Tensor, part m: Int) -> Tensor {
        let Z = configuration.video.latentDimensions, L = z.size(1), seen = min(L, eye.frames)
        var memory = eye.emptyMemory
        let latents = Tensor.withoutGradients {
            video.latents(of: z.sliced(axis: 1, L - seen ..< L)).sliced(axis: -1, m * Z ..< (m + 1) * Z)
        }
        return eye.decode(latents, after: &memory).sliced(axis: 1, seen - 1 ..< seen).reshaped([z.size(0), imageSize, imageSize, 3])
    }

    public func reconstructed(_ frames: Tensor) -> Tensor { eye.reconstructed(frames) }

    /// The latents of whole episodes, of each [F,S,M·Z].
    /// - Throws: `EpisodeError` where the simulator cannot tell what shapes an episode shows; what the cache throws.
    public static func latents(_ episodes: EpisodeSet, eye: any FrameAutoencoder, fingerprint: String, parts: Int) throws -> [Tensor] {
        let pictures = try LatentEpisodes(episodes, encoder: eye, fingerprint: fingerprint).latents
        if parts == 1 { return pictures }
        let (places, width) = eye.latentShape
        for file in episodes.episodes { try file.checkSurfaces() }
        let shapes: [Tensor] = try episodes.cached("surfaces-\(fingerprint)") { file, name, episode -> Tensor? in
            let values = try file.floats(name)
            guard values.count == episode.frameCount * places * 2 * width, values.allSatisfy(\.isFinite) else { return nil }
            return Tensor(values, shape: [episode.frameCount, places, 2 * width])
        } make: { index in
            let surfaces = episodes.episodes[index].surfaces()!
            let (depth, normals) = (eye.latents(of: surfaces.map(\.depthPicture)), eye.latents(of: surfaces.map(\.normalPicture)))
            return Tensor.concatenated([depth, normals], axis: -1)
        } write: { writer, name, tensor in
            writer.add(name, shape: tensor.shape, floats: tensor.values)
        }
        return zip(pictures, shapes).map { .concatenated([$0, $1], axis: -1) }
    }
}

extension FrameAutoencoder {
    /// Pictures [B,F,H,W,3] -> latents [B,F,S,Z], as many frames at a time as it looks at together.
    func latents(ofFilms films: Tensor) -> Tensor {
        .concatenated(stride(from: 0, to: films.size(1), by: frames).map { start in
            latents(of: films.sliced(axis: 1, start ..< min(start + frames, films.size(1))))
        }, axis: 1)
    }

    /// Of one film: [F,S,Z].
    func latents(of film: [Image]) -> Tensor {
        latents(ofFilms: Tensor(film: film)).reshaped([film.count, latentShape.places, latentShape.width])
    }
}

/// The last frames of B dreams, and what led to each.
public struct VideoDream: Dream {
    let world: VideoWorld
    /// [B,L,S,M·Z], standardized, L below T.
    private(set) var z: Tensor
    private(set) var led: [[Int?]]

    init(world: VideoWorld, z: Tensor, led: [[Int?]]) { (self.world, self.z, self.led) = (world, z, led) }

    public var batch: Int { z.size(0) }

    public mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        precondition(actions.count == batch, "\(actions.count) actions for \(batch) dreams")
        let c = world.configuration.video, L = z.size(1), blank = Tensor(repeating: 0, shape: [batch, 1, c.latents, c.width])
        let told = zip(led, actions).map { $0 + [$1] }
        let turns = Array(repeating: nil as Int?, count: L * c.parts) + Array(repeating: 0, count: c.parts)
        let window = world.video.sample(
            .concatenated([z, blank], axis: 1), turns: turns, told: Told(led: told.flatMap { $0 }),
            steps: sampling.steps ?? VideoWorld.steps, temperature: sampling.temperature, doubt: world.configuration.doubt,
            using: &generator)
        let kept = min(L + 1, world.contextFrames)
        z = window.sliced(axis: 1, L + 1 - kept ..< L + 1)
        // Nobody knows what led to the first frame of a window.
        led = told.map { [nil] + $0.suffix(kept - 1) }
        return world.drawn(window, part: 0)
    }

    /// How far is what the last frame shows, and where does it face? As the dream has it: B times meters and directions, [H,W].
    /// - Precondition: the world knows surfaces.
    func surfaces() -> [(depth: [Float], normals: [SIMD3<Float>])] {
        let pictures = (1 ... 2).map { drawn($0) }
        return (0 ..< batch).map { (Surfaces.depth(painted: pictures[0].frame($0)), Surfaces.normals(painted: pictures[1].frame($0))) }
    }

    /// Part m of the last frame, as the eye draws it: [B,H,W,3] in 0...1.
    func drawn(_ m: Int) -> Tensor { world.drawn(z, part: m).clamped(0, 1) }

    public func selecting(_ rows: [Int]) -> VideoDream { VideoDream(world: world, z: z.rows(at: rows), led: rows.map { led[$0] }) }
}

extension Tensor {
    /// Pictures of one size -> [1,F,H,W,3] in 0...1.
    convenience init(film: [Image]) {
        self.init(film.flatMap { $0.pixels.map { Float($0) / 255 } }, shape: [1, film.count, film[0].height, film[0].width, 3])
    }

    /// The numbers of one frame of [..,H,W,3].
    func frame(_ number: Int) -> [Float] {
        let size = shape.suffix(3).reduce(1, *)
        return Array(UnsafeBufferPointer(start: pointer + number * size, count: size))
    }
}
