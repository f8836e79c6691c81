// wilson-interval - 17 of 20 episodes went well: how good is the robot?
//
// Anything from 64 to 95 percent. All rates from which the observed one is less than z standard deviations away (Wilson 1927):
//   (p + z²/2n ± z·√(p(1 - p)/n + z²/4n²)) / (1 + z²/n)
// Read section 13 of 4.reward-model/README.md; the house's own is WilsonInterval.swift.

/// `successes` of `trials` -> the lowest and the highest rate, never outside 0 ... 1.
public func wilsonInterval(_ successes: Int, of trials: Int, z: Double = 1.959964) -> (low: Double, high: Double) {
    // hole: return (0.5, 0.5)
    let n = Double(trials), p = Double(successes) / n
    let middle = p + z * z / (2 * n)
    let reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return (max(0, (middle - reach) / scale), min(1, (middle + reach) / scale))
    // end of hole
}

// hint 1: In Swift whole numbers are divided to whole numbers: 17 / 20 is 0. Make Doubles first.
// hint 2: Three parts, each with a name: middle = p + z²/2n, reach = z·√(...), scale = 1 + z²/n.
// hint 3: let n = Double(trials), p = Double(successes) / n; reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot(); then
//         (max(0, (middle - reach) / scale), min(1, (middle + reach) / scale)).
