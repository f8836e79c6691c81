// ChartTests.swift - are the numbers at the axes round, and does every chart come out, whatever it is given?

import XCTest
@testable import Pictures

final class ChartTests: XCTestCase {
    private func labels(_ values: [Double], logarithmic: Bool = false, rounded: Bool = true) -> [String] {
        Axis(showing: values, count: 6, logarithmic: logarithmic, rounded: rounded).labels
    }

    func testTicksAreRoundNumbers() {
        XCTAssertEqual(labels([0.3, 9.6]), ["0", "2", "4", "6", "8", "10"])
        XCTAssertEqual(labels([0.021, 0.38]), ["0", "0.1", "0.2", "0.3", "0.4"])
        XCTAssertEqual(labels([-0.3, 0.31]), ["-0.4", "-0.2", "0", "0.2", "0.4"])
        XCTAssertEqual(labels([20.1, 28.3]), ["20", "22", "24", "26", "28", "30"])
        XCTAssertEqual(labels([0, 48_000]), ["0", "10k", "20k", "30k", "40k", "50k"])
        XCTAssertEqual(labels([0, 2_400_000]), ["0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"])
        XCTAssertEqual(labels([0, 6e-7]), ["0", "1e-7", "2e-7", "3e-7", "4e-7", "5e-7", "6e-7"])
        XCTAssertEqual(labels([0, 1490], rounded: false), ["0", "500", "1000"])
        XCTAssertEqual(labels([0.02, 0.3], logarithmic: true), ["0.02", "0.05", "0.1", "0.2", "0.5"])
        XCTAssertEqual(labels([2e-4, 700], logarithmic: true), ["0.001", "0.01", "0.1", "1", "10", "100"])
    }

    func testAxesOfAwkwardValues() {
        let cases: [[Double]] = [
            [], [0], [5], [-3], [.nan], [.infinity, 1, 2], [1e300, -1e300], [1e-300, 2e-300], [1, 1 + 1e-15], [1e6, 1e6 + 1e-3], [-1, 0],
        ]
        for values in cases {
            for logarithmic in [false, true] {
                for rounded in [false, true] {
                    let axis = Axis(showing: values, count: 6, logarithmic: logarithmic, rounded: rounded)
                    XCTAssertLessThan(axis.low, axis.high, "\(values)")
                    XCTAssertLessThan(axis.ticks.count, 25, "\(values)")
                    for value in values where value.isFinite && (!logarithmic || value > 0) {
                        XCTAssertTrue((-0.001 ... 1.001).contains(axis.position(value)!), "\(value) of \(values) lies outside")
                    }
                }
            }
        }
    }

    func testChartsOfAwkwardData() {
        let blank = LineChart(title: "", xLabel: "", yLabel: "", series: []).image
        XCTAssertEqual([blank.width, blank.height], [800, 480])
        func ink(_ points: [(x: Double, y: Double)], logarithmicY: Bool = false) -> Bool {
            LineChart(title: "", xLabel: "", yLabel: "", series: [.init("", points)], logarithmicY: logarithmicY).image.pixels
                .withUnsafeBufferPointer { p in (0 ..< p.count / 3).contains { p[3 * $0] == 0 && p[3 * $0 + 1] == 0x72 } }
        }
        XCTAssertTrue(ink([(0, 1), (1, 2)]))
        XCTAssertTrue(ink([(7, 3)]))                                        // one point is a dot
        XCTAssertTrue(ink([(0, .nan), (1, 2), (2, .infinity)]))
        XCTAssertFalse(ink([(0, .nan)]))
        XCTAssertFalse(ink([]))
        XCTAssertFalse(ink([(1, -1), (2, 0)], logarithmicY: true))          // nothing of it has a logarithm
        XCTAssertFalse(ink([(.nan, 1)]))
        _ = BarChart(title: "", xLabel: "", yLabel: "", values: []).image
        _ =
            BarChart(
                title: "", xLabel: "", yLabel: "", values: [.nan, -1, 2], labels: ["a", "b", "a label that is much too long for its bar"],
                width: 200, height: 150
            ).image
        _ = BarChart.histogram(title: "", xLabel: "", of: [3, 3, 3]).image
        _ = BarChart.histogram(title: "", xLabel: "", of: [.nan]).image
    }

    func testHistogramCountsEverySampleInRangeOnce() {
        let chart = BarChart.histogram(title: "", xLabel: "", of: [0, 0.1, 0.25, 0.5, 0.999, 1, 1.1, .nan], bins: 4, range: 0 ... 1)
        XCTAssertEqual(chart.values, [2, 1, 1, 2])
    }

    func testBarsCoverAreasInProportion() {
        let image = BarChart(title: "", xLabel: "", yLabel: "", values: [4, 2], labels: ["a", "b"]).image
        func area(_ columns: Range<Int>) -> Int {
            columns.reduce(0) { sum, x in sum + (0 ..< image.height).filter { image[x, $0] == Plot.palette[0] }.count }
        }
        XCTAssertEqual(Double(area(0 ..< 400)) / Double(area(420 ..< 800)), 2, accuracy: 0.05)
    }
}
