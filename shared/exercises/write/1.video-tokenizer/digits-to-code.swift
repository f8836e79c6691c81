// digits-to-code - how do four small numbers become one token, and back?
//
// FSQ gives each dimension a digit of its own range: with levels 8·5·5·5 there are 1,000 combinations, and the combination is the code: a
// number whose digits have different bases. Read section 7 of 1.video-tokenizer/README.md.

/// digits[i] is in 0 ..< levels[i]; the first is the lowest digit. With levels [10, 10] the digits [3, 1] are 13.
public func code(of digits: [Int], levels: [Int]) -> Int {
    // hole: return 0
    var code = 0, worth = 1
    for (digit, level) in zip(digits, levels) {
        code += digit * worth
        worth *= level
    }
    return code
    // end of hole
}

/// The way back.
public func digits(of code: Int, levels: [Int]) -> [Int] {
    // hole: return []
    var rest = code
    return levels.map { level in
        let digit = rest % level
        rest /= level
        return digit
    }
    // end of hole
}

// hint 1: In 571 a seven is worth ten ones. Here the second digit is worth levels[0] ones. And the third?
// hint 2: A digit is worth the product of all levels before it. On the way back, the remainder of a division is the lowest digit.
// hint 3: Forward: code += digit * worth; worth *= level. Back, for each level in order: digit = rest % level; rest /= level.
