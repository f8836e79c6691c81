// JointEmbedding+Checkpoint.swift - a trained joint embedding from its file.

import Foundation
import Randomness
import Training

extension JointEmbedding {
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL, madeBy command: String = "train-tokenizer joint-embedding") throws {
        let (configuration, file) = try Checkpoint.open(
            url, kind: JointEmbedding.kind, madeBy: command, as: JointEmbeddingConfiguration.self)
        try configuration.check()
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }
}
