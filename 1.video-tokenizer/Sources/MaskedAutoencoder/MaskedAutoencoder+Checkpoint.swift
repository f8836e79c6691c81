// MaskedAutoencoder+Checkpoint.swift - a trained autoencoder from its file.

import Foundation
import Randomness
import Training

extension MaskedAutoencoder {
    /// Reads configuration and weights. `command` is what makes this file anew, for the error message.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL, madeBy command: String = "train-tokenizer masked-autoencoder") throws {
        let (configuration, file) = try Checkpoint.open(
            url, kind: MaskedAutoencoder.kind, madeBy: command, as: MaskedAutoencoderConfiguration.self)
        try configuration.check()
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }
}
