// TransitionEncoder.swift - what happened between two frames?
//
// Each token holds the same patch of both frames: of the later one, and how it differs from the earlier. Space-time blocks
// compare patches (where has this edge gone?), and the mean over the patches is what the whole picture says: an action moves all of it.
//
// In: frames [B,T,H,W,3]. Out: one vector for each of the T-1 transitions, [B,T-1,E]. Causal: transition t sees frames 1...t+1.

import FrameCoding
import Layers
import Randomness
import Tensors
import VideoTokenizer

public final class TransitionEncoder: Module {
    let configuration: ActionConfiguration
    let patchEmbedding: Linear, trunk: SpaceTimeTransformer

    public init(_ configuration: ActionConfiguration, using generator: inout SeededGenerator) {
        let c = configuration
        self.configuration = c
        patchEmbedding = Linear(2 * c.patchSize * c.patchSize * 3, c.embeddingDimensions, using: &generator)
        trunk = SpaceTimeTransformer(
            blocks: c.encoderBlocks, width: c.embeddingDimensions, heads: c.heads, hidden: c.hiddenDimensions,
            frames: c.frames - 1, side: c.imageSize / c.patchSize, using: &generator)
    }

    public func callAsFunction(_ frames: Tensor) -> Tensor {
        let c = configuration, t = frames.size(1)
        precondition(frames.shape.count == 5 && frames.shape[2...] == [c.imageSize, c.imageSize, 3] && (2 ... c.frames).contains(t),
                     "the encoder takes [B, 2 to \(c.frames), \(c.imageSize), \(c.imageSize), 3], not \(frames.shape)")
        let cut = patches(of: frames, size: c.patchSize)                                    // [B,T,N,P·P·3]
        let before = cut.sliced(axis: 1, 0 ..< t - 1), after = cut.sliced(axis: 1, 1 ..< t)
        let tokens = patchEmbedding(Tensor.concatenated([after, after - before], axis: -1)) // [B,T-1,N,E]
        return trunk(tokens).mean(axis: 2).reshaped([frames.size(0), t - 1, -1])            // [B,T-1,N,E] -> [B,T-1,E]
    }

    public var tensors: [NamedTensor] { patchEmbedding.tensors(in: "patch_embedding") + trunk.tensors }
}
