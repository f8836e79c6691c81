// product-gradient - which share of the blame does each factor of a product get?
//
// y = a·b, number by number. You are told how much the loss changes with each number of y (dy), and say how much it changes with each
// number of a and of b. Read "How does backward walk it?" in shared/README.md; the house's own is `*` in Tensor+Elementwise.swift.

/// a, b, dy: n numbers each -> da, db: n numbers each.
public func productGradient(_ a: [Float], _ b: [Float], dy: [Float]) -> (da: [Float], db: [Float]) {
    // hole: return (dy, dy)
    var da = [Float](repeating: 0, count: a.count), db = da
    for i in a.indices {
        da[i] = dy[i] * b[i]
        db[i] = dy[i] * a[i]
    }
    return (da, db)
    // end of hole
}

// hint 1: Hold b still and move a number of a by a little, h. By how much does that number of y move? Not by h.
// hint 2: d(a·b)/da = b, and the chain rule says: da = dy · (dy/da). The same for b, with the parts changed.
// hint 3: In a loop over i: da[i] = dy[i] * b[i], and db[i] = dy[i] * a[i].
