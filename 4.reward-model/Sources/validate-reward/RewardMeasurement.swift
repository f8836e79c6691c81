// RewardMeasurement.swift - how well do rewards agree with the truth, over all frames of a set of episodes?

import Episodes
import Foundation
import RewardModel
import Tensors

struct RewardMeasurement {
    let rewards: [Float]
    /// Centered (the Kong visible, and less than 10 degrees aside) or not: does the first get more?
    let auroc: Double
    /// Over the frames that show the Kong: does more reward mean more?
    let spearman: Double
    /// The mean |reward - true reward|, over all frames; and of a scorer that always says the same: the median, which errs least so.
    let error: Double, errorOfMedian: Double

    init(_ scorer: any FrameScorer, _ set: EpisodeSet) {
        var rewards: [Float] = [], truth: [Float] = [], bearing: [Float] = []
        for episode in set.episodes.indices {
            rewards += scorer.rewards(of: set.frames(ofEpisode: episode))
            truth += set.episodes[episode].reward!
            bearing += set.episodes[episode].bearing!
        }
        self.rewards = rewards
        auroc = areaUnderROC(rewards, bearing.map { abs($0) < 10 * .pi / 180 })                   // NaN, not visible, is not below
        let visible = bearing.indices.filter { !bearing[$0].isNaN }
        spearman = RewardModel.spearman(visible.map { rewards[$0] }, visible.map { truth[$0] })
        let median = truth.sorted()[truth.count / 2]
        func distance(_ guess: (Int) -> Float) -> Double {
            truth.indices.reduce(0) { $0 + Double(abs(guess($1) - truth[$1])) } / Double(truth.count)
        }
        (error, errorOfMedian) = (distance { rewards[$0] }, distance { _ in median })
    }
}

extension EpisodeSet {
    /// All frames of an episode, [T,H,W,3].
    func frames(ofEpisode index: Int) -> Tensor {
        let count = episodes[index].frameCount
        return clips(at: [ClipPlace(episode: index, start: 0)], length: count).frames.reshaped([count, height, width, 3])
    }
}

/// What as many labels made of the scorer and of the regressor.
struct LabelPoint {
    let labels: Int, scorer: RewardMeasurement, regressor: RewardMeasurement?
}
