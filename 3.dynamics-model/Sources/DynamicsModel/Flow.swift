// Flow.swift - where was each pixel of the next frame in the last?
//
// A camera that turns moves every picture in the same way, whatever is in it: that is the optical flow. So the next frame need not be
// drawn: most of it can be carried over from the last, as video codecs do ("motion compensation"), and as robots have dreamed (arXiv
// 1605.07157; 1710.05268, which goes back to what was really seen, as here). Nothing is trained. Of each action up to 256 transitions are
// looked at: a pixel came from the place that was most like it in all of them.

import Episodes
import FrameCoding
import InverseDynamics
import Layers
import SafeTensors
import Tensors

/// Of each of A actions: where the pixels that it shows come from, and which come from nowhere.
public final class Flow: Module {
    /// [A,H,W,2], for each action and each pixel of the next frame: x and y, in pixels, of its place in the last.
    let origins: Tensor
    /// [A,H,W,1], 1 where a pixel can be carried over, 0 where it comes into view: that is for others to draw.
    let known: Tensor

    /// Nothing moves, and nothing is known.
    init(actions: Int, side: Int) {
        let still = (0 ..< side * side).flatMap { [Float($0 % side), Float($0 / side)] }
        origins = Tensor((0 ..< actions).flatMap { _ in still }, shape: [actions, side, side, 2])
        known = Tensor(repeating: 0, shape: [actions, side, side, 1])
    }

    /// Looks for the origins, in up to 256 transitions of each action, and in as many others what is known.
    /// - Parameters:
    ///   - actions: of each episode, those between its frames.
    ///   - decoder: who draws what is not carried over.
    public func find(in episodes: EpisodeSet, actions: [[Int]], beside decoder: LatentActionModel) {
        for action in 0 ..< origins.size(0) {
            let all = actions.indices.flatMap { e in
                actions[e].indices.filter { actions[e][$0] == action }.map { ClipPlace(episode: e, start: $0) }
            }
            if all.count < 2 { continue }
            let chosen = stride(from: 0, to: all.count, by: (all.count + 511) / 512).map { all[$0] }
            /// Every other transition: what was seen and what came then, [P,H,W,3].
            func pairs(from first: Int) -> (last: Tensor, next: Tensor) {
                let pairs = episodes.clips(at: stride(from: first, to: chosen.count, by: 2).map { chosen[$0] }, length: 2).frames
                let frames = pairs.reshaped([-1] + pairs.shape.dropFirst(2)), count = pairs.size(0)
                return (frames.rows(at: (0 ..< count).map { 2 * $0 }), frames.rows(at: (0 ..< count).map { 2 * $0 + 1 }))
            }
            let (looked, judged) = (pairs(from: 0), pairs(from: 1)), here = Array(repeating: action, count: judged.last.size(0))
            let found = Flow.origins(of: looked.next, in: looked.last), size = found.count / 2
            (origins.pointer + action * found.count).update(from: found.pointer, count: found.count)
            let carried = warped(judged.last, by: origins.rows(at: here)), drawn = decoder.next(judged.last, codes: here)
            let known = Flow.known(carried, beside: drawn, truth: judged.next)
            (self.known.pointer + action * size).update(from: known.pointer, count: size)
        }
    }

    /// Three times [P,H,W,3] -> [H,W]: 1 where what is carried has, in unusual colors above all, less than twice the squared error of what
    /// is drawn, else 0. Why twice? A fog has little error, and no toy: a picture of something else of the same kind has twice the error of
    /// the mean of all.
    static func known(_ carried: Tensor, beside drawn: Tensor, truth: Tensor) -> Tensor {
        let weights = colorWeights(of: truth)                                                               // [P,H,W,1]
        func error(_ pictures: Tensor) -> [Float] { ((pictures - truth).squared().mean(axis: -1) * weights).mean(axis: 0).values }
        return Tensor(zip(error(carried), error(drawn)).map { $0 < 2 * $1 ? 1 : 0 }, shape: Array(truth.shape[1 ... 2]))
    }

