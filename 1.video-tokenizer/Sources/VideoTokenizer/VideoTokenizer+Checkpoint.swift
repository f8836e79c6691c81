// VideoTokenizer+Checkpoint.swift - a trained tokenizer from its file; stage 3 and the validate command begin here.

import Foundation
import Randomness
import Training

extension VideoTokenizer {
    /// Reads configuration and weights. Later stages keep copies: `command` is what makes this file anew, for the error message.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL, madeBy command: String = "train-tokenizer") throws {
        let (configuration, file) = try Checkpoint.open(
            url, kind: VideoTokenizer.kind, madeBy: command, as: TokenizerConfiguration.self)
        try configuration.check()
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }
}
