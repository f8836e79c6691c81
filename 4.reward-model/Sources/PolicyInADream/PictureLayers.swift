// PictureLayers.swift - the eye of a small network that is trained in minutes.

import Layers
import Randomness
import Tensors

/// Four convolutions halve the picture four times and keep where things are: [N,H,W,C] -> [N,F], 64x64 -> 4x4x32.
final class PictureLayers: Module {
    /// F
    let width: Int
    private let layers: [Convolution]

    init(imageSize: Int, inputs: Int, channels: Int, using generator: inout SeededGenerator) {
        let sizes = [inputs, channels, 2 * channels, 2 * channels, 2 * channels]
        layers = (0 ..< 4).map { Convolution(sizes[$0], sizes[$0 + 1], size: 4, stride: 2, gain: 1.4, using: &generator) }
        width = imageSize / 16 * (imageSize / 16) * 2 * channels
    }

    func callAsFunction(_ pictures: Tensor) -> Tensor {
        layers.reduce(pictures - 0.5) { $1($0).silu() }.reshaped([pictures.size(0), width])
    }

    var tensors: [NamedTensor] { layers.enumerated().flatMap { $1.tensors(in: "layers.\($0)") } }
}
