// Frames.swift - from a model's tensor to a picture that one can look at.

import Pictures
import Tensors

extension Image {
    /// Frame number `index` of a tensor [.., H, W, 3] in 0...1; what lies outside is cut off.
    public init(_ frames: Tensor, frame index: Int) {
        let (height, width) = (frames.size(-3), frames.size(-2)), start = index * height * width * 3
        self.init(width: width, height: height, pixels: (0 ..< height * width * 3).map { i in
            let value = frames.pointer[start + i]
            return value.isNaN ? 0 : UInt8(max(0, min(255, value * 255 + 0.5)))
        })
    }
}
