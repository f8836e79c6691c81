// RewardCurve.swift - does the reward rise where the toy comes into view?
//
// One looks and knows: the frames in a row, and under them the rewards as a curve.

import Foundation
import Pictures

extension Image {
    /// Some of the frames, evenly spaced, over the curves of all their rewards.
    /// - Parameter rewards: one curve or more, each with one number a frame; NaN leaves a gap.
    public static func rewardCurve(
        title: String, frames: [Image], rewards: [(name: String, values: [Float])], shown: Int = 8
    ) -> Image {
        precondition(!frames.isEmpty && rewards.allSatisfy { $0.values.count == frames.count }, "not one reward a frame of \(frames.count)")
        let count = min(shown, frames.count)
        // The first and the last are among them.
        let places = (0 ..< count).map { count == 1 ? 0 : $0 * (frames.count - 1) / (count - 1) }
        let captions = places.map { place in rewards.first.map { String(format: "%d: %.2f", place, $0.values[place]) } ?? "\(place)" }
        let strip = sheet(places.map { frames[$0].fitted(into: 128) }, columns: count, captions: captions)
        let chart = LineChart(
            title: title, xLabel: "frame", yLabel: "reward",
            series: rewards.map { name, values in .init(name, values.enumerated().map { (Double($0), Double($1)) }) },
            width: max(strip.width, 640), height: 360)
        return strip.above(chart.image)
    }

    /// As large as goes into a square; small frames stay made of squares.
    private func fitted(into side: Int) -> Image {
        let longest = max(width, height)
        if longest <= side { return scaled(by: side / longest) }
        return resized(width: max(1, width * side / longest), height: max(1, height * side / longest))
    }
}
