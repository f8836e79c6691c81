// PredictionMeasurement.swift - how well is the next frame predicted, and how much of that is the code's doing?

import Episodes
import FrameCoding
import InverseDynamics
import Randomness
import Tensors

/// Measured on the transitions inside clips of T frames (56 of an episode's 63), each predicted from the true frames before it.
struct PredictionMeasurement {
    /// PSNR of the predicted frame and of a copy of the last one, where the picture moves: where the copy is below 33 dB. (Two frames
    /// of a robot that stands differ by the camera's noise alone, 37 dB.) Nil where nothing moves.
    let moving: Double?, movingCopy: Double?
    /// Genie's controllability (arXiv 2402.15391, section 3 "Metrics"), at t = 4: PSNR with the code that the encoder gave the
    /// fourth step, minus PSNR with a random code there. On all frames, moving or not.
    let delta: Double
    let codesUsed: Int

    init(_ model: LatentActionModel, _ episodes: EpisodeSet) {
        let codeCount = model.configuration.codes
        var generator = SeededGenerator(seed: 4)
        var predictedSum = 0.0, copiedSum = 0.0, frames = 0.0, deltaSum = 0.0, clips = 0.0, use = [Int](repeating: 0, count: codeCount)
        for clip in episodes.clips(length: model.configuration.frames, batch: 8) {
            let (b, t) = (clip.frames.size(0), clip.frames.size(1) - 1)
            let past = clip.frames.sliced(axis: 1, 0 ..< t), next = clip.frames.sliced(axis: 1, 1 ..< t + 1)
            let codes = model.codes(of: clip.frames)
            for code in codes { use[code] += 1 }
            let predicted = squaredErrors(model.predict(past, codes: codes), next).map(psnr)
            let copied = squaredErrors(past, next).map(psnr)
            for i in predicted.indices where copied[i] < 33 {
                predictedSum += predicted[i]
                copiedSum += copied[i]
                frames += 1
            }
            let fourth = min(3, t - 1)
            var other = codes
            for clip in 0 ..< b { other[clip * t + fourth] = generator.integer(below: codeCount) }
            let random = squaredErrors(model.predict(past, codes: other), next).map(psnr)
            for clip in 0 ..< b { deltaSum += predicted[clip * t + fourth] - random[clip * t + fourth] }
            clips += Double(b)
        }
        moving = frames == 0 ? nil : predictedSum / frames
        movingCopy = frames == 0 ? nil : copiedSum / frames
        delta = deltaSum / max(1, clips)
        codesUsed = codesInUse(use)
    }
}
