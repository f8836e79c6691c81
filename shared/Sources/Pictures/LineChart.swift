// LineChart.swift - how does a number change from step to step?

import Foundation

/// Curves over a common x axis: losses, PSNR, learning rates.
///
///     try LineChart(title: "Loss", xLabel: "step", yLabel: "", series: [.init("training", points)]).image.writePNG(to: url)
public struct LineChart {
    /// One curve. Points that are not finite (or not positive, on a logarithmic axis) leave a gap.
    public struct Series {
        public var name: String
        public var points: [(x: Double, y: Double)]
        /// Drawn thin and pale: the raw values behind a smoothed curve, a baseline.
        public var faint: Bool

        public init(_ name: String, _ points: [(x: Double, y: Double)], faint: Bool = false) {
            (self.name, self.points, self.faint) = (name, points, faint)
        }
    }

    public var title: String, xLabel: String, yLabel: String
    public var series: [Series]
    public var logarithmicY: Bool
    public var width: Int, height: Int

    public init(title: String, xLabel: String, yLabel: String, series: [Series], logarithmicY: Bool = false,
                width: Int = 800, height: Int = 480) {
        (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
        (self.logarithmicY, self.width, self.height) = (logarithmicY, width, height)
    }

    /// The chart as a picture. Series take the palette's colors in order; a faint one has that of the one after it.
    public var image: Image {
        let points = series.flatMap(\.points)
        let y = Axis(showing: points.map(\.y), count: 6, logarithmic: logarithmicY, rounded: true)
        let x = Axis(showing: points.filter { y.position($0.y) != nil }.map(\.x), count: 8, rounded: false)
        var colors: [Color] = [], next = 0
        for one in series {
            colors.append(Plot.palette[next % Plot.palette.count].mixed(with: .white, one.faint ? 0.6 : 0))
            if !one.faint { next += 1 }
        }
        var plot = Plot(title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y,
                        legend: Array(zip(series.map(\.name), colors)), width: width, height: height)

        var drawnPoints = 0
        for (one, color) in zip(series, colors) {
            var curve = Pen(width: width, height: height, thickness: one.faint ? 1.5 : 2.6)
            var dots = Pen(width: width, height: height, thickness: 8)
            let spots = one.points.map { point in
                plot.pixelX(point.x).flatMap { x in plot.pixelY(point.y).map { SIMD2(x, $0) } }
            }
            drawnPoints += spots.lazy.filter { $0 != nil }.count
            for (i, spot) in spots.enumerated() {
                guard let spot else { continue }
                let before = i > 0 ? spots[i - 1] : nil, after = i + 1 < spots.count ? spots[i + 1] : nil
                if let after { curve.stroke(spot, after) }
                // Few points are shown as such; a point without neighbors would not be seen otherwise.
                if spots.count <= 24 && !one.faint || before == nil && after == nil { dots.stroke(spot, spot) }
            }
            plot.image.draw(curve, color: color)
            plot.image.draw(dots, color: color)
        }
        if drawnPoints == 0 { plot.note("no data yet") }
        plot.drawXAxis()
        return plot.image
    }
}
