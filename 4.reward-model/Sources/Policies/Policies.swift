// Policies.swift - the one place that asks what kind of policy a run holds.

import EvolvedController
import Foundation
import Planning
import PolicyInADream
import Training
import VideoPlans

public enum Policies {
    /// Every family of this stage: what its checkpoints call themselves, and how the run in a folder is opened.
    private static let families: [(kind: String, open: (URL) throws -> any TrainedPolicy)] = [
        (EvolvedPolicy.kind, { try EvolvedPolicy(folder: $0.deletingLastPathComponent()) }),
        (PixelAgent.kind, { try PixelAgent(folder: $0.deletingLastPathComponent()) }),
        (StateAgent.kind, { try StateAgent(folder: $0.deletingLastPathComponent()) }),
        (ForcingAgent.kind, { try ForcingAgent(folder: $0.deletingLastPathComponent()) }),
        (VideoPlans.kind, { try VideoPlans(folder: $0.deletingLastPathComponent()) }),
    ]

    /// Opens a run, whatever its kind.
    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or of no kind of this stage.
    public static func open(_ folder: URL) throws -> any TrainedPolicy {
        try Checkpoint.open(folder.appendingPathComponent("model.safetensors"), asOneOf: families, what: "policy", madeBy: "train-policy")
    }
}
