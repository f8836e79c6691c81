// JointEmbeddingPatches.swift - the same eye, looked at place by place: sixteen vectors a frame in place of one.

import FrameCoding
import Tensors

public final class JointEmbeddingPatches: FrameEncoder {
    private let model: JointEmbedding

    public init(_ model: JointEmbedding) { self.model = model }

    public var imageSize: Int { model.imageSize }
    public var frames: Int { model.frames }
    public var latentShape: (places: Int, width: Int) { (model.configuration.patches / 4, model.configuration.embeddingDimensions) }
    public var parameterCount: Int { model.parameterCount }

    /// [B,T,H,W,3] -> [B,T,N/4,E]
    public func latents(of frames: Tensor) -> Tensor {
        model.coarseFeatures(of: frames).reshaped([frames.size(0), frames.size(1), latentShape.places, latentShape.width])
    }
}
