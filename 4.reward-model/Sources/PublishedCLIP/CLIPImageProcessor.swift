// CLIPImageProcessor.swift - what must be done to a picture before the published model sees it?
//
// Exactly what was done in training, or the model sees a world that it has never seen: the shorter side resized to the model's
// size (224 pixels), the square in the middle cut out, and each channel shifted and scaled to mean 0 and variance 1 over the
// training pictures. A Kong at the edge of a wide picture is cut away here: score square pictures.

import Pictures
import Tensors

/// Pictures of any size -> the pixels of the published models.
public struct CLIPImageProcessor {
    /// H = W of what the model takes.
    public let size: Int

    /// Over the 400 million pictures that CLIP was trained on, as published with the models: red, green, blue in 0...1.
    static let means: [Float] = [0.48145466, 0.4578275, 0.40821073]
    static let deviations: [Float] = [0.26862954, 0.26130258, 0.27577711]

    public init(size: Int) {
        precondition(size > 0, "pictures of \(size) pixels")
        self.size = size
    }

    /// Pictures -> [B,3,S,S].
    public func callAsFunction(_ images: [Image]) -> Tensor {
        let result = Tensor(uninitialized: [images.count, 3, size, size]), area = size * size
        for (b, image) in images.enumerated() {
            let square = square(image)
            for c in 0 ..< 3 {
                let plane = result.pointer + (b * 3 + c) * area
                for i in 0 ..< area { plane[i] = (Float(square.pixels[3 * i + c]) / 255 - Self.means[c]) / Self.deviations[c] }
            }
        }
        return result
    }

    /// The shorter side resized to `size`, and the middle of the longer.
    func square(_ image: Image) -> Image {
        let short = min(image.width, image.height)
        // Rounded down, as Python's int() does.
        let width = size * image.width / short, height = size * image.height / short
        return image.bicubic(width: width, height: height, crop: ((width - size) / 2, (height - size) / 2, size, size))
    }
}
