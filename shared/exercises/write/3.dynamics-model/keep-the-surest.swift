// keep-the-surest - a token was drawn for every mask: which of them are kept?
//
// Those that the model was surest of. The others are masked again, and drawn anew in the next look, when there is more to agree with. Read
// section 5 of 3.dynamics-model/README.md; the house's own is `sample` in Sampling.swift.

/// `tokens` [N] with `mask` where nothing is known yet; what was drawn, and how sure the model is, at all N places -> the tokens
/// after this look, with `stayMasked` masks left (or fewer, where there are fewer). What was known before stays. Of two equally
/// sure, the first is kept.
public func keepingTheSurest(_ tokens: [Int], drawn: [Int], confidences: [Float], mask: Int, stayMasked: Int) -> [Int] {
    // hole: return drawn
    var result = tokens
    let open = tokens.indices.filter { tokens[$0] == mask }
    let surest = open.sorted { (confidences[$0], $1) > (confidences[$1], $0) }
    for place in surest.prefix(max(0, open.count - stayMasked)) { result[place] = drawn[place] }
    return result
    // end of hole
}

// hint 1: Only places that are masked now take part, however sure the model is of the others. How many of them are to be kept?
// hint 2: open = the masked places; sort them by confidence, the largest first; keep open.count - stayMasked of them.
// hint 3: open.sorted { (confidences[$0], $1) > (confidences[$1], $0) } sorts by confidence and then by place. For those in
//         .prefix(max(0, open.count - stayMasked)): result[place] = drawn[place].
