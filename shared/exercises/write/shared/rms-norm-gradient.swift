// rms-norm-gradient - what does a norm let through?
//
// RMS norm of one row: y = x·r·w with r = 1/√(mean(x²) + ε). Every x is in r, so every x moves every y. Find the gradients of x and of w.
// Read "What does a fused kernel save?" in shared/README.md; the house's own is in Tensor+Norms.swift (arXiv 1910.07467).

/// x, weight, dy: E numbers each -> dx and the gradient of the weight, E numbers each.
public func rmsNormGradient(_ x: [Float], weight w: [Float], dy: [Float], epsilon: Float) -> (dx: [Float], dw: [Float]) {
    // hole: return (dy, dy)
    let count = Float(x.count)
    var squares: Float = 0
    for value in x { squares += value * value }
    let r = 1 / (squares / count + epsilon).squareRoot()
    let n = x.map { $0 * r }                                          // the normalized row
    let g = zip(w, dy).map { $0 * $1 }                                // what arrives at it
    let mean = zip(g, n).reduce(0) { $0 + $1.0 * $1.1 } / count       // mean(g·n)
    return (x.indices.map { r * (g[$0] - n[$0] * mean) }, zip(dy, n).map { $0 * $1 })
    // end of hole
}

// hint 1: Give the normalized row a name, n = x·r. Then y = n·w, so dw = dy·n, and g = dy·w is what arrives at n. Now go through n
//         = x·r.
// hint 2: dr/dx_i = -r³·x_i/E. So dx = r·g + x·(a number that is the same for all i): r·(g - n·mean(g·n)).
// hint 3: r = 1 / (Σ x²/E + ε).squareRoot(); n = x.map { $0 * r }; g = zip(w, dy).map { $0 * $1 }; mean = Σ g·n / E; dx[i] = r *
//         (g[i] - n[i] * mean); dw[i] = dy[i] * n[i].
