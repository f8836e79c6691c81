// softmax-gradient - if one probability must rise, what happens to the others?
//
// y = softmax(x) of one row: y_i = e^x_i / Σ e^x_j. Every x moves every y, since they always add up to 1. From y and the gradient
// dy of each of them, find dx. Read "How does backward walk it?" in shared/README.md; the house's own is `softmax` in
// Tensor+Losses.swift.

/// y, dy: n numbers each, Σ y = 1 -> dx, n numbers.
public func softmaxGradient(y: [Float], dy: [Float]) -> [Float] {
    // hole: return dy
    var inner: Float = 0
    for j in y.indices { inner += y[j] * dy[j] }
    return y.indices.map { i in y[i] * (dy[i] - inner) }
    // end of hole
}

// hint 1: dy_i/dx_j = y_i·(1 - y_i) where i = j, and -y_i·y_j elsewhere. Write down dx_j = Σ_i dy_i · (dy_i/dx_j) and look for what
//         is common.
// hint 2: dx_j = y_j·(dy_j - Σ_i y_i·dy_i). The sum is the same for all j: compute it once.
// hint 3: First inner = Σ y[j]·dy[j] in a loop; then y.indices.map { i in y[i] * (dy[i] - inner) }.