    /// pictures `next` and `last` [P,H,W,3] -> [H,W,2], for each pixel of the next ones the place in the last that is most like it: the
    /// least |next - last|² over all pictures and colors, which is the largest next·last - |last|²/2. A parabola through the neighbors says
    /// where between the pixels it lies.
    static func origins(of next: Tensor, in last: Tensor) -> Tensor {
        let (height, width) = (next.size(1), next.size(2))
        // A row for each pixel: what it was in all pictures, [H·W,P·3].
        func rows(_ pictures: Tensor) -> Tensor {
            pictures.reshaped([pictures.size(0), height * width, 3]).permuted([1, 0, 2]).reshaped([height * width, -1])
        }
        let (from, to) = (rows(last), rows(next)), lengths = from.squared().sum(axis: 1).reshaped([-1])
        let result = Tensor(uninitialized: [height, width, 2])
        for y in 0 ..< height {
            let likeness = to.sliced(axis: 0, y * width ..< (y + 1) * width).linear(from, bias: lengths * -0.5)   // [W,H·W]
            for (x, best) in likeness.argmax().enumerated() {
                let here = likeness.pointer + x * height * width + best
                func between(_ at: Int, _ length: Int, _ step: Int) -> Float {
                    guard at > 0, at < length - 1 else { return Float(at) }
                    let (before, after) = (here[-step] - here[0], here[step] - here[0])         // neither is above 0
                    return before + after < 0 ? Float(at) + (before - after) / (before + after) / 2 : Float(at)
                }
                result.pointer[(y * width + x) * 2] = between(best % width, width, 1)
                result.pointer[(y * width + x) * 2 + 1] = between(best / width, height, width)
            }
        }
        return result
    }

    /// Changes when a number in it does.
    var fingerprint: String {
        (origins.values + known.values).withUnsafeBytes { SafeTensors.fingerprint(of: $0) }
    }

    public var tensors: [NamedTensor] { [("origins", origins), ("known", known)] }
}

/// What was seen, and where its pixels have come to since.
struct CarriedPicture {
    /// [B,H,W,3]; where a dream began anew, what was drawn.
    private var seen: Tensor
    /// [B,H,W,2] and [B,H,W,1], of each pixel now: its place in what was seen, and how far it comes from there, 0...1. (At the border of
    /// what is known pixels are mixtures, and so are their places.)
    private var origins: Tensor, known: Tensor

    init(_ seen: Tensor) {
        let (batch, side) = (seen.size(0), seen.size(1)), still = Flow(actions: 1, side: side)
        self.seen = seen
        origins = still.origins.rows(at: Array(repeating: 0, count: batch))
        known = Tensor(repeating: 1, shape: [batch, side, side, 1])
    }

    /// One step further. The *places* are carried on, not the picture, which would become foggier with each step.
    mutating func move(_ flow: Flow, _ actions: [Int]) {
        let from = flow.origins.rows(at: actions)
        (origins, known) = (warped(origins, by: from), warped(known, by: from) * flow.known.rows(at: actions))
    }

    /// [B,H,W,3]: what is known, and elsewhere `drawn`.
    func over(_ drawn: Tensor) -> Tensor { drawn + difference(from: drawn) }

    /// [B,H,W,3]: the same, but only as far as what is `drawn` agrees. Of a patch of PxP pixels that has the same mean color in both, what is
    /// known is shown as it was seen; where the two colors are `tolerance` apart, half of each.
    func confirmed(by drawn: Tensor, patch P: Int, tolerance: Float = 0.06) -> Tensor {
        let change = difference(from: drawn).reshaped([-1, drawn.size(1) / P, P, drawn.size(2) / P, P, 3])
        let apart = change.mean(axis: 4).mean(axis: 2).squared().mean(axis: 5)                              // [B,H/P,1,W/P,1,1]
        let belief = tolerance * tolerance / (apart + tolerance * tolerance)
        return drawn + (change * belief).reshaped(drawn.shape)
    }

    /// What is known, less `drawn`: [B,H,W,3], 0 where nothing is.
    private func difference(from drawn: Tensor) -> Tensor { (warped(seen, by: origins) - drawn) * known }

    func selecting(_ rows: [Int]) -> CarriedPicture {
        var chosen = self
        (chosen.seen, chosen.origins, chosen.known) = (seen.rows(at: rows), origins.rows(at: rows), known.rows(at: rows))
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
