// MotionMaps.swift - how can actions be named before anybody can use a name?
//
// A decoder learns to use a code only when the code means something, and the encoder gives it a meaning only when the decoder uses it.
// Each waits for the other for a thousand steps. So begin with a decoder that is so small that it can try *all* codes: one matrix
// each, which says where the brightness of every point of a 16x16 picture goes. A camera that turns moves every picture in the same
// way, so one matrix serves all rooms. Each transition is given to the matrix that explains it best, and
// only that one learns from it: winner takes all, k-means with motions in place of means (after "adaptive mixtures of local experts",
// Jacobs et al., Neural Computation 3, 1991). No true action is used.

import Layers
import Randomness
import Tensors

public final class MotionMaps: Module {
    /// One for each code: [D] -> [D], D = side². Added to the picture itself, so that 0 means "nothing moves".
    let maps: [Linear]
    let side: Int

    init(codes: Int, side: Int, using generator: inout SeededGenerator) {
        // Small and random, not zero: eight equal maps would stay equal for ever.
        maps = (0 ..< codes).map { _ in Linear(side * side, side * side, gain: 0.3, using: &generator) }
        self.side = side
    }

    /// The squared error of every map on every transition: frames [B,T,H,W,3] -> [B·(T-1), codes].
    public func errors(_ frames: Tensor) -> Tensor {
        let (b, t, d) = (frames.size(0), frames.size(1), side * side)
        let small = smallPictures(frames).reshaped([b, t, 3 * d])
        let before = small.sliced(axis: 1, 0 ..< t - 1).reshaped([b * (t - 1), 3, d])
        let motion = small.sliced(axis: 1, 1 ..< t).reshaped(before.shape) - before
        return Tensor.concatenated(maps.map { map in
            (map(before) - motion).squared().reshaped([b * (t - 1), 3 * d]).mean(axis: 1)
        }, axis: 1)
    }

    /// What the maps learn from: the error of the winner alone. At first the others learn a little too (`temperature` above 0), in the
    /// order of their errors; else the first map to be better by chance would win everything, and the rest would never be asked.
    ///
    ///     share_k = softmax_k( -error_k / (mean error · temperature) )        loss = Σ_k share_k · error_k
    public func loss(_ errors: Tensor, temperature: Float) -> Tensor {
        let shares = Tensor.withoutGradients {
            temperature > 0.01
                // Two black frames in a row: nothing moves, no map is wrong, and all share alike.
                ? (errors / errors.mean(axis: 1).clamped(.leastNormalMagnitude, .infinity) * (-1 / temperature)).softmax()
                : Tensor(MotionMaps.winners(errors).flatMap { w in maps.indices.map { $0 == w ? 1 : 0 } }, shape: errors.shape)
        }
        return (errors * shares).sum() / Float(errors.size(0))
    }

    /// The map with the least error on each transition.
    public static func winners(_ errors: Tensor) -> [Int] { Tensor.withoutGradients { (-errors).argmax() } }

    /// [B,T,H,W,3] -> [B,T,3,D]: each color a picture of its own, small, without its mean. What moves is the same for all three.
    private func smallPictures(_ frames: Tensor) -> Tensor {
        Tensor.withoutGradients {
            let (b, t, h) = (frames.size(0), frames.size(1), frames.size(2)), factor = h / side
            let small = frames
                .reshaped([b * t * side, factor, side, factor, 3]).mean(axis: 1)        // rows of pixels
                .reshaped([b * t * side * side, factor, 3]).mean(axis: 1)               // columns
                .reshaped([b, t, side * side, 3]).permuted([0, 1, 3, 2])                // [B,T,3,D]
            return (small - small.mean(axis: -1)) * 4                                   // about ±1
        }
    }

    public var tensors: [NamedTensor] { maps.enumerated().flatMap { $1.tensors(in: "\($0)") } }
}
