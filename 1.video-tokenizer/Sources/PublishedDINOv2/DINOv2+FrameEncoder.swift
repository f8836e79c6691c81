// DINOv2+FrameEncoder.swift - the published eye, through the same door as our own.

import FrameCoding
import Tensors

extension DINOv2: FrameEncoder {
    /// The frames of this workbook; any other size would do.
    public var imageSize: Int { 64 }
    public var frames: Int { 16 }
    public var latentShape: (places: Int, width: Int) {
        let side = frameSize / configuration.patchSize
        return (side * side, configuration.width)
    }
    /// Learned by others.
    public var parameterCount: Int { 0 }

    public func latents(of frames: Tensor) -> Tensor { patchFeatures(of: frames) }
}
