// Flow.swift - where was each pixel of the next frame in the last?
//
// A camera that turns moves every picture in the same way, whatever is in it. So the next frame need not be drawn: most of it can be carried
// over from the last, as video codecs do ("motion compensation"), and as robots have dreamed (arXiv 1605.07157; 1710.05268, which goes back
// to what was really seen, as here). Nothing is trained. Of each action some hundred transitions are looked at: a pixel came from the place
// that was most like it in all of them.

import Episodes
import FrameCoding
import InverseDynamics
import Layers
import SafeTensors
import Tensors

public final class Flow: Module {
    /// [A,H,W,2], for each action and each pixel of the next frame: x and y, in pixels, of its place in the last.
    let origins: Tensor
    /// [A,H,W,1], 1 where a pixel can be carried over, 0 where it comes into view: that is for others to draw.
    let known: Tensor
    /// The transitions of an action that are looked at.
    static let transitions = 256

    /// Nothing moves, and nothing is known.
    init(actions: Int, side: Int) {
        let still = (0 ..< side * side).flatMap { [Float($0 % side), Float($0 / side)] }
        origins = Tensor((0 ..< actions).flatMap { _ in still }, shape: [actions, side, side, 2])
        known = Tensor(repeating: 0, shape: [actions, side, side, 1])
    }

    /// Looks for the origins. A place that was found counts where what comes from there has, in unusual colors above all, less than twice
    /// the squared error of what `decoder` draws: a fog has little error, and no toy.
    /// - Parameters:
    ///   - actions: of each episode, those between its frames.
    ///   - decoder: who draws what is not carried over.
    public func find(in episodes: EpisodeSet, actions: [[Int]], beside decoder: LatentActionModel) {
        for action in 0 ..< origins.size(0) {
            let all = actions.indices.flatMap { e in
                actions[e].indices.filter { actions[e][$0] == action }.map { ClipPlace(episode: e, start: $0) }
            }
            if all.isEmpty { continue }
            let places = stride(from: 0, to: all.count, by: (all.count + Flow.transitions - 1) / Flow.transitions).map { all[$0] }
            let pairs = episodes.clips(at: places, length: 2).frames                                        // [P,2,H,W,3]
            let shape = [places.count] + pairs.shape.dropFirst(2)
            let last = pairs.sliced(axis: 1, 0 ..< 1).reshaped(shape), next = pairs.sliced(axis: 1, 1 ..< 2).reshaped(shape)
            let found = Flow.origins(of: next, in: last), size = found.count
            (origins.pointer + action * size).update(from: found.pointer, count: size)
            let here = Array(repeating: action, count: places.count), weights = colorWeights(of: pairs).sliced(axis: 1, 1 ..< 2)
            func error(_ pictures: Tensor) -> Tensor {                                                      // [H,W]
                ((pictures - next).squared().mean(axis: -1) * weights.reshaped(shape.dropLast() + [1])).mean(axis: 0)
            }
            let carried = error(sampled(last, at: origins.rows(at: here))), drawn = error(decoder.next(last, codes: here))
            for i in 0 ..< carried.count {
                known.pointer[action * carried.count + i] = carried.pointer[i] < 2 * drawn.pointer[i] ? 1 : 0
            }
        }
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
    /// [B,H,W,3]
    private let seen: Tensor
    /// [B,H,W,2] and [B,H,W,1], of each pixel now: its place in what was seen, and how far it comes from there, 0...1.
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
        (origins, known) = (sampled(origins, at: from), sampled(known, at: from) * flow.known.rows(at: actions))
    }

    /// [B,H,W,3]: what is known, and elsewhere `drawn`.
    func over(_ drawn: Tensor) -> Tensor { drawn + (sampled(seen, at: origins) - drawn) * known }

    func selecting(_ rows: [Int]) -> CarriedPicture {
        var chosen = CarriedPicture(seen.rows(at: rows))
        (chosen.origins, chosen.known) = (origins.rows(at: rows), known.rows(at: rows))
        return chosen
    }
}

/// What [B,H,W,C] holds at the places [B,H',W',2] (x and y, in pixels), between its pixels a mixture of the four around; beyond the rim, the
/// rim. As `torch.nn.functional.grid_sample` with `padding_mode="border"`. Records no graph.
func sampled(_ map: Tensor, at places: Tensor) -> Tensor {
    let (height, width, channels) = (map.size(1), map.size(2), map.size(3)), each = places.size(1) * places.size(2)
    let result = Tensor(uninitialized: [map.size(0), places.size(1), places.size(2), channels])
    Workers.split(map.size(0)) { _, batch in
        for b in batch {
            let source = map.pointer + b * height * width * channels
            for i in b * each ..< (b + 1) * each {
                let x = min(max(places.pointer[2 * i], 0), Float(width - 1)), y = min(max(places.pointer[2 * i + 1], 0), Float(height - 1))
                let (left, top) = (min(Int(x), max(width - 2, 0)), min(Int(y), max(height - 2, 0))), (dx, dy) = (x - Float(left), y - Float(top))
                let upper = source + (top * width + left) * channels, lower = upper + (height > 1 ? width * channels : 0)
                let next = width > 1 ? channels : 0
                for c in 0 ..< channels {
                    let above = upper[c] + (upper[next + c] - upper[c]) * dx, below = lower[c] + (lower[next + c] - lower[c]) * dx
                    result.pointer[i * channels + c] = above + (below - above) * dy
                }
            }
        }
    }
    return result
}
