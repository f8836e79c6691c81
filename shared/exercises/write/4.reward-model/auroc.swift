// auroc - show me a good picture and a bad one: how often do you prefer the good one?
//
// That share is the area under the ROC curve. Of all pairs of a positive and a negative, those count in which the positive has the higher
// score; a tie counts half. Read section 8 of 4.reward-model/README.md; the house's own, without the n² pairs, is RankMetrics.swift.

/// NaN where there are no positives or no negatives.
public func areaUnderCurve(_ scores: [Float], isPositive: [Bool]) -> Double {
    // hole: return -1
    let positives = scores.indices.filter { isPositive[$0] }, negatives = scores.indices.filter { !isPositive[$0] }
    var right = 0.0
    for p in positives {
        for n in negatives { right += scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0 }
    }
    return right / Double(positives.count * negatives.count)
    // end of hole
}

// hint 1: Two lists: the places of the positives and those of the negatives. Then every one of the first with every one of the
//         second.
// hint 2: right += 1 where the positive's score is higher, ½ where they are equal. What is 0.0 / 0.0 in Swift?
// hint 3: right / Double(positives.count * negatives.count): 0/0 of Doubles is NaN, as it should be.
