// CubicResize.swift - how does a table of positions for 37x37 patches serve a picture of 4x6?
//
// As a picture would: it is made smaller or larger, a new place being a weighted mean of the old ones around it, along the
// rows and then along the columns. The weight falls with the distance d along a cubic curve (Keys, "Cubic convolution
// interpolation for digital image processing", 1981):
//
//   |d| < 1:  (a+2)|d|³ - (a+3)d² + 1        |d| < 2:  a|d|³ - 5a·d² + 8a|d| - 4a        else 0
//
// There are two habits, and the published models were made with one each. Plain: a = -3/4, four old places whatever the scale, those beyond
// the edge being the edge. Antialiased: a = -1/2, the curve stretched where the grid shrinks so that every old place counts, and none
// beyond the edge. DINOv2's library uses the first, for models with registers the second. Mixing them up changes features in the second
// digit, and no error tells you.

import Tensors

/// One new place: which old ones it is made of, and how much of each.
private struct Tap { var places: [Int], weights: [Double] }

private func cubic(_ distance: Double, _ a: Double) -> Double {
    let d = abs(distance)
    if d < 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
    if d < 2 { return (((d - 5) * d + 8) * d - 4) * a }
    return 0
}

private func taps(from old: Int, to new: Int, isAntialiased: Bool) -> [Tap] {
    let scale = Double(old) / Double(new)
    return (0 ..< new).map { i in
        let center = (Double(i) + 0.5) * scale
        if isAntialiased {
            let stretch = max(scale, 1), first = max(Int(center - 2 * stretch + 0.5), 0), end = min(Int(center + 2 * stretch + 0.5), old)
            let weights = (first ..< end).map { cubic((Double($0) - center + 0.5) / stretch, -0.5) }, sum = weights.reduce(0, +)
            return Tap(places: Array(first ..< end), weights: weights.map { $0 / sum })
        }
        let at = center - 0.5, below = at.rounded(.down)
        let around = (-1 ... 2).map { Int(below) + $0 }
        return Tap(places: around.map { min(max($0, 0), old - 1) }, weights: around.map { cubic(Double($0) - at, -0.75) })
    }
}

/// A grid of vectors [H,W,C] -> [rows,columns,C], as PyTorch's `interpolate(mode="bicubic", align_corners=False)`.
public func cubicallyResized(_ grid: Tensor, rows: Int, columns: Int, isAntialiased: Bool) -> Tensor {
    let (H, W, C) = (grid.size(0), grid.size(1), grid.size(2)), x = grid.pointer
    let across = taps(from: W, to: columns, isAntialiased: isAntialiased), down = taps(from: H, to: rows, isAntialiased: isAntialiased)
    let narrow = Tensor(repeating: 0, shape: [H, columns, C]), result = Tensor(repeating: 0, shape: [rows, columns, C])
    for y in 0 ..< H { for (i, tap) in across.enumerated() {
        let target = narrow.pointer + (y * columns + i) * C
        for (place, weight) in zip(tap.places, tap.weights) { for c in 0 ..< C { target[c] += Float(weight) * x[(y * W + place) * C + c] } }
    } }
    for (i, tap) in down.enumerated() {
        let target = result.pointer + i * columns * C
        for (place, weight) in zip(tap.places, tap.weights) {
            let row = narrow.pointer + place * columns * C
            for j in 0 ..< columns * C { target[j] += Float(weight) * row[j] }
        }
    }
    return result
}
