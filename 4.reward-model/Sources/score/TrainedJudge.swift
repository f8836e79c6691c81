// TrainedJudge.swift - the scorer of this stage, from its checkpoint.

import Foundation
import Pictures
import RewardModel
import Tensors
import Training

/// Our own small scorer.
struct TrainedJudge: Judge {
    let name: String
    private let scorer: Scorer, scale: Float, offset: Float

    init(run: String, positive: [String], negative: [String], scale: Float?) throws {
        let run = TrainedRun(run)
        name = run.weights.relativePath
        scorer = try Scorer(checkpoint: run.model, positive: positive, negative: negative)
        // The offset was found together with the scale, and means nothing beside another.
        (self.scale, offset) = (scale ?? scorer.scale, scale == nil ? scorer.offset : 0)
    }

    var formula: String {
        String(format: "%.4g * (cosine to positive - cosine to negative)", scale) + (offset == 0 ? "" : String(format: " %+.4g", offset))
    }

    func notes(on sentences: [String]) -> [String] {
        let tokenizer = scorer.model.tokenizer, length = scorer.model.configuration.textLength
        return sentences.flatMap { sentence -> [String] in
            let unknown = tokenizer.unknownWords(in: sentence)
            var notes = unknown.isEmpty ? [] : ["this scorer was trained without the words: \(unknown.joined(separator: ", "))"]
            if tokenizer.tokens(of: sentence, length: 10_000).count > length {
                notes.append(cutNote(sentence, length: length))
            }
            return notes
        }
    }

    func scores(of images: [Image]) -> [PictureScore] {
        let side = scorer.model.configuration.imageSize
        let frames = Tensor(uninitialized: [images.count, side, side, 3])
        for (b, image) in images.enumerated() {
            for (i, byte) in image.square(side).pixels.enumerated() { frames.pointer[b * side * side * 3 + i] = Float(byte) / 255 }
        }
        return scorer.differences(of: frames).map { PictureScore(reward: 1 / (1 + expf(-(scale * $0 + offset))), difference: $0) }
    }
}

private extension Image {
    /// The square in the middle, resized as `episodes import` does it: what the scorer was trained on.
    func square(_ side: Int) -> Image {
        let short = min(width, height)
        return cropped(x: (width - short) / 2, y: (height - short) / 2, width: short, height: short).resized(width: side, height: side)
    }
}
