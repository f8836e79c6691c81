// JointEmbedding.swift - must a model of pictures be able to draw them?
//
//   frames [B,T,H,W,3] -> patches' features [B·T,N,E] -> a frame's vector [B·T,D]
//
// No. An autoencoder is judged by its pixels and spends most of what it has on the grain of the floor. A joint embedding is judged by
// whether its features can be foretold from other features (LeCun, "A path towards autonomous machine intelligence", 2022). What cannot be
// foretold, the grain, may be left out. Everything may be left out, in fact, and that is the trouble: see the objectives, one file each.

import FrameCoding
import Layers
import Randomness
import Tensors
import Training

public final class JointEmbedding: CheckpointedModel {
    /// What a checkpoint of this model calls itself.
    public static let kind = "joint-embedding", maker = "train-tokenizer joint-embedding"

    public let configuration: JointEmbeddingConfiguration
    let encoder: PatchEncoder
    /// Of `masks`: the slow copy, and the predictor.
    let teacher: PatchEncoder?, predictor: MaskedPredictor?
    /// Of all others: the frame's vector, and what is foretold or read from it.
    let head: FrameHead?, transition: Transition?, inverse: InverseHead?, readout: Linear?

    public init(_ c: JointEmbeddingConfiguration, using generator: inout SeededGenerator) {
        configuration = c
        encoder = PatchEncoder(c, using: &generator)
        let D = c.vectorDimensions, isMasked = c.objective == .masks
        teacher = isMasked ? PatchEncoder(c, using: &generator) : nil
        predictor = isMasked ? MaskedPredictor(c, using: &generator) : nil
        head = isMasked ? nil : FrameHead(c, using: &generator)
        transition = c.objective.hasTransition ? Transition(width: D, actions: c.actions, using: &generator) : nil
        inverse =
            [.variance, .sigreg].contains(c.objective) && c.inverseWeight > 0
            ? InverseHead(width: D, actions: c.actions, using: &generator) : nil
        readout = c.objective == .labels ? Linear(D, 3, using: &generator) : nil
        if let teacher {
            for (_, tensor) in teacher.tensors { tensor.requiresGradient = false }
            followSlowly(teacher, encoder, momentum: 0)
        }
    }

    /// The features of all patches [B·T,N,E]: the teacher's, where there is one (it is the better of the two).
    public func patchFeatures(of frames: Tensor) -> Tensor {
        Tensor.withoutGradients { teacher.map { $0(frames).layerNormalized() } ?? encoder(frames) }
    }

    /// One vector a frame, [B·T,D]; of `masks` the mean over patches, [B·T,E].
    public func vectors(of frames: Tensor) -> Tensor {
        Tensor.withoutGradients {
            let patches = patchFeatures(of: frames)
            return head.map { $0(patches) } ?? patches.mean(axis: 1).reshaped([patches.size(0), -1])
        }
    }

    /// The mean of every two by two patches: [B·T,N/4,E]. Sixteen places instead of 64, for those who must look at them often.
    public func coarseFeatures(of frames: Tensor) -> Tensor {
        Tensor.withoutGradients {
            let x = patchFeatures(of: frames), (F, half, E) = (x.size(0), configuration.side / 2, x.size(2))
            return x.reshaped([F * half, 2, half * 2, E]).mean(axis: 1)             // rows in pairs
                .reshaped([F * half * half, 2, E]).mean(axis: 1).reshaped([F, half * half, E])
        }
    }

    /// What the frame's vector is to become: vectors [F,D], actions [F,A] -> [F,D]
    public func predict(_ vectors: Tensor, _ actions: Tensor) -> Tensor? {
        Tensor.withoutGradients { transition.map { $0(vectors, actions) } }
    }

    public var tensors: [NamedTensor] {
        var all = encoder.tensors(in: "encoder")
        let parts: [(String, (any Module)?)] = [("teacher", teacher), ("predictor", predictor), ("head", head), ("transition", transition),
                                                ("inverse", inverse), ("readout", readout)]
        for (name, part) in parts { if let part { all += part.tensors(in: name) } }
        return all
    }
}
