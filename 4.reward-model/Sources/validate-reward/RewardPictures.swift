// RewardPictures.swift - the rewards, looked at.

import Episodes
import Foundation
import Pictures
import RewardModel
import Tensors

/// The episode in which the true reward changes most: frames over the curves of their rewards.
func episodePicture(_ scorer: Scorer, _ zeroShot: Scorer?, _ set: EpisodeSet) -> Image {
    let changes = set.episodes.map { episode in
        zip(episode.reward!, episode.reward!.dropFirst()).reduce(Float(0)) { $0 + abs($1.0 - $1.1) }
    }
    let chosen = changes.indices.max { changes[$0] < changes[$1] }!, episode = set.episodes[chosen]
    let frames = set.frames(ofEpisode: chosen), rewards = scorer.rewards(of: frames)
    func curve(_ values: [Float]) -> [(x: Double, y: Double)] { values.enumerated().map { (Double($0), Double($1)) } }
    let shown = (0 ..< 12).map { $0 * (episode.frameCount - 1) / 11 }
    let strip = Image.sheet(
        rows: [shown.map { episode.image($0) }], captions: shown.map { String(format: "%.2f", rewards[$0]) }, textScale: 1)
    var series = [LineChart.Series("true", curve(episode.reward!)), .init("fine-tuned", curve(rewards))]
    if let zeroShot { series.append(.init("zero-shot", curve(zeroShot.rewards(of: frames)), faint: true)) }
    let chart = LineChart(
        title: "an episode in \(set.url.lastPathComponent)", xLabel: "frame", yLabel: "reward",
        series: series, width: strip.width).image
    return strip.above(chart)
}

/// All rewards of a measurement: a scorer that saturates has two towers at the ends.
func rewardHistogram(_ measured: RewardMeasurement) -> Image {
    BarChart.histogram(title: "rewards of all frames", xLabel: "reward", of: measured.rewards.map(Double.init), range: 0 ... 1).image
}

/// The area under the ROC curve against the number of labels.
func labelChart(_ points: [LabelPoint]) -> Image {
    func curve(_ auroc: (LabelPoint) -> Double?) -> [(x: Double, y: Double)] {
        points.compactMap { point in auroc(point).map { (log10(Double(point.labels)), $0) } }
    }
    return LineChart(
        title: "centered or not, in rooms without labels", xLabel: "log10 of the number of labels", yLabel: "area under the ROC curve",
        series: [
            .init("pretrained and fine-tuned", curve { $0.scorer.auroc }), .init("regressor from scratch", curve { $0.regressor?.auroc }),
        ]
    ).image
}
