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
    public init(actions: Int, side: Int) {
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
    public var fingerprint: String {
        (origins.values + known.values).withUnsafeBytes { SafeTensors.fingerprint(of: $0) }
    }

    public var tensors: [NamedTensor] { [("origins", origins), ("known", known)] }
}

extension LatentActionModel {
    /// What comes after pictures [B,H,W,3], when B codes are acted out: as many pictures. Records no graph.
    public func next(_ pictures: Tensor, codes: [Int]) -> Tensor {
        predict(pictures.reshaped([codes.count, 1] + pictures.shape.dropFirst()), codes: codes).clamped(0, 1).reshaped(pictures.shape)
    }
}
