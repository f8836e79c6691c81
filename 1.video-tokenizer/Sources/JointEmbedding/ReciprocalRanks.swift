// ReciprocalRanks.swift - does a predictor use what it is told?
//
// IWM's question (arXiv 2403.00504, section 4.1): distort one frame in 64 ways; from another distortion of it, and told which of the 64 is
// meant, foretell its features. Rank the 64 by their distance to the prediction. The mean of 1/rank is 1 when the right one is always
// first, 0.074 by chance. A model that is not told can at best find the nearest; one whose features ignore distortions has 64 of one
// distance, and the worst rank is what it is given.

import Episodes
import Foundation
import Randomness
import Tensors

enum ReciprocalRanks {
    static let bank = 64
    /// The mean of 1/rank of a rank that is any of 1...64.
    static let chance = (1 ... bank).reduce(0.0) { $0 + 1 / Double($1) } / Double(bank)
}

extension JointEmbedding {
    /// Told the distortion; told that there is none; and the features of the first picture as they are.
    func reciprocalRanks(_ episodes: EpisodeSet) -> (told: Double, untold: Double, copy: Double) {
        var generator = SeededGenerator(seed: 4), sums = (0.0, 0.0, 0.0)
        let all = episodes.places(length: 1), places = stride(from: 0, to: all.count, by: max(1, all.count / 48)).map { all[$0] }
        let K = ReciprocalRanks.bank, size = imageSize * imageSize * 3
        for place in places {
            let frame = episodes.clips(at: [place], length: 1).frames, from = Distortion(using: &generator, isBlurred: true)
            let bank = (0 ..< K).map { _ in Distortion(using: &generator, isBlurred: false) }, pictures = Tensor(uninitialized: [1, K + 1,
                imageSize, imageSize, 3])
            for (i, distortion) in (bank + [from]).enumerated() {
                (pictures.pointer + i * size).update(from: frame.pointer, count: size)
                distortion.apply(to: pictures.pointer + i * size, height: imageSize, width: imageSize)
            }
            let z = vectors(of: pictures), targets = z.sliced(axis: 0, 0 ..< K), source = z.sliced(axis: 0, K ..< K + 1)
            // The first of the bank is the one that is meant; they are all alike.
            func reciprocal(_ prediction: Tensor) -> Double {
                let distances = (targets - prediction).squared().sum(axis: 1).values
                return 1 / Double(distances.filter { $0 <= distances[0] }.count)
            }
            let action = Tensor(from.action(to: bank[0]), shape: [1, 5])
            sums.0 += reciprocal(predict(source, action)!)
            sums.1 += reciprocal(predict(source, action * 0)!)
            sums.2 += reciprocal(source)
        }
        let n = Double(places.count)
        return (sums.0 / n, sums.1 / n, sums.2 / n)
    }
}
