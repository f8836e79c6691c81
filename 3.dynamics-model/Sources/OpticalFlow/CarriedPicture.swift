// CarriedPicture.swift - what has become of what was seen, some steps later? And is it to be believed?
//
// Of each pixel it is known where in the picture that was seen it came from (Flow.swift says how one step goes). That knows nothing of what
// comes into view, and of distances neither. So somebody else draws the frame, too, and what is carried over is shown only as far as the
// drawn picture agrees: as composed of what moved and what is new (arXiv 1605.07157), but nobody has learned the mask.

import Tensors

/// What was seen, and where its pixels have come to since.
public struct CarriedPicture {
    /// [B,H,W,3]: what was seen, or, where a dream began anew, drawn; and what has become of it by now.
    private var seen: Tensor, here: Tensor
    /// [B,H,W,2] and [B,H,W,1], of each pixel now: its place in what was seen, and how far it comes from there, 0...1. (At the border of
    /// what is known pixels are mixtures, and so are their places.)
    private var origins: Tensor, known: Tensor

    /// How far apart two colors may be of which half is believed (τ in the README).
    static let tolerance: Float = 0.06

    public init(_ seen: Tensor) {
        let (batch, side) = (seen.size(0), seen.size(1)), still = Flow(actions: 1, side: side)
        (self.seen, here) = (seen, seen)
        origins = still.origins.rows(at: Array(repeating: 0, count: batch))
        known = Tensor(repeating: 1, shape: [batch, side, side, 1])
    }

    /// One step further. The *places* are carried on, not the picture, which would become foggier with each step.
    public mutating func move(_ flow: Flow, _ actions: [Int]) {
        let from = flow.origins.rows(at: actions)
        (origins, known) = (warped(origins, by: from), warped(known, by: from) * flow.known.rows(at: actions))
        here = warped(seen, by: origins)
    }

    /// [B,H,W,3]: what is known, and elsewhere `drawn`.
    public func over(_ drawn: Tensor) -> Tensor { drawn + difference(from: drawn) }

    /// [B,H,W,3]: the same, but only as far as what is `drawn` agrees. Of a patch of PxP pixels that has the same mean color in both, all
    /// that is known is shown as it was seen; where the two colors are `tolerance` apart, half of it. And the less of the patch is known,
    /// the less of that: where what is known is full of holes, it would be nothing but edges.
    public func confirmed(by drawn: Tensor, patch P: Int) -> Tensor {
        /// [B,H/P,P,W/P,P,C] -> [B,H/P,1,W/P,1,C]
        func mean(_ patches: Tensor) -> Tensor { patches.mean(axis: 4).mean(axis: 2) }
        let tolerance = CarriedPicture.tolerance
        let cut = [drawn.size(0), drawn.size(1) / P, P, drawn.size(2) / P, P]
        let change = difference(from: drawn).reshaped(cut + [3])
        let apart = mean(change).squared().mean(axis: 5)
        let belief = mean(known.reshaped(cut + [1])) * (tolerance * tolerance / (apart + tolerance * tolerance))
        return drawn + (change * belief).reshaped(drawn.shape)
    }

    /// What is known, less `drawn`: [B,H,W,3], 0 where nothing is.
    private func difference(from drawn: Tensor) -> Tensor { (here - drawn) * known }

    public func selecting(_ rows: [Int]) -> CarriedPicture {
        var chosen = self
        (chosen.seen, chosen.here) = (seen.rows(at: rows), here.rows(at: rows))
        (chosen.origins, chosen.known) = (origins.rows(at: rows), known.rows(at: rows))
        return chosen
    }
}

/// What [B,H,W,C] holds at the places [B,H',W',2] (x and y, in pixels), between its pixels a mixture of the four around; beyond the rim,
/// the rim. As `torch.nn.functional.grid_sample` with `padding_mode="border"`. Records no graph.
func warped(_ map: Tensor, by places: Tensor) -> Tensor {
    let (height, width, channels) = (map.size(1), map.size(2), map.size(3)), each = places.size(1) * places.size(2)
    let result = Tensor(uninitialized: [map.size(0), places.size(1), places.size(2), channels])
    /// A coordinate -> the pixel before it, how far it is to the next, 0...1, and whether there is one.
    func between(_ at: Float, _ length: Int) -> (first: Int, share: Float, step: Int) {
        let at = min(max(at, 0), Float(length - 1)), first = min(Int(at), max(length - 2, 0))
        return (first, at - Float(first), length > 1 ? 1 : 0)
    }
    Workers.split(map.size(0)) { _, batch in
        for b in batch {
            for i in b * each ..< (b + 1) * each {
                let (left, dx, toRight) = between(places.pointer[2 * i], width)
                let (top, dy, down) = between(places.pointer[2 * i + 1], height)
                let upper = map.pointer + ((b * height + top) * width + left) * channels, lower = upper + down * width * channels
                let right = toRight * channels
                for c in 0 ..< channels {
                    let above = upper[c] + (upper[right + c] - upper[c]) * dx, below = lower[c] + (lower[right + c] - lower[c]) * dx
                    result.pointer[i * channels + c] = above + (below - above) * dy
                }
            }
        }
    }
    return result
}
