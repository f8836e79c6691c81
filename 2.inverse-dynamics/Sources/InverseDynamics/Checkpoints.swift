// Checkpoints.swift - trained models from their files; later commands and stages begin here.

import Foundation
import Randomness
import Training

extension LatentActionModel {
    /// Reads configuration and weights. Stage 3 keeps copies: `command` is what makes this file anew, for the error message.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL, madeBy command: String = "train-actions") throws {
        let (configuration, file) = try Checkpoint.open(
            url, kind: LatentActionModel.kind, madeBy: command, as: ActionConfiguration.self)
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        // The motion maps are nothing that a trained model needs, and pretrained weights come without them.
        try Checkpoint.fill(tensors.filter { file.entries[$0.name] != nil || !$0.name.hasPrefix("maps.") }, from: file)
    }
}
