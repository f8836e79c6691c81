// RewardByBearing.swift - where is the top of the hill, and is it one?
//
// A robot compares what it sees with what it would see after one turn of 16 degrees. So it is not enough that better pictures get more:
// the reward has to fall on both sides of straight ahead, for far toys, too. Where its top is flat, nothing says "go on".

import JetBot
import Pictures
import Planning
import RewardModel
import Tensors

/// The mean reward of toys that stand so far aside, where the simulator turns the robot to any bearing.
func bearingChart(_ scorer: Scorer, _ zeroShot: Scorer?, in rooms: [Room]) -> Image {
    let size = scorer.model.configuration.imageSize, camera = Camera(width: size, height: size)
    let starts = driveStarts(in: rooms, count: 120, .kongInView, framesPerSecond: 4, seed: 3)
    let near = starts.filter { $0.kongPolar.distance < 0.7 }, far = starts.filter { $0.kongPolar.distance > 1 }
    let bearings = Array(stride(from: Float(-30), through: 30, by: 3))
    /// The pictures of each bearing, rendered once for whoever looks at them.
    func pictures(_ starts: [World]) -> [Tensor] {
        bearings.map { bearing in
            let turned = starts.map { start in
                var world = start
                world.heading += start.kongPolar.bearing - bearing * .pi / 180
                return world
            }
            return cameraFrames(of: turned, camera)
        }
    }
    func curve(_ scorer: Scorer, _ pictures: [Tensor]) -> [(x: Double, y: Double)] {
        zip(bearings, pictures).map { (Double($0), Double(scorer.rewards(of: $1).reduce(0, +)) / Double($1.size(0))) }
    }
    let truth = bearings.map { (Double($0), Double(1 - abs($0) * .pi / 180 / Lens.halfFieldOfView)) }
    var series = [LineChart.Series("true", truth)]
    if !near.isEmpty { series.append(.init("nearer than 0.7 m", curve(scorer, pictures(near)))) }
    if !far.isEmpty {
        let pictures = pictures(far)
        series.append(.init("farther than 1 m", curve(scorer, pictures)))
        if let zeroShot { series.append(.init("the same, zero-shot", curve(zeroShot, pictures), faint: true)) }
    }
    return LineChart(
        title: "what a toy is worth, in unseen rooms", xLabel: "degrees to the left", yLabel: "reward, the mean", series: series).image
}
