// YardstickOptions.swift - what all models are seen through, and the rival that costs nothing: the flags of the commands that measure.

import ArgumentParser
import Episodes
import Foundation
import FrameCoding
import FrameEncoders
import PixelRegression
import Training
import WorldModels
import Worlds

public struct YardstickOptions: ParsableArguments {
    @Option(
        help: """
            The run of stage 1 through which frechet_distance sees all models (default: ../1.video-tokenizer/checkpoints/default, if it \
            is there).
            """
    )
    public var eye: String?
    @Option(help: "The run of pixel-regression beside which models stand (default: checkpoints/pixel-regression, if it is there).")
    public var regressor: String?
    @Option(help: "Clips of 16 frames that are imagined, of each split.") public var clips = 48
    @Option(help: "Samples of each clip, for models that draw them.") public var samples = 8

    public init() {}

    public mutating func validate() throws {
        guard (2 ... 10_000).contains(clips) else { throw ValidationError("--clips must be at least 2, and at most 10,000") }
        guard (1 ... 100).contains(samples) else { throw ValidationError("--samples must be at least 1, and at most 100") }
    }

    /// The run at `path`, or the one that is there by default; nil when nobody named one and there is none.
    private func folder(_ path: String?, _ usual: String) -> URL? {
        if let path { return PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: path)) }
        let url = PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: usual))
        return FileManager.default.fileExists(atPath: url.appendingPathComponent("model.safetensors").path) ? url : nil
    }

    /// - Throws: what opening it throws; `TrainingError` when it takes frames of another size.
    public func openEye(for size: Int) throws -> (any FrameEncoder)? {
        guard let folder = folder(eye, "../1.video-tokenizer/checkpoints/default") else { return nil }
        let url = folder.appendingPathComponent("model.safetensors"), encoder = try FrameEncoders.openAny(url)
        if encoder.imageSize == size && encoder.framesPerLatent == 1 { return encoder }
        if eye == nil { return nil }
        try FrameEncoders.check(framesPerLatent: encoder.framesPerLatent, of: url)
        throw TrainingError(
            "\(folder.relativePath): sees frames of \(encoder.imageSize)x\(encoder.imageSize), the model imagines \(size)x\(size); "
                + "name another --eye"
        )
    }

    /// - Throws: what opening it throws; `TrainingError` when it imagines frames of another size.
    public func openRegressor(for size: Int) throws -> (any WorldModel)? {
        guard let folder = folder(regressor, "checkpoints/pixel-regression") else { return nil }
        let world = try Worlds.open(folder)
        if world.imageSize == size { return world }
        if regressor == nil { return nil }
        throw TrainingError(
            "\(folder.relativePath): imagines frames of \(world.imageSize)x\(world.imageSize), the model \(size)x\(size); "
                + "name another --regressor"
        )
    }

    /// The clips of a split, for a model.
    /// - Throws: `TrainingError` or `EpisodeError` when they do not fit it.
    public func open(_ data: URL, _ split: Split, for worlds: [any WorldModel]) throws -> TrueClips {
        let set = try EpisodeSet(data, split)
        for world in worlds { try world.check(set) }
        return try TrueClips(set, atMost: clips)
    }
}
