// BarChart.swift - how often does each thing happen?

import Foundation

/// Bars from zero up (or down): the use of a codebook, a histogram of rewards.
public struct BarChart {
    public var title: String, xLabel: String, yLabel: String
    public var values: [Double]
    /// What stands under the bars, one for each. Empty: the bars divide `range` evenly and numbers stand under it.
    public var labels: [String]
    public var range: ClosedRange<Double>
    public var width: Int, height: Int

    /// - Parameter range: the numbers at the left and right ends of the row of bars; default: 0 to the number of bars.
    public init(title: String, xLabel: String, yLabel: String, values: [Double], labels: [String] = [],
                range: ClosedRange<Double>? = nil, width: Int = 800, height: Int = 480) {
        precondition(labels.isEmpty || labels.count == values.count, "\(labels.count) labels for \(values.count) bars")
        (self.title, self.xLabel, self.yLabel, self.values, self.labels) = (title, xLabel, yLabel, values, labels)
        self.range = range ?? 0 ... Double(max(1, values.count))
        (self.width, self.height) = (width, height)
    }

    /// How many of `samples` fall into each of `bins` equal parts of their range, or of the one given. What lies
    /// outside, or is NaN, is left out.
    public static func histogram(
        title: String, xLabel: String, yLabel: String = "count", of samples: [Double], bins: Int = 40,
        range: ClosedRange<Double>? = nil, width: Int = 800, height: Int = 480
    ) -> BarChart {
        precondition(bins > 0, "a histogram of \(bins) bins")
        let finite = samples.filter(\.isFinite)
        var range = range ?? (finite.min() ?? 0) ... (finite.max() ?? 1)
        if range.lowerBound == range.upperBound { range = range.lowerBound - 0.5 ... range.upperBound + 0.5 }
        var counts = [Double](repeating: 0, count: bins)
        for sample in finite where range.contains(sample) {
            let share = (sample - range.lowerBound) / (range.upperBound - range.lowerBound)
            counts[min(bins - 1, Int(share * Double(bins)))] += 1               // the last bin holds its upper end too
        }
        return BarChart(title: title, xLabel: xLabel, yLabel: yLabel, values: finite.isEmpty ? [] : counts,
                        range: range, width: width, height: height)
    }

    /// The chart as a picture.
    public var image: Image {
        let y = Axis(showing: values + [0], count: 6, rounded: true)
        let x = Axis(showing: [range.lowerBound, range.upperBound], count: 8, rounded: false)
        var plot = Plot(title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y, width: width, height: height)
        let slot = Double(plot.right - plot.left) / Double(max(1, values.count))
        let gap = labels.isEmpty ? (slot >= 4 ? 1 : 0) : slot * 0.25
        func center(_ i: Int) -> Double { Double(plot.left) + (Double(i) + 0.5) * slot }

        // A pixel takes the color by the area of it that bars cover: also right for a thousand bars on 700 pixels.
        var covered = [Float](repeating: 0, count: width * height)
        for (i, value) in values.enumerated() where value.isFinite {
            let ends = [Double(plot.pixelY(value)!), Double(plot.pixelY(0)!)]
            for (column, across) in shares(center(i) - (slot - gap) / 2, center(i) + (slot - gap) / 2) {
                for (row, down) in shares(ends.min()!, ends.max()!) { covered[row * width + column] += across * down }
            }
        }
        for row in plot.top ... plot.bottom {
            for column in plot.left ... plot.right {
                plot.image.blend(column, row, Plot.palette[0], covered[row * width + column])
            }
        }
        if values.isEmpty { plot.note("no data yet") }
        let ticks = labels.enumerated().map { i, label in
            (value: x.low + (x.high - x.low) * (Double(i) + 0.5) / Double(labels.count), label: label)
        }
        plot.drawXAxis(ticks: labels.isEmpty ? nil : ticks)
        return plot.image
    }

    /// The pixels that the interval from `low` to `high` touches, each with the share of it that is covered.
    private func shares(_ low: Double, _ high: Double) -> [(pixel: Int, share: Float)] {
        guard high > low else { return [] }
        return (Int(low) ..< Int(high.rounded(.up))).map { pixel in
            (pixel, Float(min(high, Double(pixel + 1)) - max(low, Double(pixel))))
        }
    }
}
