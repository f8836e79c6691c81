// MaskedAutoencoder+FrameAutoencoder.swift - the masked autoencoder as an eye: S latents of Z numbers,
// and a decoder that draws frames one by one.

import FrameCoding
import Tensors

extension MaskedAutoencoder: FrameAutoencoder {
    public var imageSize: Int { configuration.imageSize }
    public var frames: Int { configuration.frames }
    public var latentShape: (places: Int, width: Int) { (configuration.latents, configuration.latentDimensions) }

    /// Nothing is hidden.
    public func latents(of frames: Tensor) -> Tensor { Tensor.withoutGradients { encode(frames) } }
}
