// WilsonInterval.swift - 17 of 20 episodes went well: how good is the robot?
//
// Anything from 64 to 95 percent. Twenty episodes are few, and who does not say so may take the luckier of two equal robots for
// the better one.
// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical
// Association 22 (1927): all rates from which the observed one is less than z standard deviations away.

import Foundation

/// How often something went well, and between which rates the true one lies, 95 times of 100.
public struct SuccessRate: Equatable {
    public let successes: Int, trials: Int

    public init(successes: Int, of trials: Int) {
        precondition(trials > 0 && (0 ... trials).contains(successes), "\(successes) of \(trials)")
        (self.successes, self.trials) = (successes, trials)
    }

    public var rate: Double { Double(successes) / Double(trials) }

    /// (p + z²/2n ± z·√(p(1 - p)/n + z²/4n²)) / (1 + z²/n)
    public var interval: ClosedRange<Double> {
        let z = 1.959964, n = Double(trials), p = rate
        let middle = p + z * z / (2 * n), reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        return max(0, (middle - reach) / scale) ... min(1, (middle + reach) / scale)
    }

    /// "0.850 (0.640 to 0.948)"
    public var text: String { String(format: "%.3f (%.3f to %.3f)", rate, interval.lowerBound, interval.upperBound) }
}
