// FrameEncoders.swift - the one place that asks what kind of eye a file holds.

import FrameCoding
import Foundation
import JointEmbedding
import MaskedAutoencoder
import PublishedDINOv2
import SafeTensors
import Training
import VariationalAutoencoder
import VideoTokenizer

public enum FrameEncoders {
    /// Every family of this stage: what its checkpoints call themselves, and how one is opened.
    private static let families: [(kind: String, open: (URL) throws -> any FrameEncoder)] = [
        (VideoTokenizer.kind, { try VideoTokenizer(checkpoint: $0) }),
        (MaskedAutoencoder.kind, { try MaskedAutoencoder(checkpoint: $0) }),
        (VariationalAutoencoder.kind, { try VariationalAutoencoder(checkpoint: $0) }),
        (JointEmbedding.kind, { try JointEmbedding(checkpoint: $0) }),
    ]

    /// Opens `model.safetensors` of a run, whatever its kind, or of a folder with a published DINOv2.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or of no kind of this stage.
    public static func openAny(_ url: URL) throws -> any FrameEncoder {
        if isPublished(url) { return try DINOv2(weights: url) }
        return try Checkpoint.open(url, asOneOf: families, what: "eye", madeBy: "train-tokenizer")
    }

    /// The same where every frame must have latents of its own: whoever dreams draws one frame after the other.
    /// - Throws: `TrainingError` when frames of this eye share theirs.
    public static func open(_ url: URL) throws -> any FrameEncoder {
        let eye = try openAny(url)
        try check(framesPerLatent: eye.framesPerLatent, of: url)
        return eye
    }

    /// - Throws: `TrainingError` when frames share latents.
    public static func check(framesPerLatent: Int, of url: URL) throws {
        guard framesPerLatent == 1 else {
            throw TrainingError(
                "\(url.relativePath): \(framesPerLatent) frames share one row of latents, and here each frame needs its own; "
                + "name a run without --temporal-compression")
        }
    }

    /// Whether others trained it: then its shape is not written in the file, but in `config.json` beside it.
    public static func isPublished(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: DINOv2.configuration(beside: url).path)
            && (try? SafeTensorsFile(contentsOf: url).metadata["kind"]) == nil
    }

    /// The same where frames must be drawn again.
    /// - Throws: `TrainingError` when this eye can only look.
    public static func openAutoencoder(_ url: URL) throws -> any FrameAutoencoder {
        guard let eye = try open(url) as? any FrameAutoencoder else {
            throw TrainingError(
                "\(url.relativePath): this encoder draws nothing; name the run of one that does, made with `train-tokenizer`")
        }
        return eye
    }
}
