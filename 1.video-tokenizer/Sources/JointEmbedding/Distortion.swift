// Distortion.swift - what if the action is not a move but a change of light?
//
// IWM ("Learning and leveraging world models in visual representation learning", arXiv 2403.00504): the first picture is distorted in a
// known way, the second in another; the predictor is told the difference, and must foretell the features of the second. A model that is not
// told can only give up what the distortion touches; one that is told can keep it.
//
// Five knobs, as there are five moves of the robot: brightness, contrast, saturation, warmth, blur. The action is how
// far the first four move, and how blurred the first picture is; the second never is, for nobody could foretell detail
// that it has not seen the other way round.

import Foundation
import Randomness
import Tensors

public struct Distortion: Equatable {
    /// -1...1 each; blur 0...1.
    public var brightness: Float = 0, contrast: Float = 0, saturation: Float = 0, warmth: Float = 0, blur: Float = 0

    public init() {}

    public init(using generator: inout SeededGenerator, isBlurred: Bool) {
        brightness = generator.uniform(-1, 1)
        contrast = generator.uniform(-1, 1)
        saturation = generator.uniform(-1, 1)
        warmth = generator.uniform(-1, 1)
        blur = isBlurred && generator.uniform() < 0.3 ? generator.uniform(0.2, 1) : 0
    }

    /// The five numbers that lead from a picture distorted like this to one distorted like `other`.
    public func action(to other: Distortion) -> [Float] {
        [other.brightness - brightness, other.contrast - contrast, other.saturation - saturation, other.warmth - warmth, blur]
    }

    /// One frame of `width` pixels a row, changed in place.
    public func apply(to frame: UnsafeMutablePointer<Float>, height: Int, width: Int) {
        if blur > 0 { soften(frame, height, width) }
        let gain = expf(0.4 * contrast), colors = expf(0.7 * saturation), lift = 0.15 * brightness, warm = 0.1 * warmth
        for i in 0 ..< height * width {
            let p = frame + 3 * i, gray = (p[0] + p[1] + p[2]) / 3
            for k in 0 ..< 3 {
                let tint = k == 0 ? warm : k == 2 ? -warm : 0
                p[k] = min(1, max(0, (gray + (p[k] - gray) * colors - 0.5) * gain + 0.5 + lift + tint))
            }
        }
    }

    /// A mix of each pixel with the mean of the 3x3 around it, twice.
    private func soften(_ frame: UnsafeMutablePointer<Float>, _ height: Int, _ width: Int) {
        for _ in 0 ..< 2 {
            let old = Array(UnsafeBufferPointer(start: frame, count: height * width * 3))
            for y in 0 ..< height { for x in 0 ..< width { for k in 0 ..< 3 {
                var sum: Float = 0
                        for v in max(0, y - 1) ... min(height - 1, y + 1) {
                            for u in max(0, x - 1) ... min(width - 1, x + 1) { sum += old[(v * width + u) * 3 + k] }
                        }
                let count = Float((min(height - 1, y + 1) - max(0, y - 1) + 1) * (min(width - 1, x + 1) - max(0, x - 1) + 1))
                let at = (y * width + x) * 3 + k
                frame[at] = old[at] + blur * (sum / count - old[at])
            } } }
        }
    }

    /// The first frame of each pair twice, each distorted in its own way: [B,2,H,W,3] -> the same shape, and the actions between [B,5].
    public static func pairs(of frames: Tensor, using generator: inout SeededGenerator) -> (frames: Tensor, actions: Tensor) {
        let (B, H, W) = (frames.size(0), frames.size(2), frames.size(3)), count = H * W * 3
        let result = Tensor(uninitialized: frames.shape)
        var actions: [Float] = []
        for b in 0 ..< B {
            let from = Distortion(using: &generator, isBlurred: true), to = Distortion(using: &generator, isBlurred: false)
            for (i, distortion) in [from, to].enumerated() {
                let target = result.pointer + (2 * b + i) * count
                target.update(from: frames.pointer + 2 * b * count, count: count)
                distortion.apply(to: target, height: H, width: W)
            }
            actions += from.action(to: to)
        }
        return (result, Tensor(actions, shape: [B, 5]))
    }
}
