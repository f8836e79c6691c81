// Axis.swift - which numbers stand beside a chart, and how are they written?
//
// Round ones: steps of 1, 2 or 5 times a power of ten, as a hand would choose; on a logarithmic axis the powers
// themselves, or 1, 2, 5 where there are few of them.

import Foundation

/// The stretch of numbers that one side of a chart shows.
struct Axis {
    let low, high: Double
    let logarithmic: Bool
    /// The values with a grid line and a label, in order.
    private(set) var ticks: [Double]
    /// What is written at each of the ticks.
    private(set) var labels: [String]

    /// - Parameters:
    ///   - values: what must fit; anything not finite (and, on a logarithmic axis, not positive) is left out.
    ///   - count: about how many ticks there is room for.
    ///   - rounded: widen the axis to end on ticks (y) instead of where the values do (x).
    init(showing values: [Double], count: Int, logarithmic: Bool = false, rounded: Bool) {
        let shown = values.filter { $0.isFinite && (!logarithmic || $0 > 0) }
        var low = shown.min() ?? (logarithmic ? 1 : 0), high = shown.max() ?? (logarithmic ? 10 : 1)
        if high - low <= 1e-9 * max(abs(low), abs(high)) {                      // one value only: make room around it
            (low, high) = high == 0 ? (0, 1) : (low - abs(low) / 2, high + abs(high) / 2)
        }
        let decades = logarithmic ? log10(high / low) : 0
        if decades > 0.7 {
            // 1, 2, 5 of each decade; with many decades only every n-th power of ten.
            let apart = max(1, Int((decades / 9).rounded(.up)))
            let digits: [Double] = decades < 2.5 ? [1, 2, 5] : [1]
            let powers = Int(log10(low).rounded(.down)) - apart ... Int(log10(high).rounded(.up)) + apart
            ticks = powers.filter { $0 % apart == 0 }.flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
            labels = ticks.map { Axis.label($0, step: $0) }
            if rounded && decades < 2.5 {
                low = ticks.last { $0 <= low * 1.000001 } ?? low
                high = ticks.first { $0 >= high * 0.999999 } ?? high
            } else if rounded {
                (low, high) = (low / 1.3, high * 1.3)
            }
        } else {
            let step = Axis.roundStep((high - low) / Double(count))
            if rounded {
                let below = (low / step + 1e-6).rounded(.down) * step
                if !logarithmic || below > 0 { low = below }
                high = (high / step - 1e-6).rounded(.up) * step
            }
            let first = (low / step - 1e-6).rounded(.up), last = (high / step + 1e-6).rounded(.down)
            ticks = stride(from: first, through: last, by: 1).map { $0 * step }
            let largest = max(abs(low), abs(high))
            labels = ticks.map { Axis.label($0, step: step, largest: largest) }
        }
        (self.low, self.high, self.logarithmic) = (low, high, logarithmic)
        let inside = ticks.indices.filter { (-1e-5 ... 1.00001).contains(position(ticks[$0])!) }
        (ticks, labels) = (inside.map { ticks[$0] }, inside.map { labels[$0] })
    }

    /// Where a value lies: 0 at the axis' low end, 1 at its high end; nil for what the axis cannot show.
    func position(_ value: Double) -> Float? {
        guard value.isFinite, !logarithmic || value > 0 else { return nil }
        let share = logarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
        return Float(share)
    }

    /// The smallest of 1, 2, 5 times a power of ten that is not below `step`.
    static func roundStep(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= step * 0.999999 }!
    }

    /// A number as short as neighbors `step` apart allow: 0.25, 40, 20k, 1.5M, 3e-6.
    static func label(_ value: Double, step: Double, largest: Double? = nil) -> String {
        let largest = largest ?? abs(value)
        func text(_ unit: Double, _ suffix: String) -> String {
            let decimals = max(0, -Int(log10(step / unit * 1.000001).rounded(.down)))
            return abs(value) < step / 1000 ? "0" : String(format: "%.\(decimals)f", value / unit) + suffix
        }
        switch largest {
        case 1e10...:
            return abs(value) < step / 1000 ? "0" : String(format: "%.3g", value).replacingOccurrences(of: "e+", with: "e")
        case 1e6...: return text(1e6, "M")
        case 1e4...: return text(1e3, "k")
        case 1e-3...: return text(1, "")
        default:
            let power = Int(log10(max(largest, .leastNormalMagnitude) * 1.000001).rounded(.down))
            return text(pow(10, Double(power)), "e\(power)")
        }
    }
}
