// Worlds.swift - the one place that asks what kind of world model a run holds.

import DynamicsModel
import Foundation
import LatentPrediction
import PixelDiffusion
import PixelRegression
import RecurrentMemory
import ShortcutForcing
import Training
import VideoDiffusion
import WorldModels

public enum Worlds {
    /// Every family of this stage: what its checkpoints call themselves, and how the run in a folder is opened.
    private static let families: [(kind: String, open: (URL) throws -> any WorldModel)] = [
        (MaskedDynamics.kind, { try MaskedWorldModel(folder: $0.deletingLastPathComponent()) }),
        (RecurrentWorldModel.kind, { try RecurrentWorldModel(folder: $0.deletingLastPathComponent()) }),
        (PixelRegression.kind, { try PixelRegression(checkpoint: $0) }),
        (LatentDynamics.kind, { try ShortcutWorld(folder: $0.deletingLastPathComponent()) }),
        (PixelDiffusion.kind, { try PixelDiffusion(checkpoint: $0) }),
        (VideoWorld.kind, { try VideoWorld(folder: $0.deletingLastPathComponent()) }),
        (LatentWorld.kind, { try LatentWorld(folder: $0.deletingLastPathComponent()) }),
    ]

    /// Opens a run, whatever its kind.
    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or of no kind of this stage.
    public static func open(_ folder: URL) throws -> any WorldModel {
        try Checkpoint.open(
            folder.appendingPathComponent("model.safetensors"), asOneOf: families, what: "world model", madeBy: "train-dynamics")
    }
}
